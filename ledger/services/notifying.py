"""Notifying: from new events of the log to requests at subscribers, with nothing lost.

1. **match** finds what of the log, and of the grants to its organization, a subscription has not
   seen. In one transaction the events found are put in line as notifications and the subscription
   moves on: a crash leaves both or neither.
2. **send** hands the first notification of each line over and removes it once it was taken. A crash
   in between sends it again, under the same number: a subscriber sees everything at least once, in
   order, and knows a repetition by its number.

A subscriber that does not answer is asked again, ever more rarely; what it refuses too often is put
aside, so that the rest can pass. Nothing more is put into a line that does not move: the log keeps
everything.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from typing import Any

import orjson

from ledger.clock import Clock, format_time, unix_seconds
from ledger.epcis.query import Query
from ledger.epcis.query_document import batches, query_document
from ledger.epcis.schedule import Schedule
from ledger.epcis.translation import EpcFormat, translate
from ledger.errors import InvalidInput, LedgerError, Unavailable
from ledger.identity.organization import Role
from ledger.identity.sealing import Seal
from ledger.services.following import Following, Owner, Stretch
from ledger.services.line_sending import MOST_LINES, LineSending, pause_after
from ledger.services.webhook import Webhook
from ledger.storage.database import Database
from ledger.storage.deliveries import DeliveryRow
from ledger.storage.subscriptions import SubscriptionRow

MOST_WAITING = 1_000
"""Notifications in one line; beyond that its subscription stands still."""
_MOST_STRETCHES = 20


class Notifying:
    """Matches and sends. One process at a time should run it."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        following: Following,
        webhook: Webhook,
        seal: Seal,
        first_pause: float = 1.0,
    ) -> None:
        self._db = db
        self._clock = clock
        self._following = following
        self._webhook = webhook
        self._seal = seal
        self._first_pause = first_pause
        self._lines = LineSending("notify", self._send_first)

    def match_once(self) -> bool:
        """Put in line what new events bring. False when there was nothing new for anybody."""
        now = self._clock.now()
        with self._db.read() as tx:
            state = tx.log.state()
            rows = tx.subscriptions.behind(0 if state is None else state[0], now)
            rows = [row for row in rows if tx.deliveries.waiting(row.id) < MOST_WAITING]
        for position, group in groupby(rows, key=lambda row: row.position):
            stretch = self._following.read(position)
            for row in group:
                self._match(row, stretch, now)
        return bool(rows)

    def send_once(self) -> int:
        """Begin to send what is due, without waiting for it; how many lines move."""
        return self._lines.begin(self._read_due)

    def _read_due(self) -> Sequence[str]:
        with self._db.read() as tx:
            return tx.subscriptions.to_send(self._clock.now(), MOST_LINES)

    def close(self) -> None:
        """Wait for what is being sent."""
        self._lines.close()

    def _match(self, row: SubscriptionRow, stretch: Stretch, now: datetime) -> None:
        with self._db.read() as tx:
            query = tx.named_queries.find(row.org, row.query)
            organization = tx.organizations.find(row.org)
        if query is None or organization is None:
            return  # deleted a moment ago, and the subscription with it
        owner = Owner(row.org, Role(organization.roles))
        wanted = Query.from_json(query.definition)
        events, position, granted = self._find(row, owner, wanted, stretch)
        is_due = row.schedule is not None and row.report_if_empty
        bodies = list(self._bodies(row, events, now)) if events or is_due else []
        due_at = None if row.schedule is None else Schedule.read(row.schedule).next_after(now)
        with self._db.write() as tx:
            if tx.subscriptions.advance(
                row,
                position,
                now,
                granted=granted,
                notifications=len(bodies),
                due_at=due_at,
            ):
                tx.deliveries.add(row, bodies, now)

    def _find(
        self, row: SubscriptionRow, owner: Owner, query: Query, stretch: Stretch
    ) -> tuple[list[dict[str, Any]], int, int]:
        """What grants and log bring, and how far both were looked at. A schedule gets as one answer
        what has come since the last time, however long both have grown."""
        following = self._following
        steps = 1 if row.schedule is None else _MOST_STRETCHES
        events: list[dict[str, Any]] = []
        granted, position = row.granted, row.position
        # Grants first: one that comes in between is then in force for the log, not overlooked.
        for _ in range(steps):
            news = following.granted(row.org, granted, row.position)
            if news.following == granted:
                break
            events += following.matching(owner, query, news, row.initial_at)
            granted = news.following
        for step in range(steps):
            stretch = stretch if step == 0 else following.read(position)
            if stretch.following == position:
                break
            events += following.matching(owner, query, stretch, row.initial_at)
            position = stretch.following
        return events, position, granted

    def _bodies(
        self, row: SubscriptionRow, events: Sequence[dict[str, Any]], now: datetime
    ) -> Iterator[bytes]:
        for part in batches([translate(event, EpcFormat(row.epc_format)) for event in events]):
            yield orjson.dumps(query_document(part, format_time(now), row.query, row.id))

    def _send_first(self, name: str) -> bool:
        """Whether there was a notification and it was taken."""
        with self._db.read() as tx:
            subscription, row = tx.subscriptions.get(name), tx.deliveries.first(name)
        if subscription is None or row is None:
            return False
        try:
            self._webhook.post(subscription.dest, row.body, self._headers(subscription, row))
        except (Unavailable, InvalidInput) as error:
            self._note_failure(row, error)
            return False
        with self._db.write() as tx:
            # From here on the subscriber has it; should this be lost, it is told once more.
            tx.deliveries.remove(row, self._clock.now())
        return True

    def _headers(self, subscription: SubscriptionRow, row: DeliveryRow) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "GS1-EPCIS-Version": "2.0",
            "GS1-CBV-Version": "2.0",
            "GS1-EPC-Format": subscription.epc_format,
            "Provenance-Delivery": f"{subscription.id}/{row.number}",
            "Webhook-Id": f"{subscription.id}/{row.number}",
            "Webhook-Timestamp": str(unix_seconds(self._clock.now())),
        }
        if subscription.token is not None:
            token = self._seal.open(subscription.token, subscription.id)
            headers["GS1-Signature"] = sign_body(token, row.body)
            headers["Webhook-Signature"] = sign_attempt(
                token, headers["Webhook-Id"], headers["Webhook-Timestamp"], row.body
            )
        return headers

    def _note_failure(self, row: DeliveryRow, error: LedgerError) -> None:
        now = self._clock.now()
        pause = pause_after(row.attempts, self._first_pause)
        with self._db.write() as tx:
            if pause is None:
                tx.deliveries.bury(row, now, error.detail)
            else:
                tx.deliveries.postpone(row, now + pause, error.detail)


def sign_body(token: bytes, body: bytes) -> str:
    """The value of `GS1-Signature`: HMAC-SHA-256 of the body under the client's token."""
    return f"sha256={hmac.new(token, body, sha256).hexdigest()}"


def sign_attempt(token: bytes, name: str, timestamp: str, body: bytes) -> str:
    """The value of `Webhook-Signature` (Standard Webhooks 1.0.0): HMAC-SHA-256 of id, time of this
    attempt and body. Who keeps a notification and sends it again later cannot make it look new."""
    signed = b".".join((name.encode(), timestamp.encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(token, signed, sha256)).decode()}"
