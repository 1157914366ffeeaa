"""Capture jobs: a document is stored whole before it is acknowledged, and worked off later.

A claim expires with its worker, and the job begins again from the stored body. `finish` demands
that the claim still stands, in the same transaction as the records: a worker that was thought
dead and comes back late stores nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from ledger.errors import Conflict, InvalidInput, NotFound
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from ledger.storage.tables import (
    CaptureBodies,
    CaptureJobs,
    EpcisEvents,
    Records,
    Submissions,
    core,
)
from ledger.storage.times import from_ms, from_ms_or_none, to_ms

_JOBS = core(CaptureJobs)
_BODIES = core(CaptureBodies)
_SUBMISSIONS = core(Submissions)
_RECORDS = core(Records)
_EVENTS = core(EpcisEvents)


@dataclass(frozen=True, slots=True)
class JobRow:
    """One capture job. `body` is given when adding and never read back with the row."""

    id: str
    org: OrgId
    media: str
    behaviour: str
    body: bytes | None
    created_at: datetime
    claimed_by: str | None = None
    finished_at: datetime | None = None
    success: bool | None = None
    errors: Sequence[dict[str, Any]] = ()


class JobStore:
    """Capture jobs in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: JobRow) -> None:
        """Record a job with its document (up to 64 MB)."""
        assert row.body is not None, "a job begins with its document"
        pk = self._connection.execute(
            insert(_JOBS)
            .values(
                id=row.id,
                org=bytes(row.org),
                media=row.media,
                behaviour=row.behaviour,
                created_at=to_ms(row.created_at),
                errors="[]",
                repeats="[]",
            )
            .returning(_JOBS.c.pk)
        ).scalar_one()
        self._connection.execute(insert(_BODIES).values(job_pk=pk, body=row.body))

    def find(self, job_id: str) -> JobRow | None:
        """The job without its document."""
        row = self._connection.execute(select(_JOBS).where(_JOBS.c.id == job_id)).first()
        return None if row is None else _job(row)

    def load_body(self, job_id: str) -> bytes:
        """The document. Raises NotFound `capture-job-unknown` once the job is finished."""
        body = self._connection.execute(
            select(_BODIES.c.body)
            .join(_JOBS, _JOBS.c.pk == _BODIES.c.job_pk)
            .where(_JOBS.c.id == job_id)
        ).scalar()
        if body is None:
            raise NotFound("capture-job-unknown", f"no document of capture job {job_id!r:.60}")
        return bytes(body)

    def claim(self, worker: str, at: datetime, lease_seconds: float) -> JobRow | None:
        """The oldest unfinished job nobody works on, now claimed; None when there is none.

        Safe among processes: SQLite has one writer, PostgreSQL skips rows others are claiming.
        """
        now = to_ms(at)
        row = self._connection.execute(
            select(_JOBS)
            .where(
                _JOBS.c.finished_at.is_(None),
                or_(_JOBS.c.claimed_until.is_(None), _JOBS.c.claimed_until <= now),
            )
            .order_by(_JOBS.c.pk)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if row is None:
            return None
        self._connection.execute(
            update(_JOBS)
            .where(_JOBS.c.pk == row.pk)
            .values(claimed_by=worker, claimed_until=now + int(lease_seconds * 1000))
        )
        return _job(row, claimed_by=worker)

    def extend(self, job_id: str, worker: str, at: datetime, lease_seconds: float) -> None:
        """Keep a claim for longer. Raises Conflict `capture-claim-lost`."""
        done = self._connection.execute(
            update(_JOBS)
            .where(
                _JOBS.c.id == job_id,
                _JOBS.c.claimed_by == worker,
                _JOBS.c.finished_at.is_(None),
            )
            .values(claimed_until=to_ms(at) + int(lease_seconds * 1000))
        )
        if done.rowcount != 1:
            raise _lost(job_id)

    def claimants(self, workers: str = "") -> Sequence[str]:
        """Workers whose name begins so and who hold the claim of an unfinished job."""
        return list(
            self._connection.execute(
                select(_JOBS.c.claimed_by)
                .where(
                    _JOBS.c.finished_at.is_(None),
                    _JOBS.c.claimed_by.startswith(workers, autoescape=True),
                )
                .distinct()
            ).scalars()
        )

    def release(self, workers: str) -> int:
        """Give back the claims of all workers whose name begins so; how many there were.

        For whoever knows that these workers are dead: their jobs then need not wait for the
        claims to expire. Should one live after all, its `finish` is refused.
        """
        done = self._connection.execute(
            update(_JOBS)
            .where(
                _JOBS.c.finished_at.is_(None),
                _JOBS.c.claimed_by.startswith(workers, autoescape=True),
            )
            .values(claimed_by=None, claimed_until=None)
        )
        return done.rowcount

    def finish(
        self,
        job_id: str,
        at: datetime,
        *,
        success: bool,
        errors: Sequence[dict[str, Any]] = (),
        repeats: Sequence[tuple[str, str]] = (),
        worker: str | None = None,
    ) -> None:
        """End a job and drop its document.

        `repeats` are (eventID, record id) of events that were stored before this job. Raises
        Conflict `capture-claim-lost` when the job is finished already or, with `worker` given,
        claimed by another: whatever else the transaction wrote must then not be committed.
        """
        held = [_JOBS.c.id == job_id, _JOBS.c.finished_at.is_(None)]
        if worker is not None:
            held.append(_JOBS.c.claimed_by == worker)
        pk = self._connection.execute(
            update(_JOBS)
            .where(*held)
            .values(
                finished_at=to_ms(at),
                success=success,
                errors=orjson.dumps(list(errors)).decode(),
                repeats=orjson.dumps(list(repeats)).decode(),
                claimed_until=None,
            )
            .returning(_JOBS.c.pk)
        ).scalar()
        if pk is None:
            raise _lost(job_id)
        self._connection.execute(delete(_BODIES).where(_BODIES.c.job_pk == pk))

    def stored_events(self, job_id: str) -> Sequence[tuple[str, str]]:
        """(eventID, record id) of each event the job stored, in document order, then repeats."""
        stored = self._connection.execute(
            select(_EVENTS.c.event_id, _RECORDS.c.id)
            .select_from(_SUBMISSIONS)
            .join(
                _RECORDS,
                _RECORDS.c.pk.between(
                    _SUBMISSIONS.c.pk * (1 << 20), _SUBMISSIONS.c.pk * (1 << 20) + ((1 << 20) - 1)
                ),
            )
            .join(_EVENTS, _EVENTS.c.record_pk == _RECORDS.c.pk)
            .where(_SUBMISSIONS.c.job_id == job_id)
            .order_by(_RECORDS.c.pk)
        )
        events = [(event_id, RecordId(record_id).text) for event_id, record_id in stored]
        repeats = self._connection.execute(
            select(_JOBS.c.repeats).where(_JOBS.c.id == job_id)
        ).scalar()
        events += [(event_id, record_id) for event_id, record_id in orjson.loads(repeats or "[]")]
        return events

    def list(
        self, org: OrgId, limit: int, after: str | None = None
    ) -> tuple[Sequence[JobRow], str | None]:
        """The organization's jobs, newest first, and the token of the next page if there is one.

        Raises InvalidInput `page-token-malformed`.
        """
        query = select(_JOBS).where(_JOBS.c.org == bytes(org))
        if after is not None:
            if not (after.isascii() and after.isdigit() and len(after) < 19):
                raise InvalidInput("page-token-malformed", f"not a page token: {after!r:.60}")
            query = query.where(_JOBS.c.pk < int(after))
        rows = self._connection.execute(query.order_by(_JOBS.c.pk.desc()).limit(limit + 1)).all()
        following = str(rows[limit - 1].pk) if len(rows) > limit else None
        return [_job(row) for row in rows[:limit]], following

    def unfinished_count(self) -> int:
        """Jobs accepted and not finished."""
        return int(
            self._connection.execute(
                select(func.count()).select_from(_JOBS).where(_JOBS.c.finished_at.is_(None))
            ).scalar_one()
        )


def _lost(job_id: str) -> Conflict:
    return Conflict("capture-claim-lost", f"capture job {job_id!r:.60} is no longer ours")


def _job(row: Row[Any], *, claimed_by: str | None = None) -> JobRow:
    return JobRow(
        id=row.id,
        org=OrgId(row.org),
        media=row.media,
        behaviour=row.behaviour,
        body=None,
        created_at=from_ms(row.created_at),
        claimed_by=claimed_by if claimed_by is not None else row.claimed_by,
        finished_at=from_ms_or_none(row.finished_at),
        success=row.success,
        errors=orjson.loads(row.errors),
    )
