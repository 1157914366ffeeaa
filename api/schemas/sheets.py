"""Spreadsheets: templates, and how far a sheet that was handed in is."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.schemas.wire import Answer
from ledger.clock import format_time
from ledger.services.sheet_capturing import SheetState, SheetView
from ledger.sheets.template import Activity, Template


class SheetColumn(Answer):
    """One column of a template."""

    key: str
    heading: str = Field(description="In Vietnamese, as it stands in row 2.")
    heading_en: str
    kind: str
    required: bool
    note: str
    example: str
    choices: list[str]


class SheetActivity(Answer):
    """One sheet of a template."""

    name: str
    sheet: str
    title_en: str
    about: str
    mark: str = Field(description="What cell A1 of the sheet says.")
    columns: list[SheetColumn]


class SheetTemplate(Answer):
    """The sheets of one kind of product."""

    name: str
    title: str
    title_en: str
    activities: list[SheetActivity]

    @classmethod
    def of(cls, template: Template) -> SheetTemplate:
        """The wire form."""
        activities = [_activity(template, one) for one in template.activities.values()]
        return cls(
            name=template.name, title=template.vi, title_en=template.en, activities=activities
        )


class SheetFault(Answer):
    """One thing that is wrong or odd, by cell, in both languages."""

    sheet: str = Field(description="Empty where the file as a whole is meant.")
    cell: str = Field(description="For example `C7`; empty where no one cell is meant.")
    code: str
    detail: str
    detail_vi: str
    advice: str
    advice_vi: str


class SheetJob(Answer):
    """A spreadsheet that was handed in. Follow it until `finishedAt` is there; a capture then goes
    on to `provable`."""

    id: str
    capture_id: str = Field(
        alias="captureID", description="See /epcis/capture/{captureID} for its events."
    )
    state: SheetState
    dry_run: bool
    template: str | None
    created_at: str
    finished_at: str | None
    rows: int = Field(description="Rows of data found; 0 until the file was read.")
    events: int = Field(description="Events the rows make.")
    done: int = Field(description="Of these, how many were checked.")
    recorded: int = Field(description="Events in the ledger: stored by this sheet or there before.")
    error_count: int
    errors: list[SheetFault] = Field(description="The first 1,000.")
    warnings: list[SheetFault] = Field(description="Odd, and no obstacle; the first 1,000.")

    @classmethod
    def of(cls, view: SheetView) -> SheetJob:
        """The wire form."""
        job, sheet = view.job, view.sheet
        finished = job.finished_at
        return cls(
            id=job.id,
            capture_id=job.id,
            state=view.state,
            dry_run=view.is_dry_run,
            template=sheet.template,
            created_at=format_time(job.created_at),
            finished_at=None if finished is None else format_time(finished),
            rows=sheet.rows,
            events=sheet.events,
            done=sheet.done,
            recorded=len(job.events),
            error_count=max(sheet.faults, len(job.errors)),
            errors=[_fault(fault) for fault in job.errors],
            warnings=[_fault(fault) for fault in sheet.warnings],
        )


def _activity(template: Template, activity: Activity) -> SheetActivity:
    return SheetActivity(
        name=activity.name,
        sheet=activity.sheet,
        title_en=activity.en,
        about=activity.about,
        mark=template.mark(activity),
        columns=[
            SheetColumn(
                key=column.key,
                heading=column.vi,
                heading_en=column.en,
                kind=column.kind,
                required=activity.requires(column),
                note=column.note,
                example=column.example,
                choices=list(column.choices),
            )
            for column in activity.columns
        ],
    )


def _fault(fault: dict[str, Any]) -> SheetFault:
    """A fault of the sheet has its words in both languages; one of the capture (a quota, an id
    that is taken) has the English ones only, which then stand for both."""
    return SheetFault(
        sheet=fault.get("sheet", ""),
        cell=fault.get("cell", ""),
        code=fault["code"],
        detail=fault["detail"],
        detail_vi=fault.get("detailVi", fault["detail"]),
        advice=fault["advice"],
        advice_vi=fault.get("adviceVi", fault["advice"]),
    )
