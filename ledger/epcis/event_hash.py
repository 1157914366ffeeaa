"""The event hash `ni:///sha-256;…?ver=CBV2.0`: a fingerprint by which parties recognise an event
(CBV 2.0, section 8.9).

It is taken of one string in which every field stands as `name=value`, in an order and spelling
that do not depend on how the event was written. There are no separators and numbers lose their
form, so different events can share a hash: it is good as eventID and to find duplicates, never as
a proof. `recordTime`, `eventID` and `errorDeclaration` take no part.

Two orders of the last lists are in use. GS1's table puts business transactions, sources and
destinations before sensor data; the reference implementation, and the hash GS1 itself prints for
its example, put sensor data first and sort what follows by name. We write the latter (`hash`),
give the former beside it (`hash_list_order`), and accept both where a hash is checked. Most events
have one hash in both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

from ledger.digest import sha256
from ledger.epcis.context import Context
from ledger.epcis.hash_value import VOC, time_text, value_text, word_text
from ledger.epcis.vocabulary import CBV

_Text = Callable[[Any], str]
_Write = Callable[[str, Any, "Names"], str]

PREFIX = "ni:///sha-256;"
SUFFIX = "?ver=CBV2.0"


class EventHash(NamedTuple):
    """The two spellings of one event's hash; they differ only in the order of lists."""

    hash: str  # as the reference orders lists: the one we write
    hash_list_order: str  # as the table of the standard orders them


def hash_event(
    event: Mapping[str, Any], context: Context | None = None, ignored: Collection[str] = ()
) -> EventHash:
    """The hash of an event in its JSON form.

    `context` is that of the event's document; the event's own `@context` comes on top of it.
    `ignored` are extensions of the event that its document declares to be left out.
    """
    ours, table = pre_hash(event, context, ignored)
    first = _ni(ours)
    return EventHash(first, first if ours == table else _ni(table))


def is_event_hash(event_id: str) -> bool:
    """Whether an eventID claims to be the hash of its event."""
    return event_id.startswith(PREFIX) and event_id.endswith(SUFFIX)


def has_event_hash(event: Mapping[str, Any], claimed: str, context: Context | None = None) -> bool:
    """Whether this is the hash of that event, in either order of lists."""
    return claimed in hash_event(event, context)


def pre_hash(
    event: Mapping[str, Any], context: Context | None = None, ignored: Collection[str] = ()
) -> tuple[str, str]:
    """The two strings that are hashed: in our order of lists, in that of the table.

    A field that does not have the shape the standard gives it is written as an extension would
    be: events of types of one's own may use a name as they like.
    """
    names = Names(context or Context()).under(event)
    left_out = {names.of(name) for name in ignored}
    strays = {
        name: value
        for name, value in event.items()
        if name not in _SHAPES or not _SHAPES[name](value)
    }
    event = {name: value for name, value in event.items() if name not in strays}
    head = f"eventType={names.of(str(strays.pop('type')))}" + "".join(_ordered(event, _HEAD, names))
    sensors, left_over = _sensor_elements(event.get("sensorElementList"), names)
    lists = {name: _party_list(event, name, names) for name in _PARTY_LISTS}
    ilmd = "ilmd" + _rest(event["ilmd"], (), names) if event.get("ilmd") else ""
    extensions = [
        text
        for name, value in strays.items()
        if not left_out or names.of(name) not in left_out
        for text in _extension(name, value, names)
    ]
    rest = sorted([*left_over, *extensions])
    ours = sorted([*lists.values(), ilmd, *rest])
    table = [*lists.values(), sensors, ilmd, *rest]
    return head + sensors + "".join(ours), head + "".join(table)


def _ni(text: str) -> str:
    return f"{PREFIX}{sha256(text.encode()).hex()}{SUFFIX}"


