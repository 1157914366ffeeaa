"""Enrolling: new organizations and their keys go on chain, then may capture."""

from __future__ import annotations

import structlog

from ledger.chain.contracts import Act, OrganizationRegistry
from ledger.chain.submitter import Submitter
from ledger.clock import unix_seconds
from ledger.errors import LedgerError, Unavailable
from ledger.ports import Journal, TransactionState
from ledger.storage.database import Database
from ledger.storage.organizations import KeyRow, OrganizationRow, OrganizationState

_log = structlog.get_logger(__name__)


class Enrolling:
    """Registers organizations that wait for it; each pass begins from what the chain says."""

    def __init__(
        self, db: Database, journal: Journal, registry: OrganizationRegistry, admin: Submitter
    ) -> None:
        self._db = db
        self._journal = journal
        self._registry = registry
        self._admin = admin

    def run_once(self) -> bool:
        """One step for each waiting organization. True when something changed."""
        with self._db.read() as tx:
            waiting = [
                (row, tx.organizations.keys(row.org))
                for row in tx.organizations.in_state(OrganizationState.REGISTERING)
            ]
            further = [
                key for key in tx.waiting_keys.list() if _is_active(tx.organizations.find(key.org))
            ]
        done = [self._try_to_advance(row, list(keys)) for row, keys in waiting]
        done += [self._try_to_add(key) for key in further]
        return any(done)

    def _try_to_advance(self, row: OrganizationRow, keys: list[KeyRow]) -> bool:
        """One organization that the chain refuses must not keep the others waiting."""
        try:
            return self._advance(row, keys)
        except Unavailable:
            raise  # no node answers: it would be the same with the others
        except LedgerError as error:
            _log.warning(
                "organization not enrolled", org=row.org.text, code=error.code, detail=error.detail
            )
            return False

    def _advance(self, row: OrganizationRow, keys: list[KeyRow]) -> bool:
        """Registration first, then its keys: each is simulated on the chain before it is sent."""
        name = f"organization/{row.org.hex()}"
        if not self._is_done(name, self._registry.find_organization(row.org) is not None):
            return self._send(
                name,
                self._registry.register_organization(row.org, row.profile.digest(), row.roles),
            )
        for key in keys:
            if not self._is_registered(key):
                return self._send(_purpose(key), self._add_key(key))
        with self._db.write() as tx:
            tx.organizations.update_state(row.org, OrganizationState.ACTIVE)
        _log.info("organization enrolled", org=row.org.text)
        return True

    def _try_to_add(self, key: KeyRow) -> bool:
        """One further key; the chain's refusal must not keep the others waiting."""
        try:
            if not self._is_registered(key):
                return self._send(_purpose(key), self._add_key(key))
        except Unavailable:
            raise
        except LedgerError as error:
            _log.warning(
                "key not registered", org=key.org.text, code=error.code, detail=error.detail
            )
            return False
        with self._db.write() as tx:
            tx.waiting_keys.remove(key)
            tx.organizations.add_key(key)
        _log.info("key registered", org=key.org.text, address=key.address)
        return True

    def _is_registered(self, key: KeyRow) -> bool:
        return self._is_done(
            _purpose(key), self._registry.find_key(key.org, key.address) is not None
        )

    def _add_key(self, key: KeyRow) -> Act:
        return self._registry.add_key(
            key.org,
            key.address,
            custodial=key.custodial,
            purposes=key.purposes,
            valid_from=unix_seconds(key.valid_from),
            valid_until=unix_seconds(key.valid_until) if key.valid_until else 0,
        )

    def _is_done(self, purpose: str, on_chain: bool) -> bool:
        """Whether the chain has it and, if we sent it, the confirmation rule holds."""
        entry = self._journal.find_purpose(purpose)
        if entry is None or entry.state is TransactionState.FAILED:
            return on_chain
        return on_chain and entry.state is TransactionState.CONFIRMED

    def _send(self, purpose: str, act: Act) -> bool:
        entry = self._journal.find_purpose(purpose)
        if entry is not None and entry.state is not TransactionState.FAILED:
            return False  # under way
        self._admin.submit(purpose, *act)
        return True


def _purpose(key: KeyRow) -> str:
    return f"organization/{key.org.hex()}/key/{key.address.lower()}"


def _is_active(row: OrganizationRow | None) -> bool:
    return row is not None and row.state is OrganizationState.ACTIVE
