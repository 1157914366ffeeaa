"""Episodes of broken cold chains: noted before the reading is stored, told once it is.

An episode is what readings about one thing say of one product without a reading inside of the
bounds in between. Readings may come late and in any order: one that touches a known episode
lengthens it, and nobody is told again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from ledger.identity.organization import OrgId
from ledger.storage.device_tables import ColdChainBreaches
from ledger.storage.tables import core
from ledger.storage.times import from_ms, to_ms

_BREACHES = core(ColdChainBreaches)


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode as it is first seen. `org` is whose device it is, `item` the key its readings
    name, `rule_org` who set the rule; `detail` is plain JSON."""

    org: OrgId
    item: str
    gtin: str
    rule_org: OrgId
    since: datetime
    until: datetime
    event_id: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BreachRow:
    """A noted episode."""

    pk: int
    episode: Episode
    seen_at: datetime


class BreachStore:
    """Episodes in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, episode: Episode, at: datetime) -> None:
        """Add an episode, or lengthen the one it is part of."""
        since, until = to_ms(episode.since), to_ms(episode.until)
        row = self._connection.execute(
            select(_BREACHES)
            .where(
                _BREACHES.c.item == episode.item,
                _BREACHES.c.gtin == episode.gtin,
                _BREACHES.c.org == bytes(episode.org),
                _BREACHES.c.rule_org == bytes(episode.rule_org),
                _BREACHES.c.since <= until,
                _BREACHES.c.until >= since,
            )
            .order_by(_BREACHES.c.pk)
            .limit(1)
            .with_for_update()
        ).first()
        told = {"event_id": episode.event_id, "detail": json.dumps(dict(episode.detail))}
        if row is None:
            self._connection.execute(
                insert(_BREACHES).values(
                    org=bytes(episode.org),
                    item=episode.item,
                    gtin=episode.gtin,
                    rule_org=bytes(episode.rule_org),
                    since=since,
                    until=until,
                    seen_at=to_ms(at),
                    **told,
                )
            )
            return
        longer = {"since": min(since, row.since), "until": max(until, row.until)}
        # The reading it was first seen at may have been refused; then this one tells of it.
        fresh = {**told, "seen_at": to_ms(at)} if row.told_at is None else {}
        self._connection.execute(
            update(_BREACHES).where(_BREACHES.c.pk == row.pk).values(**longer, **fresh)
        )

    def untold(self, limit: int) -> Sequence[BreachRow]:
        """Episodes of which nobody was told yet, oldest first."""
        rows = self._connection.execute(
            select(_BREACHES)
            .where(_BREACHES.c.told_at.is_(None))
            .order_by(_BREACHES.c.pk)
            .limit(limit)
        )
        return [
            BreachRow(
                row.pk,
                Episode(
                    OrgId(row.org),
                    row.item,
                    row.gtin,
                    OrgId(row.rule_org),
                    from_ms(row.since),
                    from_ms(row.until),
                    row.event_id,
                    json.loads(row.detail),
                ),
                from_ms(row.seen_at),
            )
            for row in rows
        ]

    def mark_told(self, pk: int, at: datetime) -> None:
        """Whoever has to know was told."""
        self._connection.execute(
            update(_BREACHES).where(_BREACHES.c.pk == pk).values(told_at=to_ms(at))
        )

    def forget(self, pk: int) -> None:
        """The reading was never stored: there is nothing to tell."""
        self._connection.execute(delete(_BREACHES).where(_BREACHES.c.pk == pk))
