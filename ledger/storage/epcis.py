"""The search index over EPCIS events.

- `event_key` is what makes an event unique: 12 bytes of SHA256(eventID) and 4 of
  SHA256(organization, error declaration if any). Per organization, so that nobody can occupy an
  eventID another is about to capture; eventID first, so that one range finds it in every
  organization, with all that was declared about it.
- `epcis_keys` holds 64 bits of SHA256(identifier text) instead of the text. Two identifiers that
  collide by chance among a thousand million: 1 in 10^10 per search. Readers compare the event's own
  keys before they show it, so a made collision gains nothing that naming the identifier would not.
- Random-order inserts rewrite pages all over an index. On SQLite, whose WAL carries whole pages,
  the keys are therefore kept in segments of about a hundred thousand events: inserts stay within
  one, searches ask each. PostgreSQL logs rows, not pages, and has the one segment 0.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    bindparam,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)

from ledger.epcis.keys import KeyRole
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from ledger.storage.bulk import insert_many
from ledger.storage.submissions import MOST_RECORDS, submission_of
from ledger.storage.tables import EpcisEvents, EpcisKeys, KeySegments, Records, Submissions, core
from ledger.storage.terms import Term, TermKind, TermStore
from ledger.storage.times import from_ms

_EVENTS = core(EpcisEvents)
_KEYS = core(EpcisKeys)
_SEGMENTS = core(KeySegments)
_RECORDS = core(Records)
_SUBMISSIONS = core(Submissions)
_NEWEST_SEGMENT = select(_SEGMENTS).order_by(_SEGMENTS.c.segment.desc()).limit(1)
_ADD_SEGMENT = insert(_SEGMENTS)
_COUNT_KEYS = (
    update(_SEGMENTS)
    .where(_SEGMENTS.c.segment == bindparam("at"))
    .values(keys=_SEGMENTS.c["keys"] + bindparam("more"))
)
_EVENT_COLUMNS = (
    "record_pk", "event_key", "content", "event_id", "type", "time", "biz_step", "disposition",
)  # fmt: skip
_KEY_COLUMNS = ("segment", "key", "time", "record_pk", "role")

_TYPE, _STEP = int(TermKind.EVENT_TYPE), int(TermKind.BIZ_STEP)
_DISPOSITION = int(TermKind.DISPOSITION)
_PLACES = {
    int(KeyRole.READ_POINT): int(TermKind.READ_POINT),
    int(KeyRole.BIZ_LOCATION): int(TermKind.BIZ_LOCATION),
}

SEGMENT_KEYS = 500_000
"""Rows after which SQLite begins another segment of epcis_keys."""
_LOOKUP_CHUNK = 1_000

NewKey = tuple[str, int, int, int]
"""(identifier text, role, record pk, event time in ms)."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """What the index keeps of one event. `content` is 16 bytes of SHA256(body)."""

    record_pk: int
    org: OrgId
    event_id: str
    event_key: bytes
    content: bytes
    type: str
    time_ms: int
    biz_step: str | None
    disposition: str | None


@dataclass(frozen=True, slots=True)
class StoredEventRow:
    """One event as recorded, with its record and place; `body` is None once erased."""

    record_pk: int
    record_id: RecordId
    org: OrgId
    event_id: str
    type: str
    time_ms: int
    captured_at: datetime
    body: bytes | None
    salt: bytes | None
    first_index: int | None

    @property
    def leaf_index(self) -> int | None:
        """Its place in the log, once sequenced."""
        if self.first_index is None:
            return None
        return self.first_index + (self.record_pk & (MOST_RECORDS - 1))


def event_key(org: OrgId, event_id: str, declaration: bytes = b"") -> bytes:
    """The 16 bytes that identify an event of an organization.

    An event that is declared in error is recorded again under its own eventID: the bytes of the
    declaration tell the two apart.
    """
    return sha256(event_id.encode()).digest()[:12] + sha256(org + declaration).digest()[:4]


def event_range(event_id: str) -> tuple[bytes, bytes]:
    """The first and the last event key that an eventID can have, whoever captured it."""
    start = sha256(event_id.encode()).digest()[:12]
    return start + bytes(4), start + b"\xff" * 4


def key_hash(text: str) -> int:
    """The signed 64-bit stand-in for an identifier's text."""
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big", signed=True)


