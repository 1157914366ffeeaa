"""Notifying: from new events of the log to requests at subscribers, with nothing lost.

1. **match** finds what of the log, and of the grants to its organization, a subscription has not
   seen. In one transaction the events found are put in line as notifications and the subscription
   moves on: a crash leaves both or neither.
2. **deliver** hands the first notification of each line over and removes it once it was taken: a
   subscriber sees everything at least once, in order, and knows a repetition by its number.

Nothing more is put into a line that does not move: the log keeps everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import orjson

from ledger.clock import Clock, format_time
from ledger.epcis.query import Query
from ledger.epcis.query_document import batches, query_document
from ledger.epcis.schedule import Schedule
from ledger.epcis.translation import EpcFormat, translate
from ledger.identity.organization import Role
from ledger.services.delivering import Delivering, Delivery
from ledger.services.following import Following, Owner, Stretch
from ledger.services.line_sending import MOST_LINES
from ledger.services.signed_webhook import Address, SignedWebhook
from ledger.storage.database import Database
from ledger.storage.deliveries import DeliveryRow
from ledger.storage.subscriptions import SubscriptionRow
from ledger.storage.transaction import Transaction

MOST_WAITING = 1_000
"""Notifications in one line; beyond that its subscription stands still."""
_MOST_STRETCHES = 20


class Notifying:
    """Matches; `delivering` sends. One process at a time should match."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        following: Following,
        webhook: SignedWebhook,
    ) -> None:
        self._db = db
        self._clock = clock
        self._following = following
        self.delivering: Delivering[DeliveryRow] = Delivering(
            "notify",
            db,
            clock,
            webhook,
            read_due=_read_due,
            read_first=_read_first,
            lines=lambda tx: tx.deliveries,
        )

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


def _read_due(tx: Transaction, at: datetime) -> Sequence[str]:
    """Subscriptions: each is one line."""
    return tx.subscriptions.to_send(at, MOST_LINES)


def _read_first(tx: Transaction, line: str) -> Delivery[DeliveryRow] | None:
    subscription, row = tx.subscriptions.get(line), tx.deliveries.first(line)
    if subscription is None or row is None:
        return None
    return Delivery(
        row,
        Address(subscription.dest, subscription.token, subscription.id),
        f"{subscription.id}/{row.number}",
        row.body,
        {
            "GS1-EPCIS-Version": "2.0",
            "GS1-CBV-Version": "2.0",
            "GS1-EPC-Format": subscription.epc_format,
        },
    )
