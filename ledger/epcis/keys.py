"""Under which identifiers an event can be found.

One row per thing the event names, `(key, role)`. The key is the canonical Digital Link of a GS1
identifier at its finest level (`gs1.identifier`), else the id as it stands. An id that mentions a
lot beside a serial number is filed under both. There is no row for the GTIN above a lot or serial:
the index holds hashes of keys, and whoever looks for all items of a product walks by time.

Beside the things an event names it is filed under its business step, its places and, so that events
can be walked in order of time at all, under `EVERY_EVENT` (`filing_keys`). Only what the disclosure
policy shows to everyone may be a key: an index tells by how it answers.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from ledger.epcis.schema import EVENT_TYPES
from ledger.errors import InvalidInput
from ledger.gs1.digital_link import CANONICAL_STEM
from ledger.gs1.identifier import find_identifier

Key = tuple[str, int]
"""A key and its KeyRole as a small integer."""


class KeyRole(IntEnum):
    """The part a thing plays in an event. Stored: numbers are never reused."""

    EPC = 1
    PARENT = 2
    CHILD = 3
    INPUT = 4
    OUTPUT = 5
    CLASS = 6
    CHILD_CLASS = 7
    INPUT_CLASS = 8
    OUTPUT_CLASS = 9
    TRANSFORMATION = 10
    MENTIONED_LOT = 11  # the lot inside the id of a single item
    EVENT = 20  # every event, under EVERY_EVENT
    BIZ_STEP = 21  # the bare word or URI
    READ_POINT = 22
    READ_POINT_AREA = 23  # the location of which the read point is a part
    BIZ_LOCATION = 24
    BIZ_LOCATION_AREA = 25


_LISTS: tuple[tuple[str, int], ...] = (
    ("epcList", int(KeyRole.EPC)),
    ("childEPCs", int(KeyRole.CHILD)),
    ("inputEPCList", int(KeyRole.INPUT)),
    ("outputEPCList", int(KeyRole.OUTPUT)),
)
_QUANTITY_LISTS: tuple[tuple[str, int], ...] = (
    ("quantityList", int(KeyRole.CLASS)),
    ("childQuantityList", int(KeyRole.CHILD_CLASS)),
    ("inputQuantityList", int(KeyRole.INPUT_CLASS)),
    ("outputQuantityList", int(KeyRole.OUTPUT_CLASS)),
)
_SINGLES: tuple[tuple[str, int], ...] = (
    ("parentID", int(KeyRole.PARENT)),
    ("transformationID", int(KeyRole.TRANSFORMATION)),
)
_MENTIONED = int(KeyRole.MENTIONED_LOT)

EVERY_EVENT = "*"
"""The key of every event; no URI and no word is spelled so."""

_EVERY_EVENT = (EVERY_EVENT, int(KeyRole.EVENT))
_BIZ_STEP = int(KeyRole.BIZ_STEP)
_READ_POINT = int(KeyRole.READ_POINT)
_READ_POINT_AREA = int(KeyRole.READ_POINT_AREA)
_BIZ_LOCATION = int(KeyRole.BIZ_LOCATION)
_BIZ_LOCATION_AREA = int(KeyRole.BIZ_LOCATION_AREA)
LOCATION = f"{CANONICAL_STEM}/414/"
"""How the keys of places with a GLN begin."""


def event_keys(event: dict[str, Any]) -> tuple[Key, ...]:
    """The index rows of a checked event, each once, in the order they are met.

    An event of one's own type has none: what its members mean is not ours to know.
    """
    if event["type"] not in EVENT_TYPES:
        return ()
    rows: dict[Key, None] = {}
    for name, role in _LISTS:
        if name in event:
            for epc in event[name]:
                _add(rows, epc, role)
    for name, role in _QUANTITY_LISTS:
        if name in event:
            for element in event[name]:
                _add(rows, element["epcClass"], role)
    for name, role in _SINGLES:
        if name in event:
            _add(rows, event[name], role)
    return tuple(rows)


def filing_keys(
    biz_step: str | None, read_point: str | None, biz_location: str | None
) -> tuple[Key, ...]:
    """The other rows of an event: places as keys, the business step as a bare word or URI."""
    rows = [_EVERY_EVENT]
    if biz_step is not None:
        rows.append((biz_step, _BIZ_STEP))
    if read_point is not None:
        rows.append((read_point, _READ_POINT))
        area = area_of(read_point)
        if area is not None:
            rows.append((area, _READ_POINT_AREA))
    if biz_location is not None:
        rows.append((biz_location, _BIZ_LOCATION))
        area = area_of(biz_location)
        if area is not None:
            rows.append((area, _BIZ_LOCATION_AREA))
    return tuple(rows)


def area_of(place: str) -> str | None:
    """The location of which a place with an extension (AI 254) is a part, both as keys."""
    head, extension, _ = place.partition("/254/")
    return head if extension and head.startswith(LOCATION) else None


def key_of(text: str) -> str:
    """The key under which an id is filed, whichever way it is spelled."""
    try:
        found = find_identifier(text)
    except InvalidInput:  # a reference that only looks like a GS1 key
        return text
    return text if found is None else found.uri


def _add(rows: dict[Key, None], text: str, role: int) -> None:
    try:
        found = find_identifier(text)
    except InvalidInput:  # a transformation id that only looks like a GS1 key
        found = None
    if found is None:
        rows[text, role] = None
        return
    rows[found.uri, role] = None
    if found.lot_uri is not None and found.lot_uri != found.uri:
        rows[found.lot_uri, _MENTIONED] = None
