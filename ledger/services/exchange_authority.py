"""Who may act on a leg, as this installation knows it; the chain decides in the end.

Organizations and keys are our copy of the registry; mandates are asked of the chain, since they are
given by anybody who relays one. What is refused here would be refused there; what was revoked on
chain alone is found out when the event is relayed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ledger.chain.exchange_contracts import Mandates
from ledger.clock import Clock, unix_seconds
from ledger.errors import InvalidInput, LedgerError
from ledger.exchange.authority import check_authority
from ledger.exchange.rules import LegAction
from ledger.exchange.signed import Opening, Step
from ledger.identity.address import parse_address
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId, Purpose
from ledger.storage.database import Database
from ledger.storage.organizations import KeyRow, OrganizationState

SOONEST_SECONDS = 60
"""A signature must be good for so long at least: it has yet to get into a block."""
_REMEMBERED = 10_000
_REMEMBERED_SECONDS = 2.0


class ExchangeAuthority:
    """Checks signatures of openings and steps against the registry. Safe to share among threads."""

    def __init__(self, db: Database, clock: Clock, mandates: Mandates, domain: Domain) -> None:
        self._db = db
        self._clock = clock
        self._mandates = mandates
        self._remembered: dict[OrgId, tuple[float, _Member]] = {}
        self.domain = domain

    def check(self, signed: Opening | Step, signer: str, signature: bytes) -> None:
        """That the signer may do what it signed, and for a minute to come. Raises as
        `check_authority`, Unavailable where a mandate is needed and no node answers."""
        now = unix_seconds(self._clock.now())
        known = _Known(self._member, self._mandates, now)
        check_authority(signed, signer, signature, self.domain, now + SOONEST_SECONDS, known)

    def is_active(self, org: OrgId) -> bool:
        """Whether the organization is a member in good standing."""
        return self._member(org).state is OrganizationState.ACTIVE

    def _member(self, org: OrgId) -> _Member:
        """An organization and its keys, as of two seconds ago at most: as long as an API key is
        remembered. The chain knows better, and decides."""
        known = self._remembered.get(org)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        with self._db.read() as tx:
            row = tx.organizations.find(org)
            keys = tuple(tx.organizations.keys(org))
        member = _Member(None if row is None else row.state, keys)
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        self._remembered[org] = (time.monotonic() + _REMEMBERED_SECONDS, member)
        return member


@dataclass(frozen=True, slots=True)
class _Member:
    state: OrganizationState | None
    keys: tuple[KeyRow, ...]


class _Known:
    """An `AuthorityView` at one time."""

    def __init__(self, member: Callable[[OrgId], _Member], mandates: Mandates, now: int) -> None:
        self._member = member
        self._mandates = mandates
        self._now = now

    def is_active(self, org: OrgId) -> bool:
        return self._member(org).state is OrganizationState.ACTIVE

    def is_suspended(self, org: OrgId) -> bool:
        return self._member(org).state is OrganizationState.SUSPENDED

    def is_in_force(self, org: OrgId, signer: str, purpose: Purpose) -> bool:
        return any(
            key.address == signer
            and key.purposes & purpose
            and unix_seconds(key.valid_from) <= self._now
            and (key.valid_until is None or self._now < unix_seconds(key.valid_until))
            for key in self._member(org).keys
        )

    def is_mandated(self, org: OrgId, actor: OrgId, action: LegAction) -> bool:
        mandate = self._mandates.find(org, actor)
        return mandate is not None and mandate.allows(action, self._now)


def read_signer(text: str, at: str) -> str:
    """The checksummed address of a signer. Raises InvalidInput `address-malformed`."""
    try:
        return parse_address(text)
    except InvalidInput as error:
        raise InvalidInput(error.code, error.detail, pointer=at) from error


def under(error: LedgerError, at: str) -> LedgerError:
    """The error with its pointer led on from there."""
    error.pointer = at + (error.pointer or "")
    return error
