"""Further signing keys of organizations: one for each person or machine that signs.

The operator's office enters them, as the governance of the registry; the worker registers them on
chain, and none counts before. The keys themselves stay with the organization.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ledger.clock import Clock
from ledger.errors import Conflict, InvalidInput, NotFound
from ledger.identity.address import parse_address
from ledger.identity.organization import OrgId, Purpose
from ledger.services.caller import Caller, Scope
from ledger.storage.database import Database
from ledger.storage.organizations import KeyRow

OFFERED = ("submit", "status", "admin", "clerk", "gateway", "leader")
"""Purposes a key may be given; PUBLISH is the log's own."""


class KeyAdding:
    """Adds signing keys, and lists them."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def add(
        self,
        caller: Caller,
        org: OrgId,
        address: str,
        purposes: Sequence[str],
        valid_until: datetime | None = None,
    ) -> KeyRow:
        """Have a key registered for an organization, in force from now on.

        Raises InvalidInput `address-malformed`, `key-purpose-unknown` or `expiry-past`, NotFound
        `organization-unknown`, Conflict `signing-key-known`, Forbidden `operator-only`.
        """
        caller.require_operator()
        now = self._clock.now()
        try:
            parsed = parse_address(address)
        except InvalidInput as error:
            raise InvalidInput(error.code, error.detail, pointer="/address") from error
        if not int(parsed, 16):
            raise InvalidInput(
                "address-malformed", "the zero address has no key", pointer="/address"
            )
        if not purposes or not set(purposes) <= set(OFFERED):
            raise InvalidInput(
                "key-purpose-unknown", f"one or more of {', '.join(OFFERED)}", pointer="/purposes"
            )
        if valid_until is not None and valid_until <= now:
            raise InvalidInput(
                "expiry-past", "the key would be born expired", pointer="/validUntil"
            )
        bits = Purpose(0)
        for name in purposes:
            bits |= Purpose[name.upper()]
        row = KeyRow(
            org=org,
            address=parsed,
            path=None,
            custodial=False,
            purposes=bits,
            valid_from=now,
            valid_until=valid_until,
        )
        with self._db.write() as tx:
            if tx.organizations.find(org) is None:
                raise NotFound("organization-unknown", f"no organization {org.text}")
            known = {key.address for key in tx.organizations.keys(org)}
            if parsed in known | {key.address for key in tx.waiting_keys.of(org)}:
                raise Conflict("signing-key-known", "the organization has this key already")
            tx.waiting_keys.add(row)
        return row

    def list(self, caller: Caller, org: OrgId) -> Sequence[tuple[KeyRow, bool]]:
        """Signing keys of an organization and whether the chain has each. Raises Forbidden
        `foreign-organization`."""
        caller.require(Scope.READ)
        caller.require_org(org)
        with self._db.read() as tx:
            return [
                *((key, True) for key in tx.organizations.keys(org)),
                *((key, False) for key in tx.waiting_keys.of(org)),
            ]
