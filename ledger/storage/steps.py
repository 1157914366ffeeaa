"""Events by the things they name and the parts these play: what tracing asks.

Many identifiers at once, because a trace goes forward by generations of goods. Each chunk is one
range scan per identifier in the index of `ledger.storage.epcis`, whose 64-bit keys make these rows
candidates: compare the event's own identifiers before relying on one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    func,
    literal,
    select,
    text,
)

from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from ledger.storage.epcis import key_hash
from ledger.storage.submissions import submission_of
from ledger.storage.tables import EpcisEvents, EpcisKeys, KeySegments, Records, Submissions, core

_EVENTS = core(EpcisEvents)
_KEYS = core(EpcisKeys)
_SEGMENTS = core(KeySegments)
_RECORDS = core(Records)
_SUBMISSIONS = core(Submissions)
_CHUNK = 5_000
"""Identifiers in one statement."""

_NAMED = {
    "sqlite": text(
        "SELECT wanted.value FROM json_each(:wanted) AS wanted WHERE EXISTS ("
        "SELECT 1 FROM epcis_keys AS one WHERE one.segment IN (SELECT segment FROM key_segments)"
        " AND one.key = wanted.value AND one.role BETWEEN :least AND :most)"
    ),
    "postgresql": text(
        "SELECT wanted FROM unnest(CAST(:wanted AS bigint[])) AS wanted WHERE EXISTS ("
        "SELECT 1 FROM epcis_keys AS one WHERE one.segment = 0"
        " AND one.key = wanted AND one.role BETWEEN :least AND :most)"
    ),
}
"""Hashes of which there is an entry."""


@dataclass(frozen=True, slots=True)
class StepRow:
    """One event as recorded; `body` is None once erased."""

    record_pk: int
    record_id: RecordId
    org: OrgId
    time_ms: int
    body: bytes | None


class StepStore:
    """The events of traces in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def places(self, texts: Collection[str], roles: Collection[int], limit: int) -> Sequence[int]:
        """Record pks of events that name any of these identifiers in any of these roles, each
        once, latest event time first; `limit` of them at most."""
        hashes = sorted({key_hash(text) for text in texts})
        found: dict[int, int] = {}
        for segment in self._segments:
            for chunk in self._chunks(hashes):
                rows = self._connection.execute(
                    select(_KEYS.c.record_pk, _KEYS.c.time)
                    .where(
                        _KEYS.c.segment == segment,
                        self._among(_KEYS.c.key, chunk),
                        _KEYS.c.role.in_(sorted(map(int, roles))),
                    )
                    .distinct()
                    .order_by(_KEYS.c.time.desc(), _KEYS.c.record_pk.desc())
                    .limit(limit)
                )
                found.update(rows.all())
        newest = sorted(found, key=lambda pk: (found[pk], pk), reverse=True)
        return newest[:limit]

    def named(self, texts: Collection[str], roles: Collection[int]) -> set[str]:
        """Those of these identifiers that any event names in a role from the least to the greatest
        of these.

        One statement for all of them, whose text is always the same: this is asked for every code
        that is scanned.
        """
        by_hash = {key_hash(text): text for text in texts}
        if not by_hash:
            return set()
        wanted: object = list(by_hash)
        if self._connection.dialect.name == "sqlite":
            wanted = json.dumps(wanted)
        found = self._connection.execute(
            _NAMED[self._connection.dialect.name],
            {"wanted": wanted, "least": min(roles), "most": max(roles)},
        )
        return {by_hash[hashed] for hashed in found.scalars()}

    def tally(self, texts: Collection[str], roles: Collection[int]) -> tuple[int, int]:
        """How many entries name any of these identifiers in any of these roles, and the highest
        record pk among them: whatever is recorded of them later changes it."""
        hashes = sorted({key_hash(text) for text in texts})
        count = highest = 0
        for segment in self._segments:
            for chunk in self._chunks(hashes):
                row = self._connection.execute(
                    select(func.count(), func.max(_KEYS.c.record_pk)).where(
                        _KEYS.c.segment == segment,
                        self._among(_KEYS.c.key, chunk),
                        _KEYS.c.role.in_(sorted(map(int, roles))),
                    )
                ).one()
                count += int(row[0])
                highest = max(highest, int(row[1] or 0))
        return count, highest

    def rows(self, pks: Iterable[int]) -> Iterator[StepRow]:
        """The events with these record pks, in no particular order."""
        orgs: dict[bytes, OrgId] = {}
        for chunk in self._chunks(sorted(pks)):
            rows = self._connection.execute(
                select(
                    _EVENTS.c.record_pk,
                    _RECORDS.c.id,
                    _SUBMISSIONS.c.org,
                    _EVENTS.c.time,
                    _RECORDS.c.body,
                )
                .select_from(_EVENTS)
                .join(_RECORDS, _RECORDS.c.pk == _EVENTS.c.record_pk)
                .join(_SUBMISSIONS, _SUBMISSIONS.c.pk == submission_of(_EVENTS.c.record_pk))
                .where(self._among(_EVENTS.c.record_pk, chunk))
            )
            for pk, record_id, signer, time_ms, body in rows:
                org = orgs.get(signer)
                if org is None:
                    org = orgs[signer] = OrgId(signer)
                yield StepRow(pk, RecordId(record_id), org, time_ms, body)

    @cached_property
    def _segments(self) -> Sequence[int]:
        """Newest last. Elsewhere than on SQLite there is the one segment 0."""
        if self._connection.dialect.name != "sqlite":
            return [0]
        return self._connection.execute(select(_SEGMENTS.c.segment)).scalars().all()

    def _among(self, column: Column[Any], values: Sequence[int]) -> ColumnElement[bool]:
        """One parameter however many they are: a thousand of them cost more than the rows."""
        if self._connection.dialect.name == "postgresql":
            return column == func.any(literal(list(values), ARRAY(BigInteger)))
        wanted = func.json_each(json.dumps(values)).table_valued("value")
        return column.in_(select(wanted.c.value))

    def _chunks(self, values: Sequence[int]) -> Iterator[Sequence[int]]:
        for start in range(0, len(values), _CHUNK):
            yield values[start : start + _CHUNK]
