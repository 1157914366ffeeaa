"""Capture: documents as jobs, single events by group commit.

A document is stored whole before it is acknowledged (202) and worked through by whichever process
claims it; if that process dies, its claim expires and another begins again from the stored body.
Because records and job end are one transaction, a job is never half done.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger import canonical
from ledger.clock import Clock, unix_seconds
from ledger.epcis.document import Limits as ReadingLimits
from ledger.epcis.document import iter_events, read_document
from ledger.epcis.event import Event
from ledger.epcis.problems import exception_type
from ledger.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    LedgerError,
    NotFound,
    QuotaExceeded,
    TooLarge,
)
from ledger.identity.organization import OrgId
from ledger.records.policy import visible
from ledger.records.record import RecordId
from ledger.services.caller import Caller, Scope
from ledger.services.intake import KIND, Intake, Prepared
from ledger.services.partnering import audience_in
from ledger.storage.database import Database
from ledger.storage.epcis import StoredEventRow, event_key
from ledger.storage.jobs import JobRow
from ledger.storage.transaction import Transaction

ROLLBACK = "rollback"
PROCEED = "proceed"
CHECK = "check"
"""Store nothing: the job tells what would happen. Only ways in that are no EPCIS capture offer it,
EPCIS 2.0 (12.2) knows the other two."""
MOST_ERRORS = 1_000
"""Errors and warnings listed in one job."""

XML = "application/xml"
"""Media type of documents in XML; all others are JSON."""


Reading = Callable[[JobRow, bytes], Iterator[Event | InvalidInput]]
"""How the body of a job becomes events, each checked, and faults in their places."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one capture may hold and one organization may capture per day."""

    document_bytes: int
    document_events: int
    events_per_day: int


@dataclass(frozen=True, slots=True)
class JobView:
    """A capture job as its organization sees it (EPCIS 2.0, 12.2)."""

    id: str
    created_at: datetime
    finished_at: datetime | None
    running: bool
    success: bool
    behaviour: str
    errors: Sequence[dict[str, Any]] = ()
    events: Sequence[tuple[str, str]] = ()
    """(eventID, record id) of each event that is stored, in document order."""
    warnings: Sequence[dict[str, Any]] = ()
    """`index` and `detail` of what is odd about stored events and allowed."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as it was recorded."""

    event: dict[str, Any]
    record_id: RecordId
    record_time: datetime


