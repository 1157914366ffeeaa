"""A mandate: one organization lets another act for it, for some actions and a limited time.

The delegation of Decree 30/2020 Article 13 (thừa lệnh, thừa ủy quyền). It is never passed on,
because a mandate is only ever asked for between whom is acted for and who acts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.digest import Digest, keccak256
from ledger.errors import InvalidInput
from ledger.exchange.rules import RULES, LegAction, LegParty
from ledger.exchange.signed import ZERO
from ledger.identity.eip712 import Domain, typed_digest
from ledger.identity.organization import OrgId

MANDATE_TYPE = (
    "Mandate(bytes32 from,bytes32 to,uint32 scope,uint64 validFrom,uint64 validUntil,"
    "bytes32 document,uint64 nonce,uint64 deadline)"
)

_MANDATE = keccak256(MANDATE_TYPE.encode())


def party_of(action: LegAction) -> LegParty:
    """Whose part an action is."""
    return RULES[action].party if action in RULES else LegParty.SENDER


@dataclass(frozen=True, slots=True)
class Mandate:
    """What `giver` lets `taker` do, by the document with that commitment.

    Bit n of `scope` is the action n; in force from `valid_from` until before `valid_until`, unix
    seconds. All zero takes back the one before it. Raises InvalidInput `mandate-malformed`.
    """

    giver: OrgId
    taker: OrgId
    scope: int
    valid_from: int
    valid_until: int
    document: bytes

    def __post_init__(self) -> None:
        if self.giver == self.taker:
            raise InvalidInput("mandate-malformed", "nobody mandates itself", pointer="/taker")
        if not 0 <= self.scope < 1 << 32 or len(self.document) != 32:
            raise InvalidInput("mandate-malformed", "scope or document has the wrong size")
        empty = self.scope == 0
        if empty and (self.valid_from or self.valid_until or self.document != ZERO):
            raise InvalidInput("mandate-malformed", "what is taken back has no terms")
        if not empty and (self.document == ZERO or not self.valid_from < self.valid_until < 2**64):
            raise InvalidInput("mandate-malformed", "a mandate has a document and a window")

    @classmethod
    def scope_of(cls, actions: Iterable[LegAction]) -> int:
        """The scope that holds exactly these actions."""
        return sum({1 << action for action in actions})

    @property
    def actions(self) -> tuple[LegAction, ...]:
        """What it is for."""
        return tuple(one for one in LegAction if self.scope >> one & 1)

    def reaches(self, now: int, *, sent: bool) -> bool:
        """Whether it is in force and lets something be done to legs that its giver sent, or to
        those that it receives."""
        other = LegParty.RECIPIENT if sent else LegParty.SENDER
        return any(self.allows(one, now) and party_of(one) is not other for one in self.actions)

    def allows(self, action: LegAction, now: int) -> bool:
        """Whether the action is within scope and window."""
        return bool(self.scope >> action & 1) and self.valid_from <= now < self.valid_until

    def digest(self, domain: Domain, nonce: int, deadline: int) -> Digest:
        """What a LEADER key of the giver signs; `domain` of the contract Mandates, `nonce` the
        number of mandates given so far between the two."""
        return typed_digest(
            domain,
            _MANDATE,
            self.giver,
            self.taker,
            self.scope,
            self.valid_from,
            self.valid_until,
            self.document,
            nonce,
            deadline,
        )
