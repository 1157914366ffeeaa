"""Quota counters: events per organization and day (UTC)."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, select

from ledger.identity.organization import OrgId
from ledger.storage.tables import DailyUsage, core
from ledger.storage.upsert import insert_into

_USAGE = core(DailyUsage)


@cache
def _charge(dialect: str) -> Any:
    statement = insert_into(dialect, _USAGE)
    return statement.on_conflict_do_update(
        index_elements=["org", "day"],
        set_={"events": _USAGE.c.events + statement.excluded.events},
    ).returning(_USAGE.c.events)


class UsageStore:
    """Counters in one transaction: what rolls back is not charged."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def charge(self, org: OrgId, day: int, events: int) -> int:
        """Add to the day's count (days since 1970) and return the new total."""
        total = self._connection.execute(
            _charge(self._connection.dialect.name),
            {"org": bytes(org), "day": day, "events": events},
        ).scalar_one()
        assert isinstance(total, int)
        return total

    def total(self, org: OrgId, day: int) -> int:
        """The day's count so far."""
        found = self._connection.execute(
            select(_USAGE.c.events).where(_USAGE.c.org == bytes(org), _USAGE.c.day == day)
        ).scalar()
        return int(found or 0)
