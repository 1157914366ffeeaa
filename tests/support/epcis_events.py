"""Valid EPCIS 2.0 events for tests: a household's honey lots."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
GTIN = "09521234543213"


def event(*, lot: str = "TH-01", event_id: str | None = None, **changes: Any) -> dict[str, Any]:
    """A harvest of one lot, without @context. A fresh eventID unless one is given."""
    return {
        "type": "ObjectEvent",
        "eventID": event_id or uuid.uuid4().urn,
        "eventTime": "2026-03-01T08:00:00.000+07:00",
        "eventTimeZoneOffset": "+07:00",
        "action": "ADD",
        "bizStep": "commissioning",
        "quantityList": [
            {"epcClass": f"https://id.gs1.org/01/{GTIN}/10/{lot}", "quantity": 12, "uom": "KGM"}
        ],
        **changes,
    }


def bare_event(**changes: Any) -> dict[str, Any]:
    """One event with its own @context, as POST /epcis/events takes it."""
    return {"@context": [CONTEXT], **event(**changes)}


def document(events: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """An EPCISDocument around events."""
    return {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T09:00:00.000+07:00",
        "epcisBody": {"eventList": list(events)},
    }
