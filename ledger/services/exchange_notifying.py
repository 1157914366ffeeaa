"""Telling organizations what happened to their legs: each number of the feed, sent to an address.

1. **match** puts the numbers that an organization has not seen in line, and notes how far it is, in
   one transaction: a crash leaves both or neither.
2. **send** hands the first of a line over and removes it once it was taken. A crash in between
   sends it again under the same number.

Each leg is a line of its own: within it everything comes in order, and what one leg's notification
meets holds up no other leg. What is refused too often is put aside, and can be sent again; and the
feed can be replayed from any number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ledger.clock import Clock, format_time, unix_seconds
from ledger.epcis.subscription import MAX_DEST, MAX_TOKEN, check_dest, refuse
from ledger.epcis.uri import is_uri
from ledger.errors import InvalidInput, NotFound, Unavailable
from ledger.identity.organization import OrgId
from ledger.identity.sealing import Seal
from ledger.services.alerting import MIN_TOKEN
from ledger.services.caller import Caller, Scope
from ledger.services.line_sending import MOST_LINES, LineSending, pause_after
from ledger.services.notifying import sign_attempt, sign_body
from ledger.services.webhook import Webhook
from ledger.storage.database import Database
from ledger.storage.exchange_events import EventRow, EventStatus, FeedRow
from ledger.storage.exchange_legs import LegRow
from ledger.storage.exchange_webhooks import ExchangeDeliveryRow, ExchangeWebhookRow

MOST_WAITING = 5_000
"""Notifications in the lines of one organization; beyond that it gets no further in the feed, which
keeps everything."""
MOST_LISTED = 200
_MATCHED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ExchangeWebhookView:
    """Where an organization is told, and how that goes."""

    row: ExchangeWebhookRow
    waiting: int
    dead: int


class ExchangeNotifying:
    """Keeps addresses, matches and sends. One process at a time should match and send."""

    def __init__(
        self, db: Database, clock: Clock, webhook: Webhook, seal: Seal, first_pause: float = 1.0
    ) -> None:
        self._db = db
        self._clock = clock
        self._webhook = webhook
        self._seal = seal
        self._first_pause = first_pause
        self._lines = LineSending("exchange", self._send_first)

    def set_webhook(
        self, caller: Caller, dest: str, token: str, after: int | None
    ) -> ExchangeWebhookView:
        """Where the caller's organization wants to be told: of what comes after that number, from
        now on where none is given. A new address for an old webhook goes on where that was.

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
        now = self._clock.now()
        with self._db.write() as tx:
            seq = tx.exchange_events.last_seq() if after is None else after
            tx.exchange_webhooks.set(ExchangeWebhookRow(caller.org, dest, sealed, seq, now))
            if after is not None:
                tx.exchange_webhooks.replay(caller.org, after)
        return self.webhook(caller)

    def webhook(self, caller: Caller) -> ExchangeWebhookView:
        """Where the caller's organization is told. Raises NotFound `exchange-webhook-unknown`."""
        caller.require(Scope.READ)
        with self._db.read() as tx:
            row = tx.exchange_webhooks.find(caller.org)
            waiting, dead = tx.exchange_webhooks.counts(caller.org)
        if row is None:
            raise _unknown()
        return ExchangeWebhookView(row, waiting, dead)

    def delete_webhook(self, caller: Caller) -> None:
        """Send no more. Raises NotFound `exchange-webhook-unknown`."""
        caller.require(Scope.ADMIN)
        with self._db.write() as tx:
            if not tx.exchange_webhooks.remove(caller.org):
                raise _unknown()

    def replay(self, caller: Caller, after: int) -> ExchangeWebhookView:
        """Send everything after that number again. Raises NotFound `exchange-webhook-unknown`."""
        caller.require(Scope.ADMIN)
        self.webhook(caller)
        with self._db.write() as tx:
            tx.exchange_webhooks.replay(caller.org, after)
        return self.webhook(caller)

    def dead_letters(self, caller: Caller) -> Sequence[ExchangeDeliveryRow]:
        """What was refused too often, oldest first."""
        caller.require(Scope.READ)
        with self._db.read() as tx:
            return tx.exchange_webhooks.dead(caller.org, MOST_LISTED)

    def redeliver(self, caller: Caller) -> int:
        """Put what was refused too often in line again; how many."""
        caller.require(Scope.ADMIN)
        with self._db.write() as tx:
            return tx.exchange_webhooks.revive(caller.org, self._clock.now())

    def match_once(self) -> bool:
        """Put what is new in line for each organization. True when there may be more."""
        with self._db.read() as tx:
            behind = tx.exchange_webhooks.behind(tx.exchange_events.last_seq())
        found = [self._match(row.org) for row in behind]
        return any(found)

    def _match(self, org: OrgId) -> bool:
        with self._db.write() as tx:
            row = tx.exchange_webhooks.find(org)
            if row is None or tx.exchange_webhooks.counts(org)[0] >= MOST_WAITING:
                return False
            last = tx.exchange_events.last_seq()
            lines = tx.exchange_events.feed(org, row.seq, _MATCHED_AT_ONCE)
            events = tx.exchange_events.of({line.event_pk for line in lines})
            seq = lines[-1].seq if len(lines) == _MATCHED_AT_ONCE else last
            told = [(line.seq, events[line.event_pk].leg_pk) for line in lines]
            tx.exchange_webhooks.line_up(org, told, seq, self._clock.now())
        return len(lines) == _MATCHED_AT_ONCE

    def send_once(self) -> int:
        """Begin to send what is due, without waiting for it; how many lines move."""
        return self._lines.begin(self._read_due)

    def close(self) -> None:
        """Wait for what is being sent."""
        self._lines.close()

    def _read_due(self) -> list[str]:
        with self._db.read() as tx:
            due = tx.exchange_webhooks.due(self._clock.now(), MOST_LINES)
        return [f"{org.text}/{leg_pk}" for org, leg_pk in due]

    def _send_first(self, line: str) -> bool:
        name, _, leg_pk = line.partition("/")
        org = OrgId.parse(name)
        with self._db.read() as tx:
            webhook = tx.exchange_webhooks.find(org)
            row = tx.exchange_webhooks.first(org, int(leg_pk))
            if webhook is None or row is None or row.attempt_at > self._clock.now():
                return False
            (told,) = tx.exchange_events.feed(org, row.seq - 1, 1)
            event = tx.exchange_events.of([told.event_pk])[told.event_pk]
            leg = tx.exchange_legs.of([event.leg_pk])[event.leg_pk]
        body = orjson.dumps(notification(told, leg, event), option=orjson.OPT_SORT_KEYS)
        try:
            self._webhook.post(webhook.dest, body, self._headers(webhook, row.seq, body))
        except (Unavailable, InvalidInput) as error:
            self._note_failure(row, error.detail)
            return False
        with self._db.write() as tx:
            # From here on the receiver has it; should this be lost, it gets the same once more.
            tx.exchange_webhooks.take(row)
        return True

    def _headers(self, webhook: ExchangeWebhookRow, seq: int, body: bytes) -> dict[str, str]:
        token = self._seal.open(webhook.token, _owner(webhook.org))
        now, name = str(unix_seconds(self._clock.now())), f"exchange-{seq}"
        return {
            "Content-Type": "application/json",
            "Provenance-Delivery": name,
            "GS1-Signature": sign_body(token, body),
            "Webhook-Id": name,
            "Webhook-Timestamp": now,
            "Webhook-Signature": sign_attempt(token, name, now, body),
        }

    def _note_failure(self, row: ExchangeDeliveryRow, failure: str) -> None:
        pause = pause_after(row.attempts, self._first_pause)
        with self._db.write() as tx:
            if pause is None:
                tx.exchange_webhooks.bury(row, failure)
            else:
                tx.exchange_webhooks.postpone(row, self._clock.now() + pause, failure)


def notification(told: FeedRow, leg: LegRow, event: EventRow) -> dict[str, Any]:
    """What is sent: of what became of which event; the same at every attempt and replay."""
    body: dict[str, Any] = {
        "type": "exchange.event",
        "seq": told.seq,
        "kind": told.kind.name.lower(),
        "leg": leg.key.leg.hex(),
        "sender": leg.key.sender.text,
        "recipient": leg.key.recipient.text,
        "codeNumber": leg.code_number,
        "codeNotation": leg.code_notation,
        "promulgationDate": leg.promulgated.isoformat(),
        "nonce": event.nonce,
        "action": event.action.name,
        "state": event.state.name,
        "reason": event.reason,
        "receivedAt": format_time(event.received_at),
    }
    anchor = event.anchor
    if told.kind is EventStatus.ANCHORED and anchor is not None:
        body |= {"block": anchor.block, "blockTime": anchor.time, "head": anchor.head.hex()}
    if told.kind is EventStatus.REFUSED:
        body["failure"] = event.failure
    return body


def _owner(org: OrgId) -> str:
    """What the token is bound to."""
    return f"exchange/{org.text}"


def _unknown() -> NotFound:
    return NotFound("exchange-webhook-unknown", "your organization has set no webhook")