class EpcisStore:
    """The event index in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._terms = TermStore(connection)

    def known(self, org: OrgId, keys: Sequence[bytes]) -> dict[bytes, tuple[bytes, bytes]]:
        """Of these event keys, those already recorded: key → (content, record id).

        On PostgreSQL this holds the organization's captures back until the transaction ends, so
        that what is unknown here still is when it is added.
        """
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(
                select(func.pg_advisory_xact_lock(int.from_bytes(org[:8], "big", signed=True)))
            )
        found: dict[bytes, tuple[bytes, bytes]] = {}
        for start in range(0, len(keys), _LOOKUP_CHUNK):
            for key, content, record_id in self._known(keys[start : start + _LOOKUP_CHUNK]):
                found[bytes(key)] = (bytes(content), bytes(record_id))
        return found

    def bodies(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The recorded bodies of these event keys; none of one that is erased, or that was edited
        by hand into text."""
        query = select(_EVENTS.c.event_key, _RECORDS.c.body).join(
            _RECORDS, _RECORDS.c.pk == _EVENTS.c.record_pk
        )
        found: dict[bytes, bytes] = {}
        for start in range(0, len(keys), _LOOKUP_CHUNK):
            chunk = _EVENTS.c.event_key.in_(keys[start : start + _LOOKUP_CHUNK])
            rows = self._connection.execute(query.where(chunk))
            found |= {bytes(key): body for key, body in rows if isinstance(body, bytes)}
        return found

    def add_many(self, events: Sequence[EventRow], keys: Sequence[NewKey]) -> None:
        """Index events and the identifiers they name, each (identifier, role) once per event.

        An event key that is taken ends the transaction with Conflict `storage-duplicate`.
        """
        insert_many(
            self._connection,
            _EVENTS,
            _EVENT_COLUMNS,
            [
                (e.record_pk, e.event_key, e.content, e.event_id, e.type, e.time_ms,
                 e.biz_step, e.disposition)
                for e in events
            ],
        )  # fmt: skip
        if not keys:
            return
        hashes = {text: key_hash(text) for text in {key[0] for key in keys}}
        segment = self._segment(len(keys))
        # in key order neighbours share a page, which halves the work of the index
        rows = sorted((segment, hashes[text], time, pk, role) for text, role, pk, time in keys)
        insert_many(self._connection, _KEYS, _KEY_COLUMNS, rows)
        self._terms.add(_terms(events, keys))

    def find_event(self, org: OrgId | None, event_id: str) -> Sequence[StoredEventRow]:
        """The event with this eventID and its error declarations, in order of capture; of one
        organization or (None) of every one."""
        query = _selected().where(_EVENTS.c.event_key.between(*event_range(event_id)))
        if org is not None:
            query = query.where(_SUBMISSIONS.c.org == bytes(org))
        rows = self._connection.execute(query.order_by(_EVENTS.c.record_pk))
        return [_event(row) for row in rows if row.event_id == event_id]

    def events_by_key(
        self, texts: Sequence[str], limit: int, before: tuple[int, int] | None = None
    ) -> Sequence[StoredEventRow]:
        """Events that name any of these identifiers, latest event time first.

        `before` continues after an earlier page: (time_ms, record_pk) of its last event.
        Candidates by hash: compare the event's own keys before relying on it.
        """
        hashes = [key_hash(text) for text in set(texts)]
        streams = [
            self._newest(segment, key, limit, before)
            for segment in self._segments()
            for key in hashes
        ]
        places: list[int] = []
        for _, pk in heapq.merge(*streams, reverse=True):
            if not places or places[-1] != pk:
                places.append(pk)
            if len(places) == limit:
                break
        found: dict[int, StoredEventRow] = {}
        for start in range(0, len(places), _LOOKUP_CHUNK):
            chunk = places[start : start + _LOOKUP_CHUNK]
            for row in self._connection.execute(_selected().where(_EVENTS.c.record_pk.in_(chunk))):
                found[row.record_pk] = _event(row)
        return [found[pk] for pk in places if pk in found]

    def events_at(self, places: Sequence[int], orgs: Collection[OrgId]) -> Sequence[StoredEventRow]:
        """Those of these events (record pks) that are not erased and that one of these
        organizations recorded, in the order given."""
        query = _selected().where(
            _EVENTS.c.record_pk.in_(places),
            _SUBMISSIONS.c.org.in_([bytes(org) for org in orgs]),
            _RECORDS.c.body.is_not(None),
        )
        found = {row.record_pk: _event(row) for row in self._connection.execute(query)}
        return [found[pk] for pk in places if pk in found]

    def earliest_by_key(self, text: str, limit: int) -> Sequence[StoredEventRow]:
        """Events that name the identifier, first recorded first. Candidates by hash."""
        columns = _KEYS.c
        places = self._connection.execute(
            select(columns.record_pk)
            .where(columns.segment.in_(self._segments()), columns.key == key_hash(text))
            .distinct()
            .order_by(columns.record_pk)
            .limit(limit)
        ).scalars()
        query = _selected().where(_EVENTS.c.record_pk.in_(places.all()))
        return [
            _event(row) for row in self._connection.execute(query.order_by(_EVENTS.c.record_pk))
        ]

    def iterate(self, after_pk: int, limit: int) -> Sequence[tuple[int, str, bytes]]:
        """(record pk, eventID, content) of the index rows following that pk: for audit."""
        rows = self._connection.execute(
            select(_EVENTS.c.record_pk, _EVENTS.c.event_id, _EVENTS.c.content)
            .where(_EVENTS.c.record_pk > after_pk)
            .order_by(_EVENTS.c.record_pk)
            .limit(limit)
        )
        return [(row.record_pk, row.event_id, bytes(row.content)) for row in rows]

    def _newest(
        self, segment: int, key: int, limit: int, before: tuple[int, int] | None
    ) -> Iterator[tuple[int, int]]:
        columns = _KEYS.c
        query = select(columns.time, columns.record_pk).where(
            columns.segment == segment, columns.key == key
        )
        if before is not None:
            query = query.where(
                columns.time <= before[0],
                tuple_(columns.time, columns.record_pk) < tuple_(*map(_literal, before)),
            )
        rows = self._connection.execute(
            query.distinct().order_by(columns.time.desc(), columns.record_pk.desc()).limit(limit)
        )
        return ((row.time, row.record_pk) for row in rows.all())

    def _segments(self) -> Sequence[int]:
        if self._connection.dialect.name != "sqlite":
            return [0]
        return self._connection.execute(select(_SEGMENTS.c.segment)).scalars().all()

    def _segment(self, keys: int) -> int:
        """The segment to insert into, counting these keys; one row is touched per call."""
        if self._connection.dialect.name != "sqlite":
            return 0
        newest = self._connection.execute(_NEWEST_SEGMENT).first()
        if newest is None or newest.keys >= SEGMENT_KEYS:
            segment = 0 if newest is None else newest.segment + 1
            self._connection.execute(_ADD_SEGMENT, {"segment": segment, "keys": keys})
            return int(segment)
        self._connection.execute(_COUNT_KEYS, {"at": newest.segment, "more": keys})
        return int(newest.segment)

    def _known(self, keys: Sequence[bytes]) -> Sequence[Any]:
        query = select(_EVENTS.c.event_key, _EVENTS.c.content, _RECORDS.c.id).join(
            _RECORDS, _RECORDS.c.pk == _EVENTS.c.record_pk
        )
        if self._connection.dialect.name == "postgresql":
            wanted = func.any(bindparam("keys", value=list(keys)))
            return self._connection.execute(query.where(_EVENTS.c.event_key == wanted)).all()
        marks = ", ".join("?" for _ in keys)
        return self._connection.exec_driver_sql(
            "SELECT e.event_key, e.content, r.id FROM epcis_events e"  # noqa: S608 - only marks
            " JOIN records r ON r.pk = e.record_pk"
            f" WHERE e.event_key IN ({marks})",
            tuple(keys),
        ).all()


