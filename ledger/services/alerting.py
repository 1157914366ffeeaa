"""Alerting: telling an organization what it has to know at once, in its inbox and at its address.

An alert is made in the transaction in which it became true (a recall decided, a cold chain seen
broken), so a crash leaves both or neither. Sending hands the bytes stored then to the address and
notes that they were taken; a crash in between sends the same bytes under the same id once more. A
receiver so knows a repetition, and never gets two contents under one id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.clock import Clock, unix_seconds
from ledger.epcis.subscription import MAX_DEST, MAX_TOKEN, check_dest, refuse
from ledger.epcis.uri import is_uri
from ledger.errors import InvalidInput, LedgerError, NotFound, Unavailable
from ledger.identity.organization import OrgId
from ledger.identity.sealing import Seal
from ledger.services.caller import Caller, Scope
from ledger.services.line_sending import MOST_LINES, LineSending, pause_after
from ledger.services.notifying import sign_attempt, sign_body
from ledger.services.webhook import Webhook
from ledger.storage.alerts import AddressRow, AlertRow
from ledger.storage.database import Database

MOST_LISTED = 200
"""Alerts in one list; the newest are kept."""
MIN_TOKEN = 16


@dataclass(frozen=True, slots=True)
class AddressView:
    """Where an organization is told, and how that goes."""

    row: AddressRow
    waiting: int
    dead: int


class Alerting:
    """Keeps addresses and inboxes, and sends. One process at a time should send."""

    def __init__(
        self, db: Database, clock: Clock, webhook: Webhook, seal: Seal, first_pause: float = 1.0
    ) -> None:
        self._db = db
        self._clock = clock
        self._webhook = webhook
        self._seal = seal
        self._first_pause = first_pause
        self._lines = LineSending("alert", self._send_first)

    def set_address(self, caller: Caller, dest: str, token: str) -> AddressView:
        """Where the caller's organization wants to be told. What was refused too often at an
        earlier address is sent again.

        Raises InvalidInput `subscription-controls-malformed`, `webhook-address-refused`.
        """
        caller.require(Scope.ADMIN)
        if len(dest) > MAX_DEST or not is_uri(dest):
            refuse("/dest", f"dest is a URL of at most {MAX_DEST} characters")
        check_dest(dest)
        if not MIN_TOKEN <= len(token) <= MAX_TOKEN:
            refuse("/signatureToken", f"a token has {MIN_TOKEN} to {MAX_TOKEN} characters")
        self._webhook.check(dest)
        sealed = self._seal.close(token.encode(), _owner(caller.org))
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

    def send_once(self) -> int:
        """Begin to send what is due, without waiting for it; how many lines move."""
        return self._lines.begin(self._read_due)

    def _read_due(self) -> list[str]:
        with self._db.read() as tx:
            return [org.text for org in tx.alerts.to_send(self._clock.now(), MOST_LINES)]

    def close(self) -> None:
        """Wait for what is being sent."""
        self._lines.close()

    def _send_first(self, line: str) -> bool:
        org = OrgId.parse(line)
        with self._db.read() as tx:
            address, row = tx.alerts.find_address(org), tx.alerts.first(org)
        if address is None or row is None:
            return False
        try:
            self._webhook.post(address.dest, row.body, self._headers(address, row))
        except (Unavailable, InvalidInput) as error:
            self._note_failure(row, error)
            return False
        with self._db.write() as tx:
            # From here on the receiver has it; should this be lost, it gets the same once more.
            tx.alerts.take(row, self._clock.now())
        return True

    def _headers(self, address: AddressRow, row: AlertRow) -> dict[str, str]:
        token = self._seal.open(address.token, _owner(address.org))
        now = str(unix_seconds(self._clock.now()))
        return {
            "Content-Type": "application/json",
            "Provenance-Delivery": row.id,
            "Provenance-Alert": row.kind,
            "GS1-Signature": sign_body(token, row.body),
            "Webhook-Id": row.id,
            "Webhook-Timestamp": now,
            "Webhook-Signature": sign_attempt(token, row.id, now, row.body),
        }

    def _note_failure(self, row: AlertRow, error: LedgerError) -> None:
        now = self._clock.now()
        pause = pause_after(row.attempts, self._first_pause)
        with self._db.write() as tx:
            if pause is None:
                tx.alerts.bury(row, now, error.detail)
            else:
                tx.alerts.postpone(row, now + pause, error.detail)


def _owner(org: OrgId) -> str:
    """What the token is bound to."""
    return f"alerts/{org.text}"
