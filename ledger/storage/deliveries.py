"""Notifications on their way: kept until they are taken, sent in order.

The first one of a subscription is sent again and again until it is taken or dead; only then comes
the next. One that was taken is removed; a crash in between sends it once more, under the same
number, and never out of order. A dead one can be put back in line, in its old place: ahead of what
was made after it.

When to send next stands with the subscription. Whatever changes its line changes that row first,
so that nobody sets it by a line that another is just changing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from ledger.storage.subscription_tables import Deliveries, Subscriptions
from ledger.storage.subscriptions import SubscriptionRow
from ledger.storage.tables import core
from ledger.storage.times import from_ms, to_ms

_DELIVERIES = core(Deliveries)
_SUBSCRIPTIONS = core(Subscriptions)

MOST_DEAD = 1_000
"""Dead notifications kept of one subscription; older ones are let go."""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One notification; its number within the subscription is the same at every attempt."""

    subscription: str
    number: int
    body: bytes
    created_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One notification that was put aside, without its body. `failure` is why the last attempt
    failed."""

    number: int
    created_at: datetime
    attempts: int
    failure: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """What of a subscription was not taken. `failure` is why the last attempt failed."""

    waiting: int
    dead: int
    failure: str | None


class DeliveryStore:
    """Notifications in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: SubscriptionRow, bodies: Sequence[bytes], at: datetime) -> None:
        """Put notifications at the end of the line, in the transaction in which the subscription
        was advanced by as many."""
        if not bodies:
            return
        self._connection.execute(
            insert(_DELIVERIES),
            [
                {
                    "subscription": row.id,
                    "number": number,
                    "body": body,
                    "created_at": to_ms(at),
                    "attempts": 0,
                    "dead": False,
                }
                for number, body in enumerate(bodies, start=row.notified + 1)
            ],
        )
        self._connection.execute(
            update(_SUBSCRIPTIONS)
            .where(_SUBSCRIPTIONS.c.id == row.id, _SUBSCRIPTIONS.c.attempt_at.is_(None))
            .values(attempt_at=to_ms(at))
        )

    def first(self, subscription: str) -> DeliveryRow | None:
        """The notification at the head of the line."""
        row = self._connection.execute(
            select(_DELIVERIES)
            .where(_DELIVERIES.c.subscription == subscription, _DELIVERIES.c.dead.is_(False))
            .order_by(_DELIVERIES.c.number)
            .limit(1)
        ).first()
        return None if row is None else _row(row)

    def waiting(self, subscription: str) -> int:
        """How many notifications are in line."""
        return int(
            self._connection.execute(
                select(func.count()).where(
                    _DELIVERIES.c.subscription == subscription, _DELIVERIES.c.dead.is_(False)
                )
            ).scalar_one()
        )

    def take(self, row: DeliveryRow, at: datetime) -> None:
        """The notification was taken."""
        self._touch(row.subscription, notified_at=to_ms(at))
        self._connection.execute(delete(_DELIVERIES).where(*_is(row)))
        self._schedule_next(row.subscription, at)

    def postpone(self, row: DeliveryRow, until: datetime, failure: str) -> None:
        """The notification was not taken; try again then."""
        self._touch(row.subscription, attempt_at=to_ms(until))
        self._connection.execute(
            update(_DELIVERIES)
            .where(*_is(row))
            .values(attempts=_DELIVERIES.c.attempts + 1, failure=failure)
        )

    def bury(self, row: DeliveryRow, at: datetime, failure: str) -> None:
        """The notification was refused too often: let the next one pass."""
        self._touch(row.subscription, attempt_at=to_ms(at))
        self._connection.execute(
            update(_DELIVERIES)
            .where(*_is(row))
            .values(attempts=_DELIVERIES.c.attempts + 1, dead=True, failure=failure)
        )
        of_this = (_DELIVERIES.c.subscription == row.subscription, _DELIVERIES.c.dead.is_(True))
        kept = (
            select(_DELIVERIES.c.number)
            .where(*of_this)
            .order_by(_DELIVERIES.c.number.desc())
            .limit(MOST_DEAD)
        )
        self._connection.execute(
            delete(_DELIVERIES).where(*of_this, _DELIVERIES.c.number.not_in(kept))
        )
        self._schedule_next(row.subscription, at)

    def dead(
        self, subscription: str, limit: int, after: int = 0
    ) -> tuple[Sequence[DeadLetter], int | None]:
        """What was put aside, by number, and after which the next page begins."""
        rows = self._connection.execute(
            select(
                _DELIVERIES.c.number,
                _DELIVERIES.c.created_at,
                _DELIVERIES.c.attempts,
                _DELIVERIES.c.failure,
            )
            .where(
                _DELIVERIES.c.subscription == subscription,
                _DELIVERIES.c.dead.is_(True),
                _DELIVERIES.c.number > after,
            )
            .order_by(_DELIVERIES.c.number)
            .limit(limit + 1)
        ).all()
        found = [
            DeadLetter(row.number, from_ms(row.created_at), row.attempts, row.failure or "")
            for row in rows
        ]
        return found[:limit], found[limit - 1].number if len(found) > limit else None

    def find(self, subscription: str, number: int) -> tuple[DeliveryRow, bool] | None:
        """The notification of that number, and whether it is dead; None once it was taken."""
        row = self._connection.execute(
            select(_DELIVERIES).where(
                _DELIVERIES.c.subscription == subscription, _DELIVERIES.c.number == number
            )
        ).first()
        return None if row is None else (_row(row), bool(row.dead))

    def revive(self, subscription: str, at: datetime, number: int | None = None) -> int:
        """Put dead notifications back in line, one or all, to be sent at once; how many there were.

        Their attempts stay counted, so that one which is refused again is dead again at once and
        does not hold up the line.
        """
        self._touch(subscription, attempt_at=to_ms(at))
        which = [_DELIVERIES.c.subscription == subscription, _DELIVERIES.c.dead.is_(True)]
        if number is not None:
            which.append(_DELIVERIES.c.number == number)
        done = self._connection.execute(update(_DELIVERIES).where(*which).values(dead=False))
        self._schedule_next(subscription, at)
        return int(done.rowcount)

    def backlog(self, subscription: str) -> Backlog:
        """What was not taken yet, or never will be."""
        rows = self._connection.execute(
            select(_DELIVERIES.c.dead, func.count().label("number"))
            .where(_DELIVERIES.c.subscription == subscription)
            .group_by(_DELIVERIES.c.dead)
        )
        counts = {bool(row.dead): int(row.number) for row in rows}
        failure = self._connection.execute(
            select(_DELIVERIES.c.failure)
            .where(_DELIVERIES.c.subscription == subscription, _DELIVERIES.c.failure.is_not(None))
            .order_by(_DELIVERIES.c.number.desc())
            .limit(1)
        ).scalar()
        return Backlog(counts.get(False, 0), counts.get(True, 0), failure)

    def _schedule_next(self, subscription: str, at: datetime) -> None:
        waits = self.first(subscription) is not None
        self._touch(subscription, attempt_at=to_ms(at) if waits else None)

    def _touch(self, subscription: str, **values: int | None) -> None:
        self._connection.execute(
            update(_SUBSCRIPTIONS).where(_SUBSCRIPTIONS.c.id == subscription).values(**values)
        )


def _is(row: DeliveryRow) -> tuple[Any, Any]:
    return (
        _DELIVERIES.c.subscription == row.subscription,
        _DELIVERIES.c.number == row.number,
    )


def _row(row: Row[Any]) -> DeliveryRow:
    return DeliveryRow(
        subscription=row.subscription,
        number=row.number,
        body=bytes(row.body),
        created_at=from_ms(row.created_at),
        attempts=row.attempts,
    )