class Capturing:
    """Accepts captures, runs jobs, reads events back."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        intake: Intake,
        limits: Limits,
        wake: Callable[[], None] = lambda: None,
        readings: Mapping[str, Reading] | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._intake = intake
        self._limits = limits
        self._wake = wake
        self._readings = readings or {}
        self._reading = ReadingLimits(limits.document_bytes, limits.document_events)

    @property
    def limits(self) -> Limits:
        """The limits in force, for the GS1 limit headers."""
        return self._limits

    def accept_document(
        self, caller: Caller, body: bytes, media_type: str, behaviour: str = ROLLBACK
    ) -> JobView:
        """Store the document durably and answer with its job. Nothing is validated yet, except
        that XML which could make a parser do more than read is not even stored."""
        caller.require(Scope.CAPTURE)
        if len(body) > self._limits.document_bytes:
            raise TooLarge(
                "capture-too-large",
                f"{len(body)} bytes; at most {self._limits.document_bytes} are taken",
            )
        if behaviour not in (ROLLBACK, PROCEED):
            raise InvalidInput(
                "capture-behaviour-unknown",
                f"GS1-Capture-Error-Behaviour is rollback or proceed, not {behaviour!r:.40}",
            )
        if media_type == XML:
            from ledger.epcis.xml_document import check_prolog

            check_prolog(body)
        row = new_job(caller.org, media_type, behaviour, body, self._clock.now())
        with self._db.write() as tx:
            tx.organizations.check_active(caller.org)
            tx.jobs.add(row)
        self._wake()
        return view_of(row)

    def get_job(self, caller: Caller, job_id: str) -> JobView:
        """One job of the caller's organization. Raises NotFound `capture-job-unknown`."""
        with self._db.read() as tx:
            row = tx.jobs.find(job_id)
            if row is None or row.org != caller.org:
                raise NotFound("capture-job-unknown", f"no capture job {job_id!r:.60}")
            if row.finished_at is None:
                return view_of(row)
            return view_of(row, tx.jobs.stored_events(job_id), tx.warnings.find(job_id))

    def list_jobs(
        self, caller: Caller, limit: int, after: str | None
    ) -> tuple[list[JobView], str | None]:
        """The organization's jobs, newest first, and where the next page begins."""
        with self._db.read() as tx:
            rows, following = tx.jobs.list(caller.org, limit, after)
        return [view_of(row) for row in rows], following

    def get_events(self, caller: Caller, event_id: str) -> list[StoredEvent]:
        """The event with this eventID that the caller's organization captured, and what it declared
        about it since; or else what others captured under it, as far as the caller may see it."""
        caller.require(Scope.READ)
        with self._db.read() as tx:
            rows = tx.epcis.find_event(caller.org, event_id)
            rows = rows or tx.epcis.find_event(None, event_id)
            if not rows:
                raise NotFound("event-unknown", f"no event {event_id!r:.120}")
            return [
                StoredEvent(
                    event=_seen(tx, caller, row, canonical.parse(row.body)),
                    record_id=row.record_id,
                    record_time=row.captured_at,
                )
                for row in rows
                if row.body is not None
            ]

    def run_next(self, worker: str, lease_seconds: float) -> bool:
        """Claim and work through the oldest waiting job. False when there is none."""
        now = self._clock.now()
        with self._db.write() as tx:
            claim = tx.jobs.claim(worker, now, lease_seconds)
        if claim is None:
            return False
        with self._db.read() as tx:
            body = tx.jobs.load_body(claim.id)
        self._run(claim, body)
        return True

    def release_dead(self, workers: str, is_dead: Callable[[str], bool]) -> int:
        """Give back the claims of workers whose name begins so and of whom `is_dead` says that
        they have died, so that their jobs need not wait for the claims to expire; how many."""
        with self._db.read() as tx:
            dead = [name for name in tx.jobs.claimants(workers) if is_dead(name)]
        return sum(self.release(name) for name in dead)

    def release(self, worker: str) -> int:
        """Give back what this worker claimed and has not finished; how many."""
        with self._db.write() as tx:
            return tx.jobs.release(worker)

    def _run(self, job: JobRow, body: bytes) -> None:
        captured_at = self._intake.now()
        errors: list[dict[str, Any]] = []
        warnings: list[dict[str, Any]] = []
        places: list[int] = []
        items: list[Prepared] = []
        try:
            valid = self._valid_events(self._read(job, body), places, errors, warnings)
            if job.behaviour == CHECK:
                self._check(job, valid, errors)
                return
            items = list(self._intake.prepare(job.org, valid, captured_at))
        except InvalidInput as error:
            errors.append(describe(error, None))
        if errors and job.behaviour != PROCEED:
            self._give_up(job, errors)
            return
        repeats: list[tuple[str, str]] = []
        try:
            with self._db.write() as tx:
                charge(tx, job.org, captured_at, len(items), self._limits.events_per_day)
                answers = self._intake.store(tx, job.org, captured_at, items, job.id)
                for index, answer in zip(places, answers, strict=True):
                    if isinstance(answer, Conflict):
                        errors.append(describe(answer, index))
                    elif not answer.created:
                        repeats.append((answer.event_id, answer.record_id.text))
                if errors and job.behaviour == ROLLBACK:
                    raise _RolledBack
                self._finish(tx, job, errors, repeats, warnings)
        except _RolledBack:
            self._give_up(job, errors)
        except (Forbidden, QuotaExceeded) as error:
            self._give_up(job, [describe(error, None)])

    def _read(self, job: JobRow, body: bytes) -> Iterator[Event | InvalidInput]:
        """The body's events in their order, checked one by one."""
        own = self._readings.get(job.media)
        if own is not None:
            return own(job, body)
        if job.media == XML:
            # Here, with its parser: most installations are never sent any.
            from ledger.epcis.xml_document import read_xml_document

            document = read_xml_document(body, limits=self._reading)
        else:
            document = read_document(body, limits=self._reading)
        return iter_events(document, self._clock.now())

    def _check(self, job: JobRow, valid: Iterator[Event], errors: list[dict[str, Any]]) -> None:
        """End the job with what is wrong and with which events are recorded already."""
        keys = {event_key(job.org, event.event_id): event.event_id for event in valid}
        with self._db.write() as tx:
            known = tx.epcis.known(job.org, list(keys))
            there = [(keys[key], RecordId(record).text) for key, (_, record) in known.items()]
            self._finish(tx, job, errors, there)

    def _valid_events(
        self,
        checking: Iterator[Event | InvalidInput],
        places: list[int],
        errors: list[dict[str, Any]],
        warnings: list[dict[str, Any]],
    ) -> Iterator[Event]:
        """The valid events one by one, their places noted; what is wrong with the others goes to
        `errors`. Each is let go of before the next is checked."""
        for index, checked in enumerate(checking):
            if isinstance(checked, Event):
                places.append(index)
                if checked.warnings and len(warnings) < MOST_ERRORS:
                    warnings += [{"index": index, "detail": told} for told in checked.warnings]
                yield checked
            else:
                errors.append(describe(checked, index))

    def _finish(
        self,
        tx: Transaction,
        job: JobRow,
        errors: list[dict[str, Any]],
        repeats: Sequence[tuple[str, str]] = (),
        warnings: Sequence[dict[str, Any]] = (),
    ) -> None:
        tx.jobs.finish(
            job.id,
            self._clock.now(),
            success=not errors,
            errors=sorted(errors, key=_by_index)[:MOST_ERRORS],
            repeats=repeats,
        )
        tx.warnings.add(job.id, warnings[:MOST_ERRORS])

    def _give_up(self, job: JobRow, errors: list[dict[str, Any]]) -> None:
        """End the job with nothing stored."""
        with self._db.write() as tx:
            self._finish(tx, job, errors)


