"""A signed submission's answer on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from api.schemas.capture import StoredEventReference
from api.schemas.wire import Answer
from ledger.masterdata.item import ItemVersion
from ledger.services.intake import Prepared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.services.submitting import SubmittedRecord


class SubmittedRecordAnswer(Answer):
    """One record of a submission: an event, a version of an item of master data, or statistics."""

    record_id: str = Field(alias="recordID", description="See /records/{id}/proof.")
    kind: str
    event_id: str | None = Field(default=None, alias="eventID")
    code: str | None = None
    version: int | None = None
    warnings: list[str] = Field(description="What is odd about it and allowed.")


class SubmissionAnswer(Answer):
    """The records of a submission, in its order, and its events once more by themselves."""

    records: list[SubmittedRecordAnswer]
    events: list[StoredEventReference]


def submission_answer(stored: Sequence[SubmittedRecord]) -> SubmissionAnswer:
    """The wire form of what became of a submission."""
    records = [_record_answer(one) for one in stored]
    return SubmissionAnswer(
        records=records,
        events=[
            StoredEventReference(event_id=one.event_id, record_id=one.record_id)
            for one in records
            if one.event_id is not None
        ],
    )


def _record_answer(one: SubmittedRecord) -> SubmittedRecordAnswer:
    said = one.said
    return SubmittedRecordAnswer(
        record_id=one.record_id.text,
        kind=one.kind,
        event_id=said.event_id if isinstance(said, Prepared) else None,
        code=said.item.code.text if isinstance(said, ItemVersion) else None,
        version=said.version if isinstance(said, ItemVersion) else None,
        warnings=list(one.warnings),
    )
