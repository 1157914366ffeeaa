"""Small valid EPCIS events and documents to start from."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from ledger.epcis.document import EpcisDocument, check_events, read_document
from ledger.epcis.event import Event
from ledger.errors import InvalidInput

STANDARD = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
VN = {"vn": "https://ns.thanhhoa.example/epcis/"}
NOW = datetime(2026, 11, 24, tzinfo=UTC)

GTIN = "09521234001058"
BOTTLE = f"https://id.gs1.org/01/{GTIN}/21/NMBL0001"
LOT = f"https://id.gs1.org/01/{GTIN}/10/NM-BL-270310"
CASE = "https://id.gs1.org/00/095212340000000013"
PLACE = "https://id.gs1.org/414/9521234000136"

_COMMON: dict[str, Any] = {
    "eventTime": "2026-03-12T11:00:00+07:00",
    "eventTimeZoneOffset": "+07:00",
    "bizStep": "packing",
    "readPoint": {"id": PLACE},
}

_EVENTS: dict[str, dict[str, Any]] = {
    "ObjectEvent": {"action": "ADD", "epcList": [BOTTLE]},
    "AggregationEvent": {"action": "ADD", "parentID": CASE, "childEPCs": [BOTTLE]},
    "AssociationEvent": {"action": "ADD", "parentID": CASE, "childEPCs": [BOTTLE]},
    "TransactionEvent": {
        "action": "ADD",
        "bizTransactionList": [{"type": "po", "bizTransaction": "https://shop.example/po/1"}],
        "epcList": [BOTTLE],
    },
    "TransformationEvent": {
        "inputQuantityList": [{"epcClass": LOT, "quantity": 6, "uom": "LTR"}],
        "outputEPCList": [BOTTLE],
    },
}

EVENT_TYPES = tuple(_EVENTS)


def event(kind: str = "ObjectEvent", /, **changes: Any) -> dict[str, Any]:
    """A valid event of that type with members replaced; None removes one."""
    built = deepcopy({"type": kind, **_COMMON, **_EVENTS[kind], **changes})
    return {name: member for name, member in built.items() if member is not None}


def document(*events: Any, context: Any = None, **changes: Any) -> dict[str, Any]:
    """A valid document around the events, with the prefix `vn` declared."""
    built = {
        "@context": [STANDARD, VN] if context is None else context,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-04-02T00:00:00+07:00",
        "epcisBody": {"eventList": list(events)},
        **changes,
    }
    return {name: member for name, member in built.items() if member is not None}


def read(*events: Any, context: Any = None, **changes: Any) -> EpcisDocument:
    """The document around the events, written out and read in."""
    return read_document(json.dumps(document(*events, context=context, **changes)).encode())


def checked(raw: Any, context: Any = None) -> Event:
    """The one event, which must be valid."""
    (found,) = check_events(read(raw, context=context), NOW)
    if isinstance(found, InvalidInput):
        raise found
    return found


def fault(raw: Any, context: Any = None) -> InvalidInput:
    """What is wrong with the one event, which must be faulty."""
    (found,) = check_events(read(raw, context=context), NOW)
    assert isinstance(found, InvalidInput), f"accepted: {found}"
    return found


def place_of(found: InvalidInput) -> str:
    """The pointer below the first event of a document."""
    assert found.pointer is not None
    head = "/epcisBody/eventList/0"
    assert found.pointer.startswith(head), found.pointer
    return found.pointer.removeprefix(head)