def _seen(
    tx: Transaction, caller: Caller, row: StoredEventRow, body: dict[str, Any]
) -> dict[str, Any]:
    audience = audience_in(tx, caller, org=row.org, record_id=row.record_id, kind=KIND, body=body)
    return visible(KIND, body, audience)


class _RolledBack(Exception):
    """Leaves the transaction of a job that must store nothing."""


def new_job(org: OrgId, media: str, behaviour: str, body: bytes, at: datetime) -> JobRow:
    """A job that has just been handed in."""
    return JobRow(
        id=str(uuid.uuid4()),
        org=org,
        media=media,
        behaviour=behaviour,
        body=body,
        created_at=at,
    )


def charge(tx: Transaction, org: OrgId, at: datetime, events: int, default_quota: int) -> None:
    """Count events against the organization's day (UTC). Raises QuotaExceeded."""
    row = tx.organizations.find(org)
    quota = row.events_per_day if row is not None and row.events_per_day else default_quota
    day = unix_seconds(at) // 86_400
    if tx.usage.charge(org, day, events) > quota:
        raise QuotaExceeded(
            "quota-events-per-day",
            f"more than {quota} events in one day",
            retry_after=86_400 - unix_seconds(at) % 86_400,
        )


def describe(error: LedgerError, index: int | None) -> dict[str, Any]:
    """One fault of a capture: which event, where in the document, what to do."""
    fault: dict[str, Any] = {
        "type": exception_type(error),
        "code": error.code,
        "detail": error.detail,
        "advice": error.advice,
    }
    if "cell" in error.context:
        fault |= error.context
    elif index is not None:
        fault["index"] = index
    if error.pointer is not None:
        fault["pointer"] = error.pointer
    return fault


def _by_index(fault: dict[str, Any]) -> int:
    index = fault.get("index", -1)
    assert isinstance(index, int)
    return index


def view_of(
    row: JobRow,
    events: Sequence[tuple[str, str]] = (),
    warnings: Sequence[dict[str, Any]] = (),
) -> JobView:
    """The job as its organization sees it."""
    return JobView(
        id=row.id,
        created_at=row.created_at,
        finished_at=row.finished_at,
        running=row.finished_at is None,
        success=bool(row.success),
        behaviour=row.behaviour,
        errors=row.errors,
        events=events,
        warnings=warnings,
    )
