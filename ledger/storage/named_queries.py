"""Named queries of each organization."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, select

from ledger.identity.organization import OrgId
from ledger.storage.subscription_tables import Deliveries, NamedQueries, Subscriptions
from ledger.storage.tables import core
from ledger.storage.times import from_ms, to_ms
from ledger.storage.upsert import insert_into

_QUERIES = core(NamedQueries)
_SUBSCRIPTIONS = core(Subscriptions)
_DELIVERIES = core(Deliveries)


@dataclass(frozen=True, slots=True)
class NamedQueryRow:
    """One query; `definition` is its JSON object."""

    org: OrgId
    name: str
    definition: dict[str, Any]
    created_at: datetime


class NamedQueryStore:
    """Named queries in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: NamedQueryRow) -> bool:
        """Record a query; False where the name is taken already."""
        done = self._connection.execute(
            insert_into(self._connection.dialect.name, _QUERIES)
            .values(
                org=bytes(row.org),
                name=row.name,
                definition=orjson.dumps(row.definition).decode(),
                created_at=to_ms(row.created_at),
            )
            .on_conflict_do_nothing()
            .returning(_QUERIES.c.name)
        )
        return done.first() is not None

    def find(self, org: OrgId, name: str) -> NamedQueryRow | None:
        """The query of that name."""
        row = self._connection.execute(
            select(_QUERIES).where(_QUERIES.c.org == bytes(org), _QUERIES.c.name == name)
        ).first()
        return None if row is None else _row(row)

    def list(
        self, org: OrgId, limit: int, after: str | None = None
    ) -> tuple[Sequence[NamedQueryRow], str | None]:
        """The organization's queries by name, and where the next page begins."""
        query = select(_QUERIES).where(_QUERIES.c.org == bytes(org))
        if after is not None:
            query = query.where(_QUERIES.c.name > after)
        rows = self._connection.execute(query.order_by(_QUERIES.c.name).limit(limit + 1)).all()
        following = rows[limit - 1].name if len(rows) > limit else None
        return [_row(row) for row in rows[:limit]], following

    def count(self, org: OrgId) -> int:
        """How many the organization has."""
        return len(
            self._connection.execute(
                select(_QUERIES.c.name).where(_QUERIES.c.org == bytes(org))
            ).all()
        )

    def delete(self, org: OrgId, name: str) -> bool:
        """Remove a query with its subscriptions and what is on its way; False if there is none."""
        done = self._connection.execute(
            delete(_QUERIES).where(_QUERIES.c.org == bytes(org), _QUERIES.c.name == name)
        )
        ids = select(_SUBSCRIPTIONS.c.id).where(
            _SUBSCRIPTIONS.c.org == bytes(org), _SUBSCRIPTIONS.c.query == name
        )
        self._connection.execute(delete(_DELIVERIES).where(_DELIVERIES.c.subscription.in_(ids)))
        self._connection.execute(
            delete(_SUBSCRIPTIONS).where(
                _SUBSCRIPTIONS.c.org == bytes(org), _SUBSCRIPTIONS.c.query == name
            )
        )
        return done.rowcount == 1


def _row(row: Row[Any]) -> NamedQueryRow:
    return NamedQueryRow(
        org=OrgId(row.org),
        name=row.name,
        definition=orjson.loads(row.definition),
        created_at=from_ms(row.created_at),
    )
