"""How far the spreadsheets that were handed in are.

Progress is told, not promised: it is written apart from the records, so a crash may leave it behind
them, and the next attempt at the job writes it anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, func, insert, select, update

from ledger.records.record import RecordId
from ledger.storage.sheet_tables import SheetJobs
from ledger.storage.submissions import POSITION_BITS
from ledger.storage.tables import CaptureJobs, Records, Submissions, core

_SHEETS = core(SheetJobs)
_JOBS = core(CaptureJobs)
_SUBMISSIONS = core(Submissions)
_RECORDS = core(Records)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class SheetRow:
    """Rows of the file, events made of them, how many of these are through, faults found."""

    job_id: str
    template: str | None = None
    rows: int = 0
    done: int = 0
    events: int = 0
    faults: int = 0
    warnings: Sequence[dict[str, Any]] = ()


class SheetStore:
    """Spreadsheet jobs in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, job_id: str) -> None:
        """A spreadsheet was accepted as this job."""
        self._connection.execute(
            insert(_SHEETS).values(job_id=job_id, rows=0, done=0, events=0, faults=0, warnings="[]")
        )

    def note(self, row: SheetRow) -> None:
        """Replace what is told of the job."""
        self._connection.execute(
            update(_SHEETS)
            .where(_SHEETS.c.job_id == row.job_id)
            .values(
                template=row.template,
                rows=row.rows,
                done=row.done,
                events=row.events,
                faults=row.faults,
                warnings=orjson.dumps(list(row.warnings)).decode(),
            )
        )

    def find(self, job_id: str) -> SheetRow | None:
        """What is told of the job; None where it is none of a spreadsheet."""
        row = self._connection.execute(select(_SHEETS).where(_SHEETS.c.job_id == job_id)).first()
        if row is None:
            return None
        return SheetRow(
            row.job_id,
            row.template,
            row.rows,
            row.done,
            row.events,
            row.faults,
            orjson.loads(row.warnings),
        )

    def end_in_log(self, job_id: str) -> int | None:
        """The size of the log that holds every event of the job, those stored before included;
        None while one of them has no place yet."""
        parts = list(
            self._connection.execute(
                select(_SUBMISSIONS.c.first_index, _SUBMISSIONS.c.records).where(
                    _SUBMISSIONS.c.job_id == job_id
                )
            )
        )
        last = self._last_repeat(job_id)
        if last is not None:
            # Submissions get their places in the order of their keys, so the last one decides.
            parts += self._connection.execute(
                select(_SUBMISSIONS.c.first_index, _SUBMISSIONS.c.records).where(
                    _SUBMISSIONS.c.pk == last >> POSITION_BITS
                )
            )
        if any(first is None for first, _ in parts):
            return None
        return max((first + records for first, records in parts), default=0)

    def _last_repeat(self, job_id: str) -> int | None:
        """The greatest record key among the events that were there before the job."""
        text = self._connection.execute(
            select(_JOBS.c.repeats).where(_JOBS.c.id == job_id)
        ).scalar()
        ids = [bytes(RecordId.parse(record)) for _, record in orjson.loads(text or "[]")]
        greatest: int | None = None
        for at in range(0, len(ids), _AT_ONCE):
            found = self._connection.execute(
                select(func.max(_RECORDS.c.pk)).where(_RECORDS.c.id.in_(ids[at : at + _AT_ONCE]))
            ).scalar()
            if found is not None:
                greatest = max(found, greatest or 0)
        return greatest
