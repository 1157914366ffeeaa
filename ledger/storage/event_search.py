"""Walks through the index of events: candidates in order, a bounded number at a time.

A walk meets places, (time in ms, record pk), latest first or earliest first, and goes on after the
last place seen; so what is added meanwhile is neither lost nor doubled. Places come from 64-bit
stand-ins for keys: whoever walks compares the events themselves.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby, islice
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, bindparam, select

from ledger.epcis.query_plan import Plan, Span
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from ledger.storage.epcis import event_range, key_hash
from ledger.storage.event_walk import MOST_RANGES, Statement, Walk, bound, filed, recorded
from ledger.storage.submissions import submission_of
from ledger.storage.tables import EpcisEvents, EpcisKeys, KeySegments, Records, Submissions, core
from ledger.storage.times import from_ms

_EVENTS = core(EpcisEvents).c
_KEYS = core(EpcisKeys).c
_SEGMENTS = core(KeySegments).c
_RECORDS = core(Records).c
_SUBMISSIONS = core(Submissions).c
_ALL_SEGMENTS = select(_SEGMENTS.segment)
_CHUNK = 500


class Place(NamedTuple):
    """Where a walk has met an event: its event time or record time in ms, and its record's pk."""

    at: int
    record_pk: int


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """One candidate with its body, which is canonical JSON."""

    record_pk: int
    record_id: RecordId
    org: OrgId
    time_ms: int
    captured_at: datetime
    body: bytes


class EventSearch:
    """Searches in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def walk(self, plan: Plan, after: Place | None, limit: int) -> Sequence[Place]:
        """The next places of the plan's walk, each once; fewer than `limit` only at its end."""
        if plan.by_record_time:
            walk = Walk.of(plan, plan.record_time, goes_on=after is not None)
            values = bound(plan.record_time, after, limit)
            return self._places(recorded(walk), values)
        walk = Walk.of(plan, plan.event_time, goes_on=after is not None)
        values = bound(plan.event_time, after, limit)
        roles = tuple(sorted(plan.filing.roles))
        hashes = sorted({key_hash(key) for key in plan.filing.keys})
        streams = []
        for segments in _batched(self._segments(), MOST_RANGES):
            for keys in _batched(hashes, MOST_RANGES // len(segments)):
                named = {f"key{at}": key for at, key in enumerate(keys)}
                statement = filed(walk, segments, len(keys), roles)
                streams.append(self._places(statement, {**values, **named}))
        if len(streams) == 1:
            return streams[0]
        merged = heapq.merge(*streams, reverse=plan.descending)
        return [place for place, _ in islice(groupby(merged), limit)]

    def load(self, plan: Plan, places: Sequence[Place]) -> dict[int, FoundEvent]:
        """The events at these places that the index's columns do not rule out, by record pk;
        erased ones are left out."""
        found: dict[int, FoundEvent] = {}
        pks = [place.record_pk for place in places]
        for start in range(0, len(pks), _CHUNK):
            values = {**_narrowing(plan), "pks": pks[start : start + _CHUNK]}
            rows = self._connection.execute(_selected_at(frozenset(values)), values)
            for row in rows.all():
                found[row.record_pk] = _event(row)
        return found

    def load_by_id(self, plan: Plan) -> list[FoundEvent]:
        """The events with the plan's eventIDs, of every organization, in the order of record
        pks."""
        assert plan.event_ids is not None
        found: list[FoundEvent] = []
        for event_id in plan.event_ids:
            first, last = event_range(event_id)
            values = {**_narrowing(plan), "id": event_id, "first": first, "last": last}
            rows = self._connection.execute(_selected_at(frozenset(values)), values)
            found += map(_event, rows)
        return sorted(found, key=lambda event: event.record_pk)

    def load_after(self, record_pk: int, limit: int) -> Sequence[FoundEvent]:
        """Events in the order they were stored, following that record."""
        query = _joined().where(_EVENTS.record_pk > record_pk)
        rows = self._connection.execute(query.order_by(_EVENTS.record_pk).limit(limit))
        return [_event(row) for row in rows]

    def is_named_before(self, key: str, roles: Sequence[int], record_pk: int) -> bool:
        """Whether an event stored before that record is filed under the key in such a role."""
        return any(
            self._connection.execute(
                select(_KEYS.record_pk)
                .where(
                    _KEYS.segment == segment,
                    _KEYS.key == key_hash(key),
                    _KEYS.record_pk < record_pk,
                    _KEYS.role.in_(sorted(roles)),
                )
                .limit(1)
            ).first()
            for segment in self._segments()
        )

    def _places(self, statement: Statement, values: dict[str, int]) -> Sequence[Place]:
        rows = self._connection.execute(statement, values).all()
        return [Place(row.time, row.record_pk) for row in rows]

    def _segments(self) -> tuple[int, ...]:
        if self._connection.dialect.name != "sqlite":
            return (0,)
        return tuple(self._connection.execute(_ALL_SEGMENTS).scalars())


def _batched(values: Sequence[int], most: int) -> Iterator[tuple[int, ...]]:
    return (tuple(values[start : start + most]) for start in range(0, len(values), most))


def _joined() -> Select[Any]:
    return (
        select(
            _EVENTS.record_pk, _RECORDS.id, _SUBMISSIONS.org, _EVENTS.time,
            _RECORDS.captured_at, _RECORDS.body,
        )
        .join(core(Records), _RECORDS.pk == _EVENTS.record_pk)
        .join(core(Submissions), _SUBMISSIONS.pk == submission_of(_EVENTS.record_pk))
        .where(_RECORDS.body.is_not(None))
    )  # fmt: skip


def _narrowing(plan: Plan) -> dict[str, Any]:
    """What the index's columns must hold, by the names in `_CONDITIONS`."""
    values: dict[str, Any] = {
        name: sorted(words)
        for name, words in (
            ("types", plan.types),
            ("steps", plan.biz_steps),
            ("dispositions", plan.dispositions),
        )
        if words is not None
    }
    if plan.record_time.start > Span().start:
        values["since"] = plan.record_time.start
    if plan.record_time.end < Span().end:
        values["until"] = plan.record_time.end
    return values


_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "types": _EVENTS.type.in_(bindparam("types", expanding=True)),
    "steps": _EVENTS.biz_step.in_(bindparam("steps", expanding=True)),
    "dispositions": _EVENTS.disposition.in_(bindparam("dispositions", expanding=True)),
    "since": _RECORDS.captured_at >= bindparam("since", type_=BigInteger),
    "until": _RECORDS.captured_at < bindparam("until", type_=BigInteger),
    "pks": _EVENTS.record_pk.in_(bindparam("pks", expanding=True)),
    "id": _EVENTS.event_id == bindparam("id"),
    "first": _EVENTS.event_key >= bindparam("first"),
    "last": _EVENTS.event_key <= bindparam("last"),
}


@lru_cache(maxsize=128)
def _selected_at(conditions: frozenset[str]) -> Select[Any]:
    """Built once for each choice of conditions: to build it takes longer than to run it."""
    return _joined().where(*(_CONDITIONS[name] for name in sorted(conditions)))


def _event(row: Any) -> FoundEvent:
    return FoundEvent(
        record_pk=row.record_pk,
        record_id=RecordId(row.id),
        org=OrgId(row.org),
        time_ms=row.time,
        captured_at=from_ms(row.captured_at),
        body=bytes(row.body),
    )
