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
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, literal, select, tuple_

from ledger.epcis.query_plan import Plan, Span
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from ledger.storage.epcis import event_range, key_hash
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
            return [Place(at, pk) for at, pk in self._recorded(plan, after, limit)]
        hashes = sorted({key_hash(key) for key in plan.filing.keys})
        streams = [
            self._filed(segment, key, plan, after, limit)
            for segment in self._segments()
            for key in hashes
        ]
        places: list[Place] = []
        for at, pk in heapq.merge(*streams, reverse=plan.descending):
            if not places or places[-1].record_pk != pk:
                places.append(Place(at, pk))
            if len(places) == limit:
                break
        return places

    def load(self, plan: Plan, places: Sequence[Place]) -> dict[int, FoundEvent]:
        """The events at these places that the index's columns do not rule out, by record pk;
        erased ones are left out."""
        found: dict[int, FoundEvent] = {}
        pks = [place.record_pk for place in places]
        for start in range(0, len(pks), _CHUNK):
            query = _selected(plan).where(_EVENTS.record_pk.in_(pks[start : start + _CHUNK]))
            for row in self._connection.execute(query):
                found[row.record_pk] = _event(row)
        return found

    def load_by_id(self, plan: Plan) -> list[FoundEvent]:
        """The events with the plan's eventIDs, of every organization, in the order of record
        pks."""
        assert plan.event_ids is not None
        found: list[FoundEvent] = []
        for event_id in plan.event_ids:
            query = _selected(plan).where(
                _EVENTS.event_key.between(*event_range(event_id)), _EVENTS.event_id == event_id
            )
            found += [_event(row) for row in self._connection.execute(query)]
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

    def _filed(
        self, segment: int, key: int, plan: Plan, after: Place | None, limit: int
    ) -> Iterator[tuple[int, int]]:
        query = select(_KEYS.time, _KEYS.record_pk).where(
            _KEYS.segment == segment, _KEYS.key == key, _KEYS.role.in_(sorted(plan.filing.roles))
        )
        rows = self._connection.execute(
            _walked(query, (_KEYS.time, _KEYS.record_pk), plan, plan.event_time, after)
            .distinct()
            .limit(limit)
        )
        return ((row.time, row.record_pk) for row in rows.all())

    def _recorded(self, plan: Plan, after: Place | None, limit: int) -> Iterator[tuple[int, int]]:
        columns = (_RECORDS.captured_at, _RECORDS.pk)
        rows = self._connection.execute(
            _walked(select(*columns), columns, plan, plan.record_time, after).limit(limit)
        )
        return ((row.captured_at, row.pk) for row in rows.all())

    def _segments(self) -> Sequence[int]:
        if self._connection.dialect.name != "sqlite":
            return [0]
        return self._connection.execute(_ALL_SEGMENTS).scalars().all()


def _walked(
    query: Select[Any],
    columns: tuple[ColumnElement[int], ColumnElement[int]],
    plan: Plan,
    span: Span,
    after: Place | None,
) -> Select[Any]:
    """Within the span, after the place, in the plan's direction."""
    at, pk = columns
    if span.start > Span().start:
        query = query.where(at >= span.start)
    if span.end < Span().end:
        query = query.where(at < span.end)
    if after is not None:
        here, pair = tuple_(*map(_literal, after)), tuple_(at, pk)
        if plan.descending:
            query = query.where(at <= after.at, pair < here)
        else:
            query = query.where(at >= after.at, pair > here)
    if plan.descending:
        return query.order_by(at.desc(), pk.desc())
    return query.order_by(at, pk)


def _literal(value: int) -> Any:
    return literal(value, BigInteger)


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


def _selected(plan: Plan) -> Select[Any]:
    query = _joined()
    for column, words in (
        (_EVENTS.type, plan.types),
        (_EVENTS.biz_step, plan.biz_steps),
        (_EVENTS.disposition, plan.dispositions),
    ):
        if words is not None:
            query = query.where(column.in_(sorted(words)))
    if plan.record_time.start > Span().start:
        query = query.where(_RECORDS.captured_at >= plan.record_time.start)
    if plan.record_time.end < Span().end:
        query = query.where(_RECORDS.captured_at < plan.record_time.end)
    return query


def _event(row: Any) -> FoundEvent:
    return FoundEvent(
        record_pk=row.record_pk,
        record_id=RecordId(row.id),
        org=OrgId(row.org),
        time_ms=row.time,
        captured_at=from_ms(row.captured_at),
        body=bytes(row.body),
    )
