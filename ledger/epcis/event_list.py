"""The events of any EPCIS document as they stand, unchecked: for whoever only reads them.

JSON and XML, capture documents and query documents alike, the single `event` of EPCIS 2.0's JSON
binding, and one bare event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger import canonical
from ledger.epcis.context import Context, read_context
from ledger.epcis.fields import refuse, require, under
from ledger.epcis.xml_document import read_xml_document
from ledger.errors import InvalidInput

_BLANK = b"\xef\xbb\xbf \t\r\n"
_DOCUMENTS = ("EPCISDocument", "EPCISQueryDocument")


@dataclass(frozen=True, slots=True)
class EventList:
    """Events in document order, what their prefixes mean, and which extensions the document
    declares (`…:ignoreFields`) to be left out of their hash."""

    context: Context
    events: tuple[dict[str, Any], ...]
    ignored: tuple[str, ...] = ()


def read_any_events(body: bytes) -> EventList:
    """The events of a document in JSON or XML, whichever it is.

    Raises InvalidInput and TooLarge of `canonical.parse`, `read_event_list`, `read_xml_document`.
    """
    if not body.lstrip(_BLANK).startswith(b"<"):
        return read_event_list(canonical.parse(body))
    read = read_xml_document(body, ordered=False)
    for event in read.events:
        if isinstance(event, InvalidInput):
            raise event
    return EventList(read.context, tuple(read.events))


def read_event_list(document: Any) -> EventList:
    """The events of a parsed JSON document.

    Raises InvalidInput `epcis-document-unsupported`, `epcis-context-malformed`, or of a field.
    """
    if type(document) is not dict:
        refuse("epcis-document-unsupported", "the document is not a JSON object")
    require(document, ("type",))
    if document["type"] not in _DOCUMENTS:
        return EventList(Context(), (_event(document, ""),))
    context = Context()
    if "@context" in document:
        try:
            context = read_context(document["@context"])
        except InvalidInput as fault:
            raise under(fault, "@context") from None
    found, pointer = _find_events(document)
    events = tuple(_event(event, f"{pointer}/{at}") for at, event in enumerate(found))
    return EventList(context, events, _ignored(document))


def _find_events(document: dict[str, Any]) -> tuple[list[Any], str]:
    body = document.get("epcisBody")
    pointer = "/epcisBody"
    if type(body) is dict:
        if "event" in body:
            return [body["event"]], f"{pointer}/event"
        for step in ("queryResults", "resultsBody"):
            if type(body) is dict and step in body:
                body, pointer = body[step], f"{pointer}/{step}"
        if type(body) is dict and type(body.get("eventList")) is list:
            return body["eventList"], f"{pointer}/eventList"
    return refuse("epcis-field-missing", "there is no list of events", f"{pointer}/eventList")


def _event(event: Any, pointer: str) -> dict[str, Any]:
    if type(event) is not dict:
        refuse("epcis-field-malformed", "an event is an object", pointer)
    if type(event.get("type")) is not str:
        refuse("epcis-field-missing", "the event has no type", f"{pointer}/type")
    if "@context" in event:
        try:
            read_context(event["@context"])
        except InvalidInput as fault:
            raise under(fault, *pointer.split("/")[1:], "@context") from None
    return event


def _ignored(document: dict[str, Any]) -> tuple[str, ...]:
    return tuple(
        name
        for member, names in document.items()
        if member.rpartition(":")[2] == "ignoreFields" and type(names) is list
        for name in names
        if type(name) is str
    )
