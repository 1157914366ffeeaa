"""Who may act on a leg, as this installation knows it; the chain decides in the end.

Organizations and keys are our copy of the registry; mandates are asked of the chain, since they are
given by anybody who relays one. What is refused here would be refused there; what was revoked on
chain alone is found out when the event is relayed.
"""

from __future__ import annotations

from ledger.chain.exchange_contracts import Mandates
from ledger.clock import Clock, unix_seconds
from ledger.errors import InvalidInput, LedgerError
from ledger.exchange.authority import check_authority
from ledger.exchange.rules import LegAction
from ledger.exchange.signed import Opening, Step
from ledger.identity.address import parse_address
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId, Purpose
from ledger.storage.database import Database, Transaction
from ledger.storage.organizations import OrganizationState

SOONEST_SECONDS = 60
"""A signature must be good for so long at least: it has yet to get into a block."""


class ExchangeAuthority:
    """Checks signatures of openings and steps against the registry."""

    def __init__(self, db: Database, clock: Clock, mandates: Mandates, domain: Domain) -> None:
        self._db = db
        self._clock = clock
        self._mandates = mandates
        self.domain = domain

    def check(self, signed: Opening | Step, signer: str, signature: bytes) -> None:
        """That the signer may do what it signed, and for a minute to come. Raises as
        `check_authority`, Unavailable where a mandate is needed and no node answers."""
        now = unix_seconds(self._clock.now())
        with self._db.read() as tx:
            known = _Known(tx, self._mandates, now)
            check_authority(signed, signer, signature, self.domain, now + SOONEST_SECONDS, known)


class _Known:
    """An `AuthorityView` of one snapshot."""

    def __init__(self, tx: Transaction, mandates: Mandates, now: int) -> None:
        self._tx = tx
        self._mandates = mandates
        self._now = now

    def is_active(self, org: OrgId) -> bool:
        return self._state(org) is OrganizationState.ACTIVE

    def is_suspended(self, org: OrgId) -> bool:
        return self._state(org) is OrganizationState.SUSPENDED

    def is_in_force(self, org: OrgId, signer: str, purpose: Purpose) -> bool:
        return any(
            key.address == signer
            and key.purposes & purpose
            and unix_seconds(key.valid_from) <= self._now
            and (key.valid_until is None or self._now < unix_seconds(key.valid_until))
            for key in self._tx.organizations.keys(org)
        )

    def is_mandated(self, org: OrgId, actor: OrgId, action: LegAction) -> bool:
        mandate = self._mandates.find(org, actor)
        return mandate is not None and mandate.allows(action, self._now)

    def _state(self, org: OrgId) -> OrganizationState | None:
        row = self._tx.organizations.find(org)
        return None if row is None else row.state


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
