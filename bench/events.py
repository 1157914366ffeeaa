"""Distinct, valid EPCIS events of about 1 KB, reproducible from a seed."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from typing import Any

import orjson

CONTEXT: list[Any] = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"vn": "https://provenance.example/voc/"},
]
_GTIN = "09520610100019"
_NOTE = "Nước mắm Ba Làng, mẻ muối tháng ba, ủ chượp mười hai tháng trong thùng gỗ bời lời. " * 2


def events(count: int, seed: int, first: int = 0) -> Iterator[dict[str, Any]]:
    """Object events of serials in lots of fifty, each with its own eventID."""
    source = random.Random(f"{seed}/{first}")
    for number in range(first, first + count):
        yield {
            "type": "ObjectEvent",
            "eventID": f"urn:uuid:{uuid.UUID(int=source.getrandbits(128), version=4)}",
            "eventTime": f"2026-03-{1 + number % 28:02d}T{number % 24:02d}:{number % 60:02d}:00Z",
            "eventTimeZoneOffset": "+07:00",
            "epcList": [f"https://id.gs1.org/01/{_GTIN}/21/{number:010d}"],
            "action": "OBSERVE",
            "bizStep": "shipping",
            "disposition": "in_transit",
            "readPoint": {"id": "https://id.gs1.org/414/9520610001019"},
            "bizLocation": {"id": "https://id.gs1.org/414/9520610002016"},
            "bizTransactionList": [
                {"type": "po", "bizTransaction": f"https://provenance.example/po/{number}"}
            ],
            "quantityList": [
                {
                    "epcClass": f"https://id.gs1.org/01/{_GTIN}/10/L{number // 50}",
                    "quantity": 12.5,
                    "uom": "KGM",
                }
            ],
            "sourceList": [
                {"type": "owning_party", "source": "https://id.gs1.org/417/9520610091010"}
            ],
            "destinationList": [
                {"type": "owning_party", "destination": "https://id.gs1.org/417/9520610092017"}
            ],
            "vn:note": _NOTE,
        }


def document(count: int, seed: int, first: int = 0) -> bytes:
    """An EPCISDocument of those events."""
    return orjson.dumps(
        {
            "@context": CONTEXT,
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-03-20T00:00:00Z",
            "epcisBody": {"eventList": list(events(count, seed, first))},
        }
    )


def bare_events(count: int, seed: int, first: int = 0) -> Iterator[bytes]:
    """The same events, each a document of its own for `POST /epcis/events`."""
    for event in events(count, seed, first):
        yield orjson.dumps({"@context": CONTEXT, **event})
