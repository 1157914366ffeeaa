"""A trace on the wire, as JSON and as rows of a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import orjson
from pydantic import Field

from api.schemas.recalls import RecalledAnswer, recalled_answers
from api.schemas.wire import Answer
from ledger.clock import format_time

if TYPE_CHECKING:
    from ledger.epcis.step import Step, Thing
    from ledger.services.tracing import ContentsView, TraceView


class HolderAnswer(Answer):
    """Somebody who had the goods, or a place where they were."""

    party: str = Field(description="Organization id, or the URI of a party or place.")
    name: str | None
    part: str = Field(description="recorder, source, destination or location")
    kind: str = Field(description="Of a source or destination, such as owning_party; else empty.")
    first: str
    last: str
    things: list[str]


class CautionAnswer(Answer):
    """Something whoever relies on the trace must know."""

    code: str
    subject: str = Field(description="The lot or item concerned; empty: the trace as a whole.")
    detail: str
    event_ids: list[str] = Field(alias="eventIDs")


class TraceStepAnswer(Answer):
    """One event of the trace; its proof says how far to believe it."""

    event_id: str = Field(alias="eventID")
    record_id: str = Field(alias="recordID")
    proof: str
    type: str
    event_time: str
    biz_step: str | None
    organization: str
    name: str | None


class TraceAnswer(Answer):
    """Where goods came from, or what became of them. This server's word: each event is checked
    from its proof, not from here."""

    id: str = Field(description="Canonical GS1 Digital Link URI.")
    direction: str
    items: list[str] = Field(description="Everything reached through transformations.")
    containers: list[str] = Field(description="What the subject or an item was in at some time.")
    events: list[str] = Field(description="eventIDs in the order of their times.")
    steps: list[TraceStepAnswer]
    holders: list[HolderAnswer]
    warnings: list[CautionAnswer]


class NestAnswer(Answer):
    """A container inside another."""

    id: str
    items: list[str]


class ContentsAnswer(Answer):
    """What a container held directly at a time; `inside` tells what these things held in turn."""

    id: str
    at: str
    items: list[str]
    inside: list[NestAnswer]
    recalled: list[RecalledAnswer] = Field(
        description="What of it, however deep inside, is recalled now. This server's word."
    )
    truncated: bool


def trace_json(view: TraceView) -> bytes:
    """A `TraceAnswer` as JSON. Written without the model: its thousands of steps are our own
    values, and making a model of each took longer than reading them from the database."""
    trace = view.trace
    names = {org: profile.name for org, profile in view.profiles.items()}
    return orjson.dumps(
        {
            "id": trace.subject,
            "direction": trace.direction,
            "items": trace.items,
            "containers": trace.containers,
            "events": list(dict.fromkeys(step.event_id for step in trace.steps)),
            "steps": [_step(step, names) for step in trace.steps],
            "holders": [
                {
                    "party": holder.party,
                    "name": names.get(holder.party),
                    "part": holder.part,
                    "kind": holder.kind,
                    "first": holder.first,
                    "last": holder.last,
                    "things": holder.things,
                }
                for holder in view.holders
            ],
            "warnings": [
                {
                    "code": caution.code,
                    "subject": caution.subject,
                    "detail": caution.detail,
                    "eventIDs": caution.event_ids,
                }
                for caution in trace.cautions
            ],
        }
    )


def _step(step: Step, names: Mapping[str, str]) -> dict[str, str | None]:
    record_id, org = step.record_id.text, step.org.text
    return {
        "eventID": step.event_id,
        "recordID": record_id,
        "proof": f"/records/{record_id}/proof",
        "type": step.type,
        "eventTime": step.time,
        "bizStep": step.biz_step,
        "organization": org,
        "name": names.get(org),
    }


def contents_answer(view: ContentsView) -> ContentsAnswer:
    """The wire form of a container's contents."""
    found = view.contents
    return ContentsAnswer(
        id=view.container,
        at=format_time(view.at),
        items=list(found.items),
        inside=[
            NestAnswer(id=parent, items=list(items))
            for parent, items in sorted(found.inside.items())
        ],
        recalled=recalled_answers(view.recalled),
        truncated=found.is_truncated,
    )


_COLUMNS = (
    "eventTime", "type", "bizStep", "part", "item", "quantity", "uom",
    "parent", "location", "organization", "organizationName", "eventID", "recordID",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def trace_csv(view: TraceView) -> str:
    """One row per event and traced thing (RFC 4180), with the mark by which spreadsheets know
    UTF-8. A cell that a spreadsheet would run as a formula is given an apostrophe."""
    trace = view.trace
    traced = {trace.subject, *trace.items, *trace.containers}
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for step in trace.steps:
        profile = view.profiles.get(step.org.text)
        for part, thing in _parts(step, traced):
            row = (
                step.time, step.type, step.biz_step, part, thing.key, thing.amount, thing.unit,
                step.parent, step.location, step.org.text,
                profile.name if profile is not None else None,
                step.event_id, step.record_id.text,
            )  # fmt: skip
            writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _parts(step: Step, traced: set[str]) -> Iterator[tuple[str, Thing]]:
    for part, things in (
        ("seen", step.things),
        ("child", step.children),
        ("input", step.inputs),
        ("output", step.outputs),
    ):
        for thing in things:
            if thing.key in traced:
                yield part, thing


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
