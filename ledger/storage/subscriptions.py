"""Subscriptions: who wants the events of which query, and how far in the log each has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from ledger.identity.organization import OrgId
from ledger.storage.organizations import OrganizationState
from ledger.storage.sharing_tables import GrantCounters
from ledger.storage.subscription_tables import Deliveries, Subscriptions
from ledger.storage.tables import Organizations, core
from ledger.storage.times import from_ms, from_ms_or_none, to_ms

_SUBSCRIPTIONS = core(Subscriptions)
_DELIVERIES = core(Deliveries)
_COUNTERS = core(GrantCounters)
_ORGANIZATIONS = core(Organizations).c
_IN_STANDING = _SUBSCRIPTIONS.c.org.in_(
    select(_ORGANIZATIONS.org).where(
        _ORGANIZATIONS.state.not_in(
            (OrganizationState.SUSPENDED.value, OrganizationState.REMOVED.value)
        )
    )
)


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """One subscription.

    `position` is the first place in the log that was not looked at; `due_at` is None for a stream.
    `token` is sealed; `notified` counts the notifications made so far; `granted` is the number of
    the last grant to its organization that was looked at.
    """

    id: str
    org: OrgId
    query: str
    dest: str
    token: bytes | None
    schedule: dict[str, str] | None
    report_if_empty: bool
    epc_format: str
    created_at: datetime
    initial_at: datetime
    position: int
    notified: int = 0
    granted: int = 0
    due_at: datetime | None = None
    executed_at: datetime | None = None
    notified_at: datetime | None = None


class SubscriptionStore:
    """Subscriptions in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: SubscriptionRow) -> None:
        """Record a subscription."""
        self._connection.execute(
            insert(_SUBSCRIPTIONS).values(
                id=row.id,
                org=bytes(row.org),
                query=row.query,
                dest=row.dest,
                token=row.token,
                schedule=None if row.schedule is None else orjson.dumps(row.schedule).decode(),
                report_if_empty=row.report_if_empty,
                epc_format=row.epc_format,
                created_at=to_ms(row.created_at),
                initial_at=to_ms(row.initial_at),
                due_at=None if row.due_at is None else to_ms(row.due_at),
                position=row.position,
                notified=row.notified,
                granted=row.granted,
            )
        )

    def find(self, org: OrgId, query: str, subscription: str) -> SubscriptionRow | None:
        """The subscription of that id."""
        row = self._connection.execute(
            select(_SUBSCRIPTIONS).where(
                _SUBSCRIPTIONS.c.id == subscription,
                _SUBSCRIPTIONS.c.org == bytes(org),
                _SUBSCRIPTIONS.c.query == query,
            )
        ).first()
        return None if row is None else _row(row)

    def get(self, subscription: str) -> SubscriptionRow | None:
        """The subscription of that id, whosever it is."""
        row = self._connection.execute(
            select(_SUBSCRIPTIONS).where(_SUBSCRIPTIONS.c.id == subscription)
        ).first()
        return None if row is None else _row(row)

    def list(
        self, org: OrgId, query: str, limit: int, after: str | None = None
    ) -> tuple[Sequence[SubscriptionRow], str | None]:
        """The subscriptions to a query by id, and where the next page begins."""
        wanted = select(_SUBSCRIPTIONS).where(
            _SUBSCRIPTIONS.c.org == bytes(org), _SUBSCRIPTIONS.c.query == query
        )
        if after is not None:
            wanted = wanted.where(_SUBSCRIPTIONS.c.id > after)
        rows = self._connection.execute(wanted.order_by(_SUBSCRIPTIONS.c.id).limit(limit + 1)).all()
        following = rows[limit - 1].id if len(rows) > limit else None
        return [_row(row) for row in rows[:limit]], following

    def count(self, org: OrgId) -> int:
        """How many the organization has."""
        return len(
            self._connection.execute(
                select(_SUBSCRIPTIONS.c.id).where(_SUBSCRIPTIONS.c.org == bytes(org))
            ).all()
        )

    def delete(self, org: OrgId, query: str, subscription: str) -> bool:
        """Remove a subscription and what is on its way; False if there is none."""
        done = self._connection.execute(
            delete(_SUBSCRIPTIONS).where(
                _SUBSCRIPTIONS.c.id == subscription,
                _SUBSCRIPTIONS.c.org == bytes(org),
                _SUBSCRIPTIONS.c.query == query,
            )
        )
        if done.rowcount == 1:
            self._connection.execute(
                delete(_DELIVERIES).where(_DELIVERIES.c.subscription == subscription)
            )
        return done.rowcount == 1

    def behind(self, size: int, at: datetime) -> Sequence[SubscriptionRow]:
        """Streams that have not seen the log up to this size or the last grant, and schedules that
        are due; those furthest behind first. Organizations that are suspended are told nothing."""
        granted = func.coalesce(_SUBSCRIPTIONS.c.granted, 0) < func.coalesce(_COUNTERS.c.last, 0)
        rows = self._connection.execute(
            select(_SUBSCRIPTIONS)
            .outerjoin(_COUNTERS, _COUNTERS.c.org == _SUBSCRIPTIONS.c.org)
            .where(
                or_(
                    _SUBSCRIPTIONS.c.due_at <= to_ms(at),
                    _SUBSCRIPTIONS.c.due_at.is_(None)
                    & or_(_SUBSCRIPTIONS.c.position < size, granted),
                ),
                _IN_STANDING,
            )
            .order_by(_SUBSCRIPTIONS.c.position, _SUBSCRIPTIONS.c.id)
        )
        return [_row(row) for row in rows]

    def advance(
        self,
        row: SubscriptionRow,
        position: int,
        at: datetime,
        *,
        granted: int,
        notifications: int,
        due_at: datetime | None,
    ) -> bool:
        """Note that log and grants were looked at up to there and brought so many notifications.
        False where another has done so since `row` was read, or the subscription is gone: what was
        found must then not be delivered."""
        done = self._connection.execute(
            update(_SUBSCRIPTIONS)
            .where(
                _SUBSCRIPTIONS.c.id == row.id,
                _SUBSCRIPTIONS.c.position == row.position,
                func.coalesce(_SUBSCRIPTIONS.c.granted, 0) == row.granted,
                _SUBSCRIPTIONS.c.due_at.is_(None)
                if row.due_at is None
                else _SUBSCRIPTIONS.c.due_at == to_ms(row.due_at),
            )
            .values(
                position=position,
                granted=granted,
                executed_at=to_ms(at),
                notified=_SUBSCRIPTIONS.c.notified + notifications,
                due_at=None if due_at is None else to_ms(due_at),
            )
        )
        return done.rowcount == 1

    def to_send(self, at: datetime, limit: int) -> Sequence[str]:
        """Subscriptions for which something waits whose time has come."""
        return list(
            self._connection.execute(
                select(_SUBSCRIPTIONS.c.id)
                .where(_SUBSCRIPTIONS.c.attempt_at <= to_ms(at), _IN_STANDING)
                .order_by(_SUBSCRIPTIONS.c.attempt_at)
                .limit(limit)
            ).scalars()
        )


def _row(row: Row[Any]) -> SubscriptionRow:
    return SubscriptionRow(
        id=row.id,
        org=OrgId(row.org),
        query=row.query,
        dest=row.dest,
        token=row.token,
        schedule=None if row.schedule is None else orjson.loads(row.schedule),
        report_if_empty=bool(row.report_if_empty),
        epc_format=row.epc_format,
        created_at=from_ms(row.created_at),
        initial_at=from_ms(row.initial_at),
        position=row.position,
        notified=row.notified,
        granted=row.granted or 0,
        due_at=from_ms_or_none(row.due_at),
        executed_at=from_ms_or_none(row.executed_at),
        notified_at=from_ms_or_none(row.notified_at),
    )
