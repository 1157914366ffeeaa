"""The table of transitions of a leg: one message on its way to one recipient.

The same table as contracts/libraries/LegRules.sol, number by number; a state machine drives both
side by side. The eighteen transitions are those of an administrative exchange under Decree 30/2020
and Decision 28/2018, with the events of ETSI EN 319 522 and the status codes of QCVN 102 that say
the same (`ledger.exchange.vocabulary`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from ledger.identity.organization import Purpose


class LegState(IntEnum):
    """Standing of a leg; NONE means it was never opened."""

    NONE = 0
    SUBMITTED = 1
    SUBMISSION_REJECTED = 2
    RELAYED = 3
    RELAY_FAILED = 4
    ARRIVED = 5
    CONSIGNMENT_FAILED = 6
    HANDED_OVER = 7
    HANDOVER_FAILED = 8
    RECEIVED = 9
    REFUSED = 10
    EXPIRED = 11
    ASSIGNED = 12
    IN_PROGRESS = 13
    DONE = 14
    RECALL_REQUESTED = 15
    RECALLED = 16
    WITHDRAWN = 17
    SUPERSEDED = 18


class LegAction(IntEnum):
    """What can be done to a leg; SUBMIT and REJECT_SUBMISSION open it."""

    NONE = 0
    SUBMIT = 1
    REJECT_SUBMISSION = 2
    RELAY = 3
    FAIL_RELAY = 4
    ARRIVE = 5
    FAIL_CONSIGNMENT = 6
    HAND_OVER = 7
    FAIL_HANDOVER = 8
    RECEIVE = 9
    REFUSE = 10
    ASSIGN = 11
    BEGIN = 12
    FINISH = 13
    REQUEST_RECALL = 14
    ACCEPT_RECALL = 15
    REFUSE_RECALL = 16
    WITHDRAW = 17
    SUPERSEDE = 18
    LOG_ACCESS = 19
    ERASE = 20
    EXPIRE = 21
    MARK_OVERDUE = 22


class LegParty(Enum):
    """Who may do it. ANYONE needs no signature, only a deadline that has passed."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    EITHER = "either"
    ANYONE = "anyone"


@dataclass(frozen=True, slots=True)
class LegRule:
    """One line of the table.

    `to` is None where the state stays or depends on the leg. `needs_reason`: it goes against
    somebody's wish, so it is said why. `is_attempt` counts against the attempts the sender allowed,
    `is_failure` uses one up. `is_obligation`: who is suspended still owes it to the other party.
    """

    states: frozenset[LegState]
    to: LegState | None
    party: LegParty
    purpose: Purpose
    needs_reason: bool = False
    needs_link: bool = False
    is_attempt: bool = False
    is_failure: bool = False
    is_obligation: bool = False


_S = LegState
_NOBODY = Purpose(0)

ON_THE_WAY = frozenset({_S.SUBMITTED, _S.RELAYED, _S.RELAY_FAILED, _S.CONSIGNMENT_FAILED})
"""Not yet in the recipient's system."""

UNANSWERED = frozenset({_S.ARRIVED, _S.HANDED_OVER, _S.HANDOVER_FAILED})
"""In the recipient's system, waiting for the recipient's answer."""

UNSETTLED = frozenset({_S.RECEIVED, _S.ASSIGNED, _S.IN_PROGRESS})
"""Received, waiting to be settled."""

_RECALLABLE = UNANSWERED | UNSETTLED | {_S.EXPIRED, _S.DONE}
_REPLACEABLE = ON_THE_WAY | _RECALLABLE | {_S.REFUSED, _S.RECALL_REQUESTED}
_EVER_SUBMITTED = _REPLACEABLE | {_S.RECALLED, _S.WITHDRAWN, _S.SUPERSEDED}
_ACCESSIBLE = _RECALLABLE | {_S.REFUSED, _S.RECALL_REQUESTED, _S.SUPERSEDED}
_RECALL_OPEN = frozenset({_S.RECALL_REQUESTED, _S.SUPERSEDED})

OPENINGS = {
    LegAction.SUBMIT: (LegState.SUBMITTED, Purpose.CLERK),
    LegAction.REJECT_SUBMISSION: (LegState.SUBMISSION_REJECTED, Purpose.GATEWAY),
}
"""What opens a leg, in which state, with a key of which purpose; always the sender's."""

