"""What an action is called elsewhere: in ETSI EN 319 522 and in edXML (QCVN 102).

ETSI names are those of the 22 events of EN 319 522-1 clause 6, written as URIs as part 3 does. What
an administration does with a document after it was accepted has no ETSI event; it gets a name in a
namespace of ours, so that nobody takes it for one of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.exchange.rules import LegAction

ETSI_EVENT = "http://uri.etsi.org/19522/Event/"

BUSINESS_EVENT = "https://ns.thanhhoa.example/exchange/event/"


@dataclass(frozen=True, slots=True)
class ExchangeEvent:
    """What one action is an event of.

    `uri` is the ERDSEventId. `implied` are further ETSI events the same evidence stands for.
    `status_code` is the StatusCode of the edXML Status message that says the same, None where edXML
    has none.
    """

    uri: str
    implied: tuple[str, ...] = ()
    status_code: str | None = None

    @property
    def is_etsi(self) -> bool:
        """Whether ETSI defines it."""
        return self.uri.startswith(ETSI_EVENT)


def _etsi(name: str, *implied: str, code: str | None = None) -> ExchangeEvent:
    return ExchangeEvent(ETSI_EVENT + name, tuple(ETSI_EVENT + also for also in implied), code)


def _business(name: str, code: str | None = None) -> ExchangeEvent:
    return ExchangeEvent(BUSINESS_EVENT + name, (), code)


EVENTS: dict[LegAction, ExchangeEvent] = {
    LegAction.SUBMIT: _etsi("SubmissionAcceptance"),
    LegAction.REJECT_SUBMISSION: _etsi("SubmissionRejection"),
    LegAction.RELAY: _etsi("RelayAcceptance"),
    LegAction.FAIL_RELAY: _etsi("RelayFailure"),
    # That it lies in the recipient's system is made known to the recipient by the same act.
    LegAction.ARRIVE: _etsi("ContentConsignment", "ConsignmentNotification", code="01"),
    LegAction.FAIL_CONSIGNMENT: _etsi("ContentConsignmentFailure"),
    LegAction.HAND_OVER: _etsi("ContentHandover"),
    LegAction.FAIL_HANDOVER: _etsi("ContentHandoverFailure"),
    LegAction.RECEIVE: _etsi("ConsignmentAcceptance", code="03"),
    LegAction.REFUSE: _etsi("ConsignmentRejection", code="02"),
    LegAction.ASSIGN: _business("Assignment", "04"),
    LegAction.BEGIN: _business("Processing", "05"),
    LegAction.FINISH: _business("Completion", "06"),
    LegAction.REQUEST_RECALL: _business("RecallRequest", "13"),
    LegAction.ACCEPT_RECALL: _business("RecallAcceptance", "15"),
    LegAction.REFUSE_RECALL: _business("RecallRejection", "16"),
    LegAction.WITHDRAW: _business("Withdrawal"),
    LegAction.SUPERSEDE: _business("Supersession"),
    LegAction.LOG_ACCESS: _etsi("ContentAccessTracking"),
    LegAction.ERASE: _business("Erasure"),
    LegAction.EXPIRE: _etsi("AcceptanceRejectionExpiry"),
    LegAction.MARK_OVERDUE: _business("DeadlineMissed"),
}
"""Every action that can happen to a leg."""

ACTION_OF_EVENT = {event.uri: action for action, event in EVENTS.items()}
"""The action of an ERDSEventId."""

ACTION_OF_STATUS = {
    event.status_code: action for action, event in EVENTS.items() if event.status_code is not None
}
"""The action of a StatusCode."""
