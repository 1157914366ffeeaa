"""Alerting: telling an organization what it has to know at once, in its inbox and at its address.

An alert is made in the transaction in which it became true (a recall decided, a cold chain seen
broken), so a crash leaves both or neither. The bytes stored then are what is delivered: a receiver
never gets two contents under one id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.clock import Clock
from ledger.errors import NotFound
from ledger.identity.organization import OrgId
from ledger.services.caller import Caller, Scope
from ledger.services.delivering import Delivering, Delivery
from ledger.services.line_sending import MOST_LINES
from ledger.services.signed_webhook import Address, SignedWebhook
from ledger.storage.alerts import AddressRow, AlertRow
from ledger.storage.database import Database
from ledger.storage.transaction import Transaction

MOST_LISTED = 200
"""Alerts in one list; the newest are kept."""


@dataclass(frozen=True, slots=True)
class AddressView:
    """Where an organization is told, and how that goes."""

    row: AddressRow
    waiting: int
    dead: int


class Alerting:
    """Keeps addresses and inboxes; `delivering` sends."""

    def __init__(self, db: Database, clock: Clock, webhook: SignedWebhook) -> None:
        self._db = db
        self._clock = clock
        self._webhook = webhook
        self.delivering: Delivering[AlertRow] = Delivering(
            "alert",
            db,
            clock,
            webhook,
            read_due=_read_due,
            read_first=_read_first,
            lines=lambda tx: tx.alerts,
        )

    def set_address(self, caller: Caller, dest: str, token: str) -> AddressView:
        """Where the caller's organization wants to be told. What was refused too often at an
        earlier address is sent again.

        Raises InvalidInput `subscription-controls-malformed`, `webhook-address-refused`.
        """
        caller.require(Scope.ADMIN)
        self._webhook.check_address(dest, token)
        sealed = self._webhook.seal(token, _owner(caller.org))
        with self._db.write() as tx:
            tx.alerts.set_address(AddressRow(caller.org, dest, sealed, self._clock.now()))
        return self.address(caller)

    def address(self, caller: Caller) -> AddressView:
        """Where the caller's organization is told. Raises NotFound `alert-address-unknown`."""
        caller.require(Scope.READ)
        with self._db.read() as tx:
            row = tx.alerts.find_address(caller.org)
            waiting, dead = tx.alerts.counts(caller.org)
        if row is None:
            raise NotFound("alert-address-unknown", "your organization has set no address")
        return AddressView(row, waiting, dead)

    def delete_address(self, caller: Caller) -> None:
        """Send no more; alerts then stand in the inbox alone. Raises NotFound
        `alert-address-unknown`."""
        caller.require(Scope.ADMIN)
        with self._db.write() as tx:
            if not tx.alerts.delete_address(caller.org):
                raise NotFound("alert-address-unknown", "your organization has set no address")

    def inbox(self, caller: Caller) -> Sequence[AlertRow]:
        """What the caller's organization was told, newest first."""
        caller.require(Scope.READ)
        with self._db.read() as tx:
            return tx.alerts.inbox(caller.org, MOST_LISTED)

    def acknowledge(self, caller: Caller, alert_id: str) -> None:
        """Say that the caller's organization knows. Raises NotFound `alert-unknown`."""
        caller.require(Scope.READ)
        with self._db.write() as tx:
            if not tx.alerts.acknowledge(caller.org, alert_id, caller.key_id, self._clock.now()):
                raise NotFound("alert-unknown", f"no alert {alert_id!r:.60} of your organization")


def _read_due(tx: Transaction, at: datetime) -> Sequence[str]:
    """Organizations: each is one line."""
    return [org.text for org in tx.alerts.to_send(at, MOST_LINES)]


def _read_first(tx: Transaction, line: str) -> Delivery[AlertRow] | None:
    org = OrgId.parse(line)
    address, row = tx.alerts.find_address(org), tx.alerts.first(org)
    if address is None or row is None:
        return None
    return Delivery(
        row,
        Address(address.dest, address.token, _owner(org)),
        row.id,
        row.body,
        {"Provenance-Alert": row.kind},
    )


def _owner(org: OrgId) -> str:
    """What the token is bound to."""
    return f"alerts/{org.text}"
