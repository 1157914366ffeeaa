"""Spreadsheets in: accepted as capture jobs, read where captures are worked through.

Reading ten thousand rows is arithmetic of some seconds, so it happens in the intake processes, for
a dry run as for a capture. A file that would be a bomb is refused before it is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from ledger import canonical
from ledger.clock import VIETNAM, Clock
from ledger.epcis.event import Event
from ledger.errors import InvalidInput, NotFound, UnsupportedMedia
from ledger.identity.organization import OrgId
from ledger.masterdata.item import Item, item_of_body
from ledger.masterdata.kind import Kind
from ledger.services.caller import Caller, Scope
from ledger.services.capturing import (
    CHECK,
    PROCEED,
    ROLLBACK,
    JobView,
    Reading,
    new_job,
    view_of,
)
from ledger.sheets.archive import Archive
from ledger.sheets.cell import clean
from ledger.sheets.checks import check_all, find_warnings
from ledger.sheets.conversion import MEDIA, XLSX, convert, read_tables
from ledger.sheets.csv_form import write_csv
from ledger.sheets.csv_table import read_csv
from ledger.sheets.directory import Directory, Entry, Owner
from ledger.sheets.fault import Fault
from ledger.sheets.template import get_template
from ledger.storage.database import Database
from ledger.storage.jobs import JobRow
from ledger.storage.masterdata import MasterRow
from ledger.storage.sheets import SheetRow

_NOTED_EVERY = 1_000
MOST_WARNINGS = 1_000
_MOST_LISTED = 2_000


class SheetState(StrEnum):
    """How far a spreadsheet is."""

    WAITING = "waiting"
    READING = "reading"
    REFUSED = "refused"
    """Nothing is stored; the faults say why."""
    CHECKED = "checked"
    """A dry run without faults; nothing is stored."""
    STORED = "stored"
    SEQUENCED = "sequenced"
    """Every event has its place in the log."""
    PROVABLE = "provable"
    """Every event is covered by a head on the chain."""


@dataclass(frozen=True, slots=True)
class SheetView:
    """A spreadsheet as its organization sees it. The job lists the events."""

    job: JobView
    state: SheetState
    sheet: SheetRow

    @property
    def is_dry_run(self) -> bool:
        """Whether it is only checked."""
        return self.job.behaviour == CHECK


class SheetCapturing:
    """Templates out, spreadsheets in."""

    def __init__(self, db: Database, clock: Clock, base_url: str) -> None:
        self._db = db
        self._clock = clock
        self._base_url = base_url

    @property
    def readings(self) -> dict[str, Reading]:
        """How `Capturing` reads the jobs accepted here."""
        return dict.fromkeys(MEDIA, self._read)

    def workbook(self, name: str, caller: Caller | None = None) -> bytes:
        """The template as .xlsx, filled with the caller's products and places."""
        # Loaded by whoever is asked for one: twenty megabytes of every process otherwise.
        from ledger.sheets.workbook import write_workbook

        return write_workbook(
            get_template(name), self._directory(None if caller is None else caller.org)
        )

    def csv_form(self, name: str, activity: str) -> bytes:
        """One activity of a template as CSV. Raises NotFound `sheet-template-unknown`."""
        template = get_template(name)
        found = template.activities.get(activity)
        if found is None:
            raise NotFound(
                "sheet-template-unknown",
                f"{name} has no activity {activity!r:.40}; it has {', '.join(template.activities)}",
                advice="Use one of the names that GET /sheets/templates lists.",
            )
        return write_csv(template, found)

    def accept(
        self, caller: Caller, body: bytes, media: str, *, dry_run: bool, proceed: bool = False
    ) -> SheetView:
        """Store the file durably, to be checked (`dry_run`) or captured; answer with its job.

        Raises UnsupportedMedia, InvalidInput `sheet-file-unknown`, `sheet-archive-refused`,
        `sheet-encoding-unknown`, TooLarge `sheet-too-large`: of a file refused so nothing is kept.
        """
        caller.require(Scope.CAPTURE)
        if media not in MEDIA:
            raise UnsupportedMedia("media-type-unsupported", f"{media!r:.60} is no sheet")
        Archive(body) if media == XLSX else read_csv(body)
        behaviour = CHECK if dry_run else PROCEED if proceed else ROLLBACK
        row = new_job(caller.org, media, behaviour, body, self._clock.now())
        with self._db.write() as tx:
            tx.organizations.check_active(caller.org)
            tx.jobs.add(row)
            tx.sheets.add(row.id)
        return SheetView(view_of(row), SheetState.WAITING, SheetRow(row.id))

    def get(self, caller: Caller, job_id: str) -> SheetView:
        """How far the spreadsheet is. Raises NotFound `sheet-job-unknown`."""
        with self._db.read() as tx:
            row, sheet = tx.jobs.find(job_id), tx.sheets.find(job_id)
            if row is None or sheet is None or row.org != caller.org:
                raise NotFound("sheet-job-unknown", f"no spreadsheet {job_id!r:.60}")
            events = tx.jobs.stored_events(job_id) if row.finished_at is not None else ()
            state = _state(row, len(events))
            if state is SheetState.STORED:
                end = tx.sheets.end_in_log(job_id)
                anchor = tx.anchors.latest_confirmed()
                if end is not None:
                    is_anchored = anchor is not None and anchor.size >= end
                    state = SheetState.PROVABLE if is_anchored else SheetState.SEQUENCED
        return SheetView(view_of(row, events), state, sheet)

    def _directory(self, org: OrgId | None) -> Directory:
        """What the organization has registered: names with the code that events name them by."""
        if org is None:
            return Directory()
        with self._db.read() as tx:
            lists = {
                kind.value: [
                    Entry(clean(item.name), item.gs1_key or item.code.text)
                    for row in tx.masterdata.list(org, kind.value, _MOST_LISTED, None)
                    if (item := _item(row)) is not None
                ]
                for kind in (Kind.PRODUCT, Kind.PLACE, Kind.PARTY)
            }
        return Directory(Owner(org, self._base_url), **lists)

    def _read(self, job: JobRow, body: bytes) -> Iterator[Event | InvalidInput]:
        now = self._clock.now()
        conversion = convert(read_tables(body, job.media), self._directory(job.org))
        warnings = find_warnings(conversion.found, now.astimezone(VIETNAM).date())
        told = SheetRow(
            job.id,
            conversion.template.name if conversion.template is not None else None,
            conversion.rows,
            events=len(conversion.found),
            faults=len(conversion.faults),
            warnings=[warning.to_json() for warning in warnings[:MOST_WARNINGS]],
        )
        self._note(told)
        for wrong in conversion.faults:
            yield wrong.to_error()
        for done, checked in enumerate(check_all(conversion.found, now)):
            if done % _NOTED_EVERY == 0:
                self._note(replace(told, done=done))
            if isinstance(checked, Fault):
                told = replace(told, faults=told.faults + 1)
                yield checked.to_error()
            else:
                yield checked
        self._note(replace(told, done=len(conversion.found)))

    def _note(self, row: SheetRow) -> None:
        with self._db.write() as tx:
            tx.sheets.note(row)


def _item(row: MasterRow) -> Item | None:
    if row.body is None:
        return None
    return item_of_body(Kind(row.kind), canonical.parse(row.body))


def _state(row: JobRow, events: int) -> SheetState:
    if row.finished_at is None:
        return SheetState.WAITING if row.claimed_by is None else SheetState.READING
    if row.behaviour == CHECK:
        return SheetState.CHECKED if row.success else SheetState.REFUSED
    return SheetState.STORED if events else SheetState.REFUSED