RULES: dict[LegAction, LegRule] = {
    LegAction.RELAY: LegRule(
        frozenset({_S.SUBMITTED, _S.RELAY_FAILED}),
        _S.RELAYED,
        LegParty.RECIPIENT,
        Purpose.GATEWAY,
        is_attempt=True,
    ),
    LegAction.FAIL_RELAY: LegRule(
        frozenset({_S.SUBMITTED, _S.RELAY_FAILED}),
        _S.RELAY_FAILED,
        LegParty.SENDER,
        Purpose.GATEWAY,
        needs_reason=True,
        is_attempt=True,
        is_failure=True,
    ),
    LegAction.ARRIVE: LegRule(
        frozenset({_S.SUBMITTED, _S.RELAYED, _S.CONSIGNMENT_FAILED}),
        _S.ARRIVED,
        LegParty.RECIPIENT,
        Purpose.GATEWAY,
        is_attempt=True,
    ),
    LegAction.FAIL_CONSIGNMENT: LegRule(
        frozenset({_S.SUBMITTED, _S.RELAYED, _S.CONSIGNMENT_FAILED}),
        _S.CONSIGNMENT_FAILED,
        LegParty.RECIPIENT,
        Purpose.GATEWAY,
        needs_reason=True,
        is_attempt=True,
        is_failure=True,
    ),
    LegAction.HAND_OVER: LegRule(
        frozenset({_S.ARRIVED, _S.HANDOVER_FAILED, _S.EXPIRED}),
        _S.HANDED_OVER,
        LegParty.RECIPIENT,
        Purpose.CLERK,
        is_attempt=True,
        is_obligation=True,
    ),
    LegAction.FAIL_HANDOVER: LegRule(
        UNANSWERED,
        _S.HANDOVER_FAILED,
        LegParty.RECIPIENT,
        Purpose.GATEWAY,
        needs_reason=True,
        is_attempt=True,
        is_failure=True,
    ),
    LegAction.RECEIVE: LegRule(
        frozenset({_S.HANDED_OVER, _S.EXPIRED}),
        _S.RECEIVED,
        LegParty.RECIPIENT,
        Purpose.CLERK,
        is_obligation=True,
    ),
    LegAction.REFUSE: LegRule(
        UNANSWERED,
        _S.REFUSED,
        LegParty.RECIPIENT,
        Purpose.CLERK,
        needs_reason=True,
        is_obligation=True,
    ),
    LegAction.ASSIGN: LegRule(
        frozenset({_S.RECEIVED}), _S.ASSIGNED, LegParty.RECIPIENT, Purpose.LEADER
    ),
    LegAction.BEGIN: LegRule(
        frozenset({_S.ASSIGNED}), _S.IN_PROGRESS, LegParty.RECIPIENT, Purpose.CLERK
    ),
    LegAction.FINISH: LegRule(
        frozenset({_S.IN_PROGRESS}), _S.DONE, LegParty.RECIPIENT, Purpose.CLERK
    ),
    LegAction.REQUEST_RECALL: LegRule(
        _RECALLABLE,
        _S.RECALL_REQUESTED,
        LegParty.SENDER,
        Purpose.CLERK,
        needs_reason=True,
        needs_link=True,
    ),
    LegAction.ACCEPT_RECALL: LegRule(
        _RECALL_OPEN, _S.RECALLED, LegParty.RECIPIENT, Purpose.CLERK, is_obligation=True
    ),
    LegAction.REFUSE_RECALL: LegRule(
        _RECALL_OPEN,
        None,
        LegParty.RECIPIENT,
        Purpose.CLERK,
        needs_reason=True,
        is_obligation=True,
    ),
    LegAction.WITHDRAW: LegRule(
        ON_THE_WAY, _S.WITHDRAWN, LegParty.SENDER, Purpose.CLERK, needs_reason=True
    ),
    LegAction.SUPERSEDE: LegRule(
        _REPLACEABLE, _S.SUPERSEDED, LegParty.SENDER, Purpose.CLERK, needs_link=True
    ),
    LegAction.LOG_ACCESS: LegRule(_ACCESSIBLE, None, LegParty.RECIPIENT, Purpose.GATEWAY),
    LegAction.ERASE: LegRule(
        _EVER_SUBMITTED, None, LegParty.EITHER, Purpose.LEADER, needs_reason=True
    ),
    LegAction.EXPIRE: LegRule(
        frozenset({_S.ARRIVED, _S.HANDOVER_FAILED}), _S.EXPIRED, LegParty.ANYONE, _NOBODY
    ),
    LegAction.MARK_OVERDUE: LegRule(
        ON_THE_WAY | UNANSWERED | UNSETTLED | {_S.RECALL_REQUESTED},
        None,
        LegParty.ANYONE,
        _NOBODY,
    ),
}
"""The rule of every action on a leg that is open."""
