"""One EPCIS event: checked, completed and ready to be recorded and indexed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

from ledger.epcis.context import Context
from ledger.epcis.event_hash import hash_event
from ledger.epcis.fields import Fields, parse_time, refuse, under
from ledger.epcis.keys import Key, event_keys, key_of
from ledger.epcis.rules import CLOCK_TOLERANCE, check_rules
from ledger.epcis.schema import FIELDS, check_shape
from ledger.epcis.vocabulary import bare_word
from ledger.errors import InvalidInput
from ledger.gs1.identifier import MAX_LENGTH

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Event(NamedTuple):
    """A valid event as it will be recorded, and what it is found by."""

    event_id: str
    has_own_id: bool  # False: the id was filled in here
    type: str
    time_ms: int  # eventTime, milliseconds since 1970-01-01T00:00:00Z
    action: str | None
    biz_step: str | None  # CBV words bare, other words as full URIs
    disposition: str | None
    read_point: str | None  # key of the place
    biz_location: str | None
    body: dict[str, Any]  # to be recorded, with its effective @context and its eventID
    keys: tuple[Key, ...]
    warnings: tuple[str, ...]


def check_event(
    raw: Any, context: Context, now: datetime, fields: Mapping[str, Fields] = FIELDS
) -> Event:
    """Check one event under the context of its document; what comes back is complete.

    `recordTime` is ours to say: one that a client sent is dropped, never believed. An event time in
    the future is warned of, not refused: clocks differ, and plans are captured too.

    Raises InvalidInput with a pointer relative to the event.
    """
    if type(raw) is dict and "@context" in raw:
        try:
            context = context.extended(raw["@context"])
        except InvalidInput as fault:
            raise under(fault, "@context") from None
    check_shape(raw, context, fields)
    time = parse_time(raw["eventTime"])
    warnings = check_rules(raw, time)
    if time > now + CLOCK_TOLERANCE:
        warnings.append(f"eventTime {raw['eventTime']} is in the future")
    if context.remote:
        listed = ", ".join(context.remote)
        warnings.append(f"contexts elsewhere are not read: {listed:.200}")

    event_id = raw.get("eventID")
    has_own_id = event_id is not None
    if has_own_id and len(event_id) > MAX_LENGTH:
        refuse("identifier-too-long", f"at most {MAX_LENGTH} characters are kept", "/eventID")
    kind = raw["type"]
    is_standard = kind in FIELDS
    read_point, biz_location = places_of(raw)
    body = dict(raw)
    body.pop("@context", None)
    body.pop("recordTime", None)
    if not has_own_id:
        # The same event told again gets the same id, and so is known again.
        event_id = hash_event(body, context).hash
    body["@context"] = context.effective(_used(body, context))
    body["eventID"] = event_id
    biz_step, disposition = raw.get("bizStep"), raw.get("disposition")
    return Event(
        event_id,
        has_own_id,
        kind,
        (time - _EPOCH) // _MILLISECOND,
        raw.get("action") if is_standard else None,
        bare_word(biz_step, "BizStep") if is_standard and biz_step is not None else None,
        bare_word(disposition, "Disp") if is_standard and disposition is not None else None,
        read_point,
        biz_location,
        body,
        event_keys(raw),
        tuple(warnings),
    )


def places_of(event: dict[str, Any]) -> tuple[str | None, str | None]:
    """The keys of read point and business location of a checked event."""
    if event["type"] not in FIELDS:
        return None, None
    return (
        key_of(event["readPoint"]["id"]) if "readPoint" in event else None,
        key_of(event["bizLocation"]["id"]) if "bizLocation" in event else None,
    )


def _used(body: dict[str, Any], context: Context) -> list[str]:
    """The declared prefixes that stand before a colon at the start of any name or value."""
    if not context.prefixes:
        return []
    text = orjson.dumps(body)
    return [prefix for prefix in context.prefixes if f'"{prefix}:'.encode() in text]