def _terms(events: Sequence[EventRow], keys: Sequence[NewKey]) -> set[Term]:
    """Types, steps and dispositions of the events, and the places they are filed under."""
    terms: set[Term] = {(_TYPE, event.type) for event in events}
    terms |= {(_STEP, event.biz_step) for event in events if event.biz_step is not None}
    terms |= {
        (_DISPOSITION, event.disposition) for event in events if event.disposition is not None
    }
    return terms | {(_PLACES[role], text) for text, role, _, _ in keys if role in _PLACES}


def _literal(value: int) -> Any:
    return literal(value, BigInteger)


def _selected() -> Select[Any]:
    return (
        select(
            _EVENTS.c.record_pk,
            _RECORDS.c.id,
            _SUBMISSIONS.c.org,
            _EVENTS.c.event_id,
            _EVENTS.c.type,
            _EVENTS.c.time,
            _RECORDS.c.captured_at,
            _RECORDS.c.body,
            _RECORDS.c.salt,
            _SUBMISSIONS.c.first_index,
        )
        .select_from(_EVENTS)
        .join(_RECORDS, _RECORDS.c.pk == _EVENTS.c.record_pk)
        .join(_SUBMISSIONS, _SUBMISSIONS.c.pk == submission_of(_EVENTS.c.record_pk))
    )


def _event(row: Any) -> StoredEventRow:
    return StoredEventRow(
        record_pk=row.record_pk,
        record_id=RecordId(row.id),
        org=OrgId(row.org),
        event_id=row.event_id,
        type=row.type,
        time_ms=row.time,
        captured_at=from_ms(row.captured_at),
        body=row.body,
        salt=row.salt,
        first_index=row.first_index,
    )
