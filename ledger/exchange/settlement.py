"""How documents were settled in a month: what was sent, answered and done, and what is late.

One row for each other organization and one over all, in the sense of the reports on settlement that
Decree 30/2020 Annex VI part V asks for. Late is what the chain says: block time against the
deadline that was signed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ledger.exchange.history import OPEN_STATES, LegHistory, Month
from ledger.exchange.registers import Cell, Register
from ledger.exchange.rules import ON_THE_WAY, UNANSWERED, UNSETTLED, LegAction
from ledger.identity.organization import OrgId

TOTAL = "*"
"""The row over all."""

OUTGOING_COUNTS = (
    "carriedOver", "submitted", "rejectedSubmissions", "arrived", "received", "refused", "expired",
    "recalled", "withdrawn", "superseded", "settledInTime", "settledLate", "onTheWay",
    "unanswered", "unsettledInTime", "unsettledOverdue",
)  # fmt: skip
INCOMING_COUNTS = (
    "carriedOver", "arrived", "received", "refused", "expired", "recalled", "superseded",
    "settledInTime", "settledLate", "unanswered", "unsettledInTime", "unsettledOverdue",
)  # fmt: skip

_HAPPENED = {
    LegAction.SUBMIT: "submitted",
    LegAction.REJECT_SUBMISSION: "rejectedSubmissions",
    LegAction.ARRIVE: "arrived",
    LegAction.RECEIVE: "received",
    LegAction.REFUSE: "refused",
    LegAction.EXPIRE: "expired",
    LegAction.ACCEPT_RECALL: "recalled",
    LegAction.WITHDRAW: "withdrawn",
    LegAction.SUPERSEDE: "superseded",
}


def outgoing_settlement(legs: Iterable[LegHistory], org: OrgId, month: Month) -> Register:
    """Of the documents the organization sent (tình hình giải quyết văn bản đi), by recipient."""
    mine = (leg for leg in legs if leg.sender == org)
    return _count(mine, month, OUTGOING_COUNTS, sent=True)


def incoming_settlement(legs: Iterable[LegHistory], org: OrgId, month: Month) -> Register:
    """Of the documents that came to it (tình hình giải quyết văn bản đến), by sender."""
    mine = (leg for leg in legs if leg.recipient == org)
    return _count(mine, month, INCOMING_COUNTS, sent=False)


def _count(
    legs: Iterable[LegHistory], month: Month, names: tuple[str, ...], *, sent: bool
) -> Register:
    counts: dict[str, Counter[str]] = {TOTAL: Counter()}
    for leg in legs:
        other = (leg.recipient if sent else leg.sender).text
        found = _counted(leg, month, sent=sent)
        if found:
            counts.setdefault(other, Counter()).update(found)
            counts[TOTAL].update(found)
    rows: list[tuple[Cell, ...]] = [
        (other, *(counts[other][name] for name in names)) for other in sorted(counts)
    ]
    return Register(("Organization", *names), tuple(rows))


def _counted(leg: LegHistory, month: Month, *, sent: bool) -> Counter[str]:
    """What one leg counts as: what happened in the month, each once, and how it stands then."""
    found: Counter[str] = Counter()
    before, then = leg.until(month.begins), leg.until(month.ends)
    if (
        before is not None
        and before.state in OPEN_STATES
        and (sent or before.state not in ON_THE_WAY)
    ):
        found["carriedOver"] = 1
    if then is None:
        return found
    for action, name in _HAPPENED.items():
        if then.within(month, action) is not None:
            found[name] = 1
    finished = then.within(month, LegAction.FINISH)
    if finished is not None:
        late = leg.settle_by and finished.at > leg.settle_by
        found["settledLate" if late else "settledInTime"] = 1
    if then.state in ON_THE_WAY:
        found["onTheWay"] = 1
    elif then.state in UNANSWERED:
        found["unanswered"] = 1
    elif then.state in UNSETTLED:
        overdue = leg.settle_by and month.ends > leg.settle_by
        found["unsettledOverdue" if overdue else "unsettledInTime"] = 1
    return found