class Names:
    """Names of extensions as XML spells them: `{namespace}local`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def of(self, name: str) -> str:
        """The name with its namespace; as it stands where its prefix is not declared."""
        prefix, colon, local = name.partition(":")
        if not colon:
            return name
        meaning = self._context.prefixes.get(prefix, _STANDARD_NAMESPACES.get(prefix))
        if isinstance(meaning, Mapping):
            meaning = meaning.get("@id")
        return f"{{{meaning}}}{local}" if isinstance(meaning, str) else name

    def under(self, value: Mapping[str, Any]) -> Names:
        """The names inside an object, which may declare prefixes of its own."""
        if "@context" not in value:
            return self
        return Names(self._context.extended(value["@context"]))


def _items(value: Any) -> Iterator[Any]:
    """One value or the values of a list: repetition is all that a list says."""
    if isinstance(value, list):
        for entry in value:
            yield from _items(entry)
    else:
        yield value


def _field(name: str, value: Any, text_of: _Text) -> str:
    found = [text for entry in _items(value) if (text := text_of(entry))]
    return "".join(sorted(f"{name}={text}" for text in found))


def _ordered(
    holder: Mapping[str, Any],
    order: Mapping[str, _Write],
    names: Names,
) -> list[str]:
    return [write(name, holder[name], names) for name, write in order.items() if name in holder]


def _plain(text_of: _Text = value_text) -> _Write:
    return lambda name, value, _: _field(name, value, text_of)


def _epcs(name: str, value: Any, _: Names) -> str:
    inner = _field("epc", value, value_text)
    return name + inner if inner else ""


def _quantities(name: str, value: Any, names: Names) -> str:
    elements = sorted(
        "quantityElement" + "".join(_ordered(element, _QUANTITY, names))
        for element in _items(value)
    )
    return name + "".join(elements) if elements else ""


def _persistent(name: str, value: Any, names: Names) -> str:
    inner = "".join(_ordered(value, _PERSISTENT, names))
    return name + inner if inner else ""


def _place(name: str, value: Any, names: Names) -> str:
    return name + "".join(_ordered(value, _ID, names)) + _rest(value, ("id",), names)


def _rest(holder: Mapping[str, Any], known: tuple[str, ...], names: Names) -> str:
    """The extensions of an object, sorted."""
    inner = names.under(holder)
    return "".join(
        sorted(
            text
            for name, value in holder.items()
            if name not in known
            for text in _extension(name, value, inner)
        )
    )


def _extension(name: str, value: Any, names: Names) -> Iterator[str]:
    if name in _IGNORED:
        return
    spelled = names.of(name)
    for entry in _items(value):
        if isinstance(entry, Mapping):
            text = value_text(entry.get("#text"))
            inner = _rest(entry, ("#text",), names)
            yield f"{spelled}={text}{inner}" if text else spelled + inner
        else:
            text = value_text(entry)
            yield f"{spelled}={text}" if text else spelled


def _party_list(event: Mapping[str, Any], name: str, names: Names) -> str:
    entries = sorted(
        "".join(_ordered(entry, _PARTY_LISTS[name], names)) for entry in _items(event.get(name, []))
    )
    return name + "".join(entries) if entries else ""


def _sensor_elements(value: Any, names: Names) -> tuple[str, list[str]]:
    """The list, and what of it comes at the end of the event: `bizRules` of a single report has
    no place in the order, so it is written where names without a place go."""
    elements, left_over = [], []
    for element in _items(value or []):
        metadata = element.get("sensorMetadata")
        inner = names.under(element)
        text = "" if not metadata else _sensor_part("sensorMetadata", metadata, _METADATA, inner)
        reports = []
        stray = []
        for report in _items(element.get("sensorReport", [])):
            placed = {key: entry for key, entry in report.items() if key != "bizRules"}
            reports.append(_sensor_part("sensorReport", placed, _REPORT, inner))
            if "bizRules" in report:
                stray.append("sensorReport" + _field("bizRules", report["bizRules"], value_text))
        text += "".join(sorted(reports))
        text += _rest(element, ("sensorMetadata", "sensorReport"), names)
        elements.append("sensorElement" + text)
        if stray:
            left_over.append("sensorElement" + "".join(sorted(stray)))
    if not elements:
        return "", []
    whole = "sensorElementList" + "".join(sorted(elements))
    return whole, ["sensorElementList" + "".join(sorted(left_over))] if left_over else []


def _sensor_part(
    name: str,
    value: Mapping[str, Any],
    order: Mapping[str, _Write],
    names: Names,
) -> str:
    inner = names.under(value)
    return name + "".join(_ordered(value, order, inner)) + _rest(value, tuple(order), names)


_TEXT = _plain()
_INSTANT = _plain(time_text)
_DISPOSITION = _plain(word_text(f"{CBV}Disp-"))

_ID = {"id": _TEXT}
_QUANTITY = {"epcClass": _TEXT, "quantity": _TEXT, "uom": _TEXT}
_PERSISTENT = {"set": _DISPOSITION, "unset": _DISPOSITION}
_PARTY = _plain(word_text(f"{CBV}SDT-"))

_HEAD: Mapping[str, _Write] = {
    "eventTime": _INSTANT,
    "eventTimeZoneOffset": _TEXT,
    "certificationInfo": _TEXT,
    "parentID": _TEXT,
    "epcList": _epcs,
    "inputEPCList": _epcs,
    "childEPCs": _epcs,
    "quantityList": _quantities,
    "childQuantityList": _quantities,
    "inputQuantityList": _quantities,
    "outputEPCList": _epcs,
    "outputQuantityList": _quantities,
    "action": _TEXT,
    "transformationID": _TEXT,
    "bizStep": _plain(word_text(f"{CBV}BizStep-")),
    "disposition": _DISPOSITION,
    "persistentDisposition": _persistent,
    "readPoint": _place,
    "bizLocation": _place,
}
"""The fields before the lists whose order is disputed."""

_PARTY_LISTS: Mapping[str, Mapping[str, _Write]] = {
    "bizTransactionList": {"type": _plain(word_text(f"{CBV}BTT-")), "bizTransaction": _TEXT},
    "sourceList": {"type": _PARTY, "source": _TEXT},
    "destinationList": {"type": _PARTY, "destination": _TEXT},
}

_METADATA: Mapping[str, _Write] = {
    "time": _INSTANT,
    "startTime": _INSTANT,
    "endTime": _INSTANT,
    **dict.fromkeys(
        ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"), _TEXT
    ),
}

_REPORT: Mapping[str, _Write] = {
    "type": _plain(word_text(VOC)),
    "exception": _plain(word_text(VOC)),
    **dict.fromkeys(("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod"), _TEXT),
    "time": _INSTANT,
    **dict.fromkeys(("microorganism", "chemicalSubstance", "value"), _TEXT),
    "component": _plain(word_text(f"{CBV}Comp-")),
    **dict.fromkeys(
        (
            "stringValue", "booleanValue", "hexBinaryValue", "uriValue", "minValue", "maxValue",
            "meanValue", "sDev", "percRank", "percValue", "uom", "coordinateReferenceSystem",
        ),
        _TEXT,
    ),
}  # fmt: skip

_IGNORED = frozenset(
    {"@context", "recordTime", "eventID", "errorDeclaration", "rdfs:comment", "comment"}
)


def _is_scalar(value: Any) -> bool:
    return not any(isinstance(entry, Mapping) for entry in _items(value))


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping)


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, Mapping) for entry in _items(value))


def _are_sensor_elements(value: Any) -> bool:
    return _are_objects(value) and all(
        _is_object(element.get("sensorMetadata", {}))
        and _are_objects(element.get("sensorReport", []))
        for element in _items(value)
    )


_OBJECTS = ("readPoint", "bizLocation", "persistentDisposition", "ilmd")
_LISTS = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_SHAPES: Mapping[str, Callable[[Any], bool]] = {
    **dict.fromkeys(_HEAD, _is_scalar),
    **dict.fromkeys(_OBJECTS, _is_object),
    **dict.fromkeys((*_LISTS, *_PARTY_LISTS), _are_objects),
    "sensorElementList": _are_sensor_elements,
}

_STANDARD_NAMESPACES: Mapping[str, str] = {
    "gs1": "https://ref.gs1.org/voc/",
    "cbv": CBV,
    "epcis": "https://ref.gs1.org/epcis/",
    "cbvmda": "urn:epcglobal:cbv:mda",
}
