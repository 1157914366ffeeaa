"""Every stable error code with what its reader should do.

A code never changes its meaning; one that is no longer raised leaves its table. The tables stand in
`ledger/advice/`, one for each subject; the first word of a code says which.
"""

from __future__ import annotations

from ledger.advice.chain import CHAIN
from ledger.advice.content import CONTENT
from ledger.advice.desk import DESK
from ledger.advice.events import EVENTS
from ledger.advice.exchange import EXCHANGE
from ledger.advice.goods import GOODS
from ledger.advice.members import MEMBERS
from ledger.advice.operation import OPERATION
from ledger.advice.proof import PROOF
from ledger.advice.requests import REQUESTS
from ledger.advice.sheets import SHEETS

SUBJECTS: tuple[dict[str, str], ...] = (
    CHAIN,
    CONTENT,
    DESK,
    EVENTS,
    EXCHANGE,
    GOODS,
    MEMBERS,
    OPERATION,
    PROOF,
    REQUESTS,
    SHEETS,
)
"""The tables; a code stands in one of them."""

CODES: dict[str, str] = dict(sorted(item for subject in SUBJECTS for item in subject.items()))
"""Code → advice to whoever can mend it, sorted by code."""
