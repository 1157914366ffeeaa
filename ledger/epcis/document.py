"""EPCIS documents: the envelope around events (EPCIS 2.0, section 9; JSON and JSON-LD alike).

Captured documents and the results of queries, which others hand on, are read alike.

A document is read in one piece and refused whole only for faults of its own: unreadable, too
large, wrong envelope. Its events are then checked one by one, so that a capture can name every
faulty event, and keep the others where the client asked for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ledger import canonical
from ledger.epcis.context import Context, read_context
from ledger.epcis.envelope import check_envelope
from ledger.epcis.event import Event, check_event
from ledger.epcis.fields import Fields, refuse, require, under
from ledger.epcis.schema import FIELDS
from ledger.errors import InvalidInput, TooLarge

MAX_BYTES = 64 * 1024 * 1024
MAX_EVENTS = 20_000

_EVENT_LISTS = {
    "EPCISDocument": ("epcisBody", "eventList"),
    "EPCISQueryDocument": ("epcisBody", "queryResults", "resultsBody", "eventList"),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one capture may hold."""

    max_bytes: int = MAX_BYTES
    max_events: int = MAX_EVENTS


@dataclass(frozen=True, slots=True)
class EpcisDocument:
    """A document whose envelope is right and whose events are still unchecked."""

    context: Context
    events: list[Any]  # in the place of an unreadable one the InvalidInput that says why
    pointer: str  # of the event list within the document; empty for one bare event
    header: dict[str, Any]  # the envelope without events
    fields: Mapping[str, Fields] = field(default_factory=lambda: FIELDS)
    """What each event type may have in this syntax."""
    lines: Sequence[int] = ()  # of an XML document: where each event begins


def read_document(body: bytes, *, limits: Limits | None = None) -> EpcisDocument:
    """Read an EPCISDocument, or the events of an EPCISQueryDocument.

    Raises TooLarge (`capture-too-large`, `capture-too-many-events`), or InvalidInput of
    `canonical.parse`, `epcis-document-unsupported`, `epcis-context-malformed` or of a field.
    """
    limits = limits or Limits()
    value = _parse(body, limits)
    kind = value.get("type")
    path = _EVENT_LISTS.get(kind) if type(kind) is str else None
    if path is None:
        refuse(
            "epcis-document-unsupported",
            f"{_told_type(value)}, neither EPCISDocument nor EPCISQueryDocument",
            "/type",
        )
    context = _context(value)
    check_envelope(value, context)
    events: Any = value
    for step in path:
        events = events[step]
    pointer = canonical.pointer(*path)
    if len(events) > limits.max_events:
        raise TooLarge(
            "capture-too-many-events",
            f"{len(events)} events; one capture takes {limits.max_events}",
            pointer=pointer,
            limit=limits.max_events,
        )
    header = {name: member for name, member in value.items() if name != "epcisBody"}
    return EpcisDocument(context, events, pointer, header)


def read_event(body: bytes, *, limits: Limits | None = None) -> EpcisDocument:
    """Read one bare event, which must carry its own `@context`, as a document of one event."""
    value = _parse(body, limits or Limits())
    if value.get("type") in ("EPCISDocument", "EPCISQueryDocument"):
        refuse("epcis-document-unsupported", "one bare event is expected here", "/type")
    require(value, ("@context",))
    return EpcisDocument(Context(), [value], "", {})


def check_events(document: EpcisDocument, now: datetime) -> list[Event | InvalidInput]:
    """Check every event; in its place stands the event, or what is wrong with it.

    Pointers are relative to the document: `/epcisBody/eventList/3/parentID`.
    """
    return list(iter_events(document, now))


def iter_events(document: EpcisDocument, now: datetime) -> Iterator[Event | InvalidInput]:
    """The same one by one. Each raw event is dropped from the document once it is checked, so that
    a large capture need not be in memory twice."""
    events = document.events
    for index in range(len(events)):
        raw, events[index] = events[index], None
        try:
            if isinstance(raw, InvalidInput):
                raise raw
            yield check_event(raw, document.context, now, document.fields)
        except InvalidInput as fault:
            if document.pointer:
                fault.pointer = f"{document.pointer}/{index}{fault.pointer or ''}"
            if document.lines and raw is not fault:
                fault.detail = f"{fault.detail} (event in line {document.lines[index]})"
            # A traceback would keep every frame of every fault alive as long as the answer.
            yield fault.with_traceback(None)


def check_size(body: bytes, limits: Limits) -> None:
    """Raises TooLarge `capture-too-large`."""
    if len(body) > limits.max_bytes:
        raise TooLarge(
            "capture-too-large",
            f"{len(body)} bytes; one capture takes {limits.max_bytes}",
            limit=limits.max_bytes,
        )


def _told_type(value: Mapping[str, Any]) -> str:
    return f"the type is {value['type']!r:.60}" if "type" in value else "the type is missing"


def _parse(body: bytes, limits: Limits) -> dict[str, Any]:
    check_size(body, limits)
    value = canonical.parse(body)
    if type(value) is not dict:
        refuse("epcis-document-unsupported", "the document is not a JSON object")
    return value


def _context(value: dict[str, Any]) -> Context:
    require(value, ("@context",))
    try:
        return read_context(value["@context"])
    except InvalidInput as fault:
        raise under(fault, "@context") from None
