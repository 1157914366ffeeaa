"""Telling organizations what happened to their legs: each number of the feed, sent to an address.

1. **match** puts the numbers that an organization has not seen in line, and notes how far it is, in
   one transaction: a crash leaves both or neither.
2. **deliver** hands the first of a line over and removes it once it was taken.

Each leg is a line of its own: within it everything comes in order, and what one leg's notification
meets holds up no other leg. What is refused too often is put aside, and can be sent again; and the
feed can be replayed from any number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from ledger.clock import Clock, format_time
from ledger.errors import NotFound
from ledger.identity.organization import OrgId
from ledger.services.caller import Caller, Scope
from ledger.services.delivering import Delivering, Delivery
from ledger.services.line_sending import MOST_LINES
from ledger.services.signed_webhook import Address, SignedWebhook
from ledger.storage.database import Database
from ledger.storage.exchange_events import EventRow, EventStatus, FeedRow
from ledger.storage.exchange_legs import LegRow
from ledger.storage.exchange_webhooks import ExchangeDeliveryRow, ExchangeWebhookRow
from ledger.storage.transaction import Transaction

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
    """Keeps addresses and matches; `delivering` sends. One process at a time should match."""

    def __init__(self, db: Database, clock: Clock, webhook: SignedWebhook) -> None:
        self._db = db
        self._clock = clock
        self._webhook = webhook
        self.delivering: Delivering[ExchangeDeliveryRow] = Delivering(
            "exchange",
            db,
            clock,
            webhook,
            read_due=_read_due,
            read_first=self._read_first,
            lines=lambda tx: tx.exchange_webhooks,
        )

    def set_webhook(
        self, caller: Caller, dest: str, token: str, after: int | None
    ) -> ExchangeWebhookView:
        """Where the caller's organization wants to be told: of what comes after that number, from
        now on where none is given. A new address for an old webhook goes on where that was.

        Raises InvalidInput `subscription-controls-malformed`, `webhook-address-refused`.
        """
        caller.require(Scope.ADMIN)
        self._webhook.check_address(dest, token)
        sealed = self._webhook.seal(token, _owner(caller.org))
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

    def _read_first(self, tx: Transaction, line: str) -> Delivery[ExchangeDeliveryRow] | None:
        name, _, leg_pk = line.partition("/")
        org = OrgId.parse(name)
        webhook = tx.exchange_webhooks.find(org)
        row = tx.exchange_webhooks.first(org, int(leg_pk))
        if webhook is None or row is None or row.attempt_at > self._clock.now():
            return None
        (told,) = tx.exchange_events.feed(org, row.seq - 1, 1)
        event = tx.exchange_events.of([told.event_pk])[told.event_pk]
        leg = tx.exchange_legs.of([event.leg_pk])[event.leg_pk]
        return Delivery(
            row,
            Address(webhook.dest, webhook.token, _owner(org)),
            f"exchange-{row.seq}",
            orjson.dumps(notification(told, leg, event), option=orjson.OPT_SORT_KEYS),
        )


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


def _read_due(tx: Transaction, at: datetime) -> Sequence[str]:
    """Legs of organizations: each is one line."""
    due = tx.exchange_webhooks.due(at, MOST_LINES)
    return [f"{org.text}/{leg_pk}" for org, leg_pk in due]


def _owner(org: OrgId) -> str:
    """What the token is bound to."""
    return f"exchange/{org.text}"


def _unknown() -> NotFound:
    return NotFound("exchange-webhook-unknown", "your organization has set no webhook")
