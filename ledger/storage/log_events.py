"""Events in the order of the log: the one order that is complete, never changes, and in which
nothing can appear later before what was seen already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from ledger.storage.submissions import POSITION_BITS
from ledger.storage.tables import Records, Submissions, core
from ledger.storage.times import from_ms, to_ms

_RECORDS = core(Records).c
_SUBMISSIONS = core(Submissions).c
_MOST_SUBMISSIONS = 200


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One event and its leaf in the log."""

    index: int
    record_id: RecordId
    org: OrgId
    captured_at: datetime
    body: bytes


class LogEvents:
    """Reads events by their place in the log, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def following(self, position: int, limit: int, kind: str) -> tuple[Sequence[LogEvent], int]:
        """The records of this kind among at most `limit` leaves from that one on, and the position
        to go on from; the same position when there is nothing more. Erased ones are passed over."""
        found: list[LogEvent] = []
        end = position + limit
        for row in self._submissions(position):
            if row.first_index >= end:
                break
            first = max(position, row.first_index)
            last = min(end, row.first_index + row.records)
            start = (row.pk << POSITION_BITS) + first - row.first_index
            found += self._records(row, start, start + last - first, kind)
            position = last
        return found, position

    def position_at(self, at: datetime) -> int | None:
        """A place in the log before which nothing was captured at that time or later; None if
        nothing was, so far."""
        # What an organization has signed itself was captured a little before it was handed in.
        return self._connection.execute(
            select(func.min(_SUBMISSIONS.first_index)).where(_SUBMISSIONS.created_at >= to_ms(at))
        ).scalar()

    def _submissions(self, position: int) -> Sequence[_Submission]:
        beginning = self._connection.execute(
            select(func.max(_SUBMISSIONS.first_index)).where(_SUBMISSIONS.first_index <= position)
        ).scalar()
        if beginning is None:
            return []
        rows = self._connection.execute(
            select(
                _SUBMISSIONS.pk, _SUBMISSIONS.org, _SUBMISSIONS.records, _SUBMISSIONS.first_index
            )
            .where(
                _SUBMISSIONS.first_index >= beginning,
                _SUBMISSIONS.first_index + _SUBMISSIONS.records > position,
            )
            .order_by(_SUBMISSIONS.first_index)
            .limit(_MOST_SUBMISSIONS)
        )
        return [_Submission(row.pk, OrgId(row.org), row.records, row.first_index) for row in rows]

    def _records(
        self, submission: _Submission, start: int, end: int, kind: str
    ) -> Sequence[LogEvent]:
        rows = self._connection.execute(
            select(_RECORDS.pk, _RECORDS.id, _RECORDS.captured_at, _RECORDS.body)
            .where(
                _RECORDS.pk >= start,
                _RECORDS.pk < end,
                _RECORDS.kind == kind,
                _RECORDS.body.is_not(None),
            )
            .order_by(_RECORDS.pk)
        )
        base = submission.first_index - (submission.pk << POSITION_BITS)
        return [
            LogEvent(
                index=base + row.pk,
                record_id=RecordId(row.id),
                org=submission.org,
                captured_at=from_ms(row.captured_at),
                body=bytes(row.body),
            )
            for row in rows
        ]


@dataclass(frozen=True, slots=True)
class _Submission:
    pk: int
    org: OrgId
    records: int
    first_index: int
