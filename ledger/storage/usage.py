"""Quota counters: events per organization and day (UTC)."""

from __future__ import annotations

from sqlalchemy import Connection, select

from ledger.identity.organization import OrgId
from ledger.storage.tables import DailyUsage, core
from ledger.storage.upsert import insert_into

_USAGE = core(DailyUsage)


class UsageStore:
    """Counters in one transaction: what rolls back is not charged."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def charge(self, org: OrgId, day: int, events: int) -> int:
        """Add to the day's count (days since 1970) and return the new total."""
        statement = insert_into(self._connection, _USAGE).values(
            org=bytes(org), day=day, events=events
        )
        total = self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["org", "day"],
                set_={"events": _USAGE.c.events + statement.excluded.events},
            ).returning(_USAGE.c.events)
        ).scalar_one()
        assert isinstance(total, int)
        return total

    def total(self, org: OrgId, day: int) -> int:
        """The day's count so far."""
        found = self._connection.execute(
            select(_USAGE.c.events).where(_USAGE.c.org == bytes(org), _USAGE.c.day == day)
        ).scalar()
        return int(found or 0)
