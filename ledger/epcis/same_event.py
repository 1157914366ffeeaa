"""Whether two captured events say the same, however each was written.

The event hash cannot tell: it ignores where one value ends and the next begins, and reads numbers
out of codes. Here the events themselves are compared, member by member. Alike are spellings that
EPCIS gives one meaning: a time in another zone or with needless zeros, a URN and a Digital Link, a
word and its URI, another prefix for a namespace, another order where order says nothing, and what
XML cannot tell apart: a number and its digits, one value and a list of one. Everything else counts,
comments and attributes of links included; in doubt events differ, because the second of two that
are taken for one is not stored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

from ledger.epcis.context import Context, read_context
from ledger.epcis.event_hash import Names
from ledger.epcis.fields import parse_time
from ledger.epcis.hash_value import VOC, spell_out, value_text
from ledger.epcis.schema import EVENT_TYPES
from ledger.epcis.uri import is_uri
from ledger.epcis.vocabulary import CBV
from ledger.errors import InvalidInput
from ledger.gs1.digital_link import find_digital_link
from ledger.gs1.identifier import find_identifier

_Read = Callable[[Any, Names], Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_FRACTION = re.compile(r"\.([0-9]+)")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_MOST_DIGITS = 400

_OURS = frozenset({"@context", "recordTime"})
"""Members that say how an event is written or when it came, not what happened."""


def is_same_event(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two checked events, each with its effective `@context`, say the same."""
    return _alike(_normal_form(one), _normal_form(other))


def _normal_form(event: Mapping[str, Any]) -> Any:
    fields = _FIELDS if event["type"] in EVENT_TYPES else _COMMON
    return _members(event, fields, Names(Context()).under(event))


def _members(holder: Mapping[str, Any], fields: Mapping[str, _Read], names: Names) -> Any:
    """Name in full → its values; more than one where two prefixes stand for one namespace."""
    found: dict[str, list[Any]] = {}
    for name, value in holder.items():
        read = fields.get(name)
        if read is not None:
            told = read(value, names)
            if told != []:  # an empty list of a standard field says what its absence says
                found[name] = [told]
        elif name not in _OURS:
            found.setdefault(names.of(name), []).append(_extension(value, names))
    if "@context" in holder:
        odd = _oddities(holder["@context"])
        if odd:
            found["@context"] = odd
    return found


def _oddities(value: Any) -> list[Any]:
    """What a context declares beyond plain prefixes: nothing here knows what that changes."""
    context = read_context(value)
    terms = {
        name: meaning
        for name, meaning in context.prefixes.items()
        if name.startswith("@") or not isinstance(meaning, str)
    }
    return [*context.remote, *([terms] if terms else [])]


def _extension(value: Any, names: Names) -> Any:
    if isinstance(value, list):
        told = [_extension(entry, names) for entry in value]
        return told[0] if len(told) == 1 else told
    if isinstance(value, dict):
        return _members(value, {}, names.under(value))
    if isinstance(value, str) and names.of(value) != value:
        return {"text": value, "meaning": names.of(value)}
    return value


def _as_is(value: Any, _: Names) -> Any:
    return value


def _instant(value: Any, _: Names) -> str:
    """Seconds since 1970 with every digit of the fraction that counts."""
    fraction = _FRACTION.search(value)
    digits = "" if fraction is None else fraction[1].rstrip("0")
    return f"{(parse_time(value) - _EPOCH) // _SECOND}.{digits}"


def _uri(value: Any, names: Names) -> Any:
    """A GS1 identifier as its canonical link with its attributes, any other URI in full."""
    try:
        found = find_identifier(value)
        link = None if found is None else find_digital_link(value)
    except InvalidInput:  # only looks like a GS1 key
        return value
    if found is None:
        return names.of(spell_out(value))
    return found.uri if link is None else link.canonical_uri


def _word(stem: str) -> _Read:
    def read(value: Any, names: Names) -> Any:
        return names.of(spell_out(value)) if is_uri(value) else stem + value

    return read


def _each(read: _Read) -> _Read:
    """A list whose order says nothing; one value stands for a list of one."""

    def read_all(value: Any, names: Names) -> list[Any]:
        entries = value if isinstance(value, list) else [value]
        return sorted((read(entry, names) for entry in entries), key=_sort_key)

    return read_all


def _object(fields: Mapping[str, _Read]) -> _Read:
    return lambda value, names: _members(value, fields, names.under(value))


def _sort_key(value: Any) -> bytes:
    """Equal for what may be alike, so that alike lists stand in one order."""
    return orjson.dumps(_coarse(value), option=orjson.OPT_SORT_KEYS)


def _coarse(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _coarse(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_coarse(entry) for entry in value]
    return value_text(value)


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, str) and not isinstance(other, str):
        return _is_spelled(other, one)
    if isinstance(other, str) and not isinstance(one, str):
        return _is_spelled(one, other)
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _is_spelled(value: Any, text: str) -> bool:
    """Whether XML would write this JSON value so."""
    if isinstance(value, bool):
        return text == ("true" if value else "false")
    if not isinstance(value, int | float) or len(text) > _MOST_DIGITS:
        return False
    return _NUMBER.fullmatch(text) is not None and Decimal(text) == Decimal(repr(value))


def _listed(names: Sequence[str], read: _Read) -> dict[str, _Read]:
    return dict.fromkeys(names, read)


_TIMES = _listed(("time", "startTime", "endTime"), _instant)
_DEVICE = _listed(
    ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"), _uri
)
_REPORT: Mapping[str, _Read] = {
    **_TIMES,
    **_DEVICE,
    "type": _word(VOC),
    "exception": _word(VOC),
    "component": _word(f"{CBV}Comp-"),
    **_listed(
        ("microorganism", "chemicalSubstance", "uriValue", "coordinateReferenceSystem"), _uri
    ),
}
_DISPOSITION = _word(f"{CBV}Disp-")

_COMMON: Mapping[str, _Read] = {
    "type": _as_is,
    "eventID": _as_is,
    "eventTimeZoneOffset": _as_is,
    "eventTime": _instant,
    "certificationInfo": _each(_uri),
    "errorDeclaration": _object(
        {
            "declarationTime": _instant,
            "reason": _word(f"{CBV}ER-"),
            "correctiveEventIDs": _each(_as_is),
        }
    ),
}

_FIELDS: Mapping[str, _Read] = {
    **_COMMON,
    "action": _as_is,
    **_listed(("parentID", "transformationID"), _uri),
    **_listed(("epcList", "childEPCs", "inputEPCList", "outputEPCList"), _each(_uri)),
    **_listed(
        ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"),
        _each(_object({"epcClass": _uri})),
    ),
    "bizStep": _word(f"{CBV}BizStep-"),
    "disposition": _DISPOSITION,
    "persistentDisposition": _object({"set": _each(_DISPOSITION), "unset": _each(_DISPOSITION)}),
    **_listed(("readPoint", "bizLocation"), _object({"id": _uri})),
    "bizTransactionList": _each(_object({"type": _word(f"{CBV}BTT-"), "bizTransaction": _uri})),
    "sourceList": _each(_object({"type": _word(f"{CBV}SDT-"), "source": _uri})),
    "destinationList": _each(_object({"type": _word(f"{CBV}SDT-"), "destination": _uri})),
    "sensorElementList": _each(
        _object(
            {
                "sensorMetadata": _object({**_TIMES, **_DEVICE}),
                "sensorReport": _each(_object(_REPORT)),
            }
        )
    ),
    "ilmd": _object({}),
}
