"""Records: canonical body and salt, exactly the bytes that were committed to.

A record's pk is computed, not drawn: submission pk << 20 | position. So pks of a submission are
consecutive, rows are appended in order, and no index is needed to get from one to the other.
An edit of a body here changes no proof: the commitment no longer fits it, and every verifier says
so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from ledger.storage.bulk import insert_many
from ledger.storage.submissions import MOST_RECORDS, POSITION_BITS, submission_of
from ledger.storage.tables import Records, Submissions, core
from ledger.storage.times import from_ms, to_ms

_RECORDS = core(Records)
_SUBMISSIONS = core(Submissions)
_COLUMNS = ("pk", "id", "kind", "captured_at", "body", "salt")

NewRecord = tuple[bytes, int, int, str, datetime, bytes, bytes]
"""(id16, submission pk, position, kind, captured at, canonical body, salt): a plain tuple, because
ten thousand of them are made per submission."""


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record with its place. `body` and `salt` are None once erased; `first_index` of its
    submission is None until sequenced."""

    pk: int
    record_id: RecordId
    org: OrgId
    kind: str
    captured_at: datetime
    body: bytes | None
    salt: bytes | None
    first_index: int | None

    @property
    def submission_pk(self) -> int:
        """The submission it was signed in."""
        return self.pk >> POSITION_BITS

    @property
    def position(self) -> int:
        """Its place in the submission, from 0."""
        return self.pk & (MOST_RECORDS - 1)

    @property
    def leaf_index(self) -> int | None:
        """Its place in the log, once sequenced."""
        return None if self.first_index is None else self.first_index + self.position


class RecordStore:
    """Records in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_many(self, rows: Sequence[NewRecord]) -> Sequence[int]:
        """Store records and return their pks, in order.

        A record id that is taken ends the transaction with Conflict `storage-duplicate`.
        """
        times = {at: to_ms(at) for at in {row[4] for row in rows}}
        stored = [
            (submission << POSITION_BITS | position, record_id, kind, times[at], body, salt)
            for record_id, submission, position, kind, at, body, salt in rows
        ]
        insert_many(self._connection, _RECORDS, _COLUMNS, stored)
        return [row[0] for row in stored]

    def find(self, record_id: RecordId) -> RecordRow | None:
        """The record with this id."""
        row = self._connection.execute(
            _selected().where(_RECORDS.c.id == record_id.bytes16)
        ).first()
        return None if row is None else _record(row)

    def find_by_pk(self, pk: int) -> RecordRow | None:
        """The record at this place: submission pk << 20 | position."""
        row = self._connection.execute(_selected().where(_RECORDS.c.pk == pk)).first()
        return None if row is None else _record(row)

    def find_by_leaf(self, index: int) -> RecordRow | None:
        """The record whose leaf this is."""
        columns = _SUBMISSIONS.c
        row = self._connection.execute(
            select(columns.pk, columns.first_index, columns.records)
            .where(columns.first_index <= index)
            .order_by(columns.first_index.desc())
            .limit(1)
        ).first()
        if row is None or index >= row.first_index + row.records:
            return None
        return self.find_by_pk(row.pk << POSITION_BITS | index - row.first_index)

    def iterate(self, after_pk: int, limit: int) -> Sequence[RecordRow]:
        """The records following that pk, in order: for audit. Begin with -1."""
        rows = self._connection.execute(
            _selected().where(_RECORDS.c.pk > after_pk).order_by(_RECORDS.c.pk).limit(limit)
        )
        return [_record(row) for row in rows]

    def orphans(self) -> Sequence[tuple[int, int]]:
        """(submission pk, number of records) where the submission does not exist: for audit."""
        owner = submission_of(_RECORDS.c.pk)
        rows = self._connection.execute(
            select(owner, func.count())
            .select_from(_RECORDS)
            .outerjoin(_SUBMISSIONS, _SUBMISSIONS.c.pk == owner)
            .where(_SUBMISSIONS.c.pk.is_(None))
            .group_by(owner)
            .order_by(owner)
        )
        return [(int(pk), int(count)) for pk, count in rows]


def _selected() -> Select[Any]:
    return (
        select(
            _RECORDS.c.pk,
            _RECORDS.c.id,
            _SUBMISSIONS.c.org,
            _RECORDS.c.kind,
            _RECORDS.c.captured_at,
            _RECORDS.c.body,
            _RECORDS.c.salt,
            _SUBMISSIONS.c.first_index,
        )
        .select_from(_RECORDS)
        .join(_SUBMISSIONS, _SUBMISSIONS.c.pk == submission_of(_RECORDS.c.pk))
    )


def _record(row: Any) -> RecordRow:
    return RecordRow(
        pk=row.pk,
        record_id=RecordId(row.id),
        org=OrgId(row.org),
        kind=row.kind,
        captured_at=from_ms(row.captured_at),
        body=_bytes(row.body),
        salt=_bytes(row.salt),
        first_index=row.first_index,
    )


def _bytes(value: Any) -> bytes | None:
    """SQLite keeps what it is given: a body edited by hand may have become text. It is read as its
    bytes, so that checking it says what it is, instead of failing."""
    return value.encode() if isinstance(value, str) else value
