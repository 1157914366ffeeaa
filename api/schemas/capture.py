"""Capture jobs and stored events as EPCIS 2.0 (12.2, 12.7) spells them."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.problems import EPCIS_EXCEPTIONS
from api.schemas.wire import Answer
from ledger.clock import format_time
from ledger.services.capturing import JobView

_STATUSES = {
    "SecurityException": 403,
    **{
        name: status
        for status, name in reversed(EPCIS_EXCEPTIONS.items())
        if name not in ("SecurityException", "ImplementationException")
    },
}
"""HTTP status of an exception named inside a job."""


class CaptureError(Answer):
    """One fault of a capture document."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    advice: str
    index: int | None = Field(default=None, description="Which event, counted from 0.")
    pointer: str | None = Field(default=None, description="RFC 6901 pointer to the fault.")


class CaptureWarning(Answer):
    """Something odd about a stored event that is allowed, such as a time in the future."""

    index: int = Field(description="Which event, counted from 0.")
    detail: str


class StoredEventReference(Answer):
    """An event that is stored and the record that proves it."""

    event_id: str = Field(alias="eventID")
    record_id: str = Field(alias="recordID", description="See /records/{id}/proof.")


class StoredEvent(StoredEventReference):
    """The answer to one event."""

    warnings: list[str] | None = Field(
        default=None, description="What is odd about the event and allowed."
    )


class CaptureJob(Answer):
    """A capture job. `running` false with `success` false: after `rollback` nothing is stored,
    after `proceed` the events listed are."""

    capture_id: str = Field(alias="captureID")
    created_at: str
    finished_at: str | None = None
    running: bool
    success: bool
    capture_error_behaviour: str
    errors: list[CaptureError]
    events: list[StoredEventReference] | None = Field(
        default=None,
        description="Each event stored, in document order, once the job has finished. Not in a "
        "list of jobs.",
    )
    warnings: list[CaptureWarning] | None = Field(
        default=None, description="What is odd about stored events and allowed."
    )


def job_json(job: JobView, *, with_events: bool = True) -> dict[str, Any]:
    """The wire form of a job; built by hand because ten thousand events may be in it. Without its
    events it says nothing of them: an empty list would say that nothing was stored."""
    body: dict[str, Any] = {
        "captureID": job.id,
        "createdAt": format_time(job.created_at),
        "running": job.running,
        "success": job.success,
        "captureErrorBehaviour": job.behaviour,
        "errors": [_error(fault) for fault in job.errors],
    }
    if with_events:
        body["events"] = [{"eventID": event, "recordID": record} for event, record in job.events]
    if job.finished_at is not None:
        body["finishedAt"] = format_time(job.finished_at)
    if job.warnings:
        body["warnings"] = list(job.warnings)
    return body


def _error(fault: dict[str, Any]) -> dict[str, Any]:
    exception = str(fault["type"]).partition(":")[2]
    return {"title": exception, "status": _STATUSES.get(exception, 500), **fault}
