"""Where in an event the values stand that a query parameter speaks of.

A selector takes an event as recorded, with its recordTime, and yields values; what is not there
yields nothing. Of an event type of one's own only the fields of every event are known: what its
other members mean is not ours to know, but extension fields may be asked for by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ledger.epcis.query_names import FieldName, is_extension, prefixes_of
from ledger.epcis.schema import FIELDS

Event = Mapping[str, Any]
Selector = Callable[[Event], Iterator[Any]]

QUANTITY_LISTS = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")


def common(name: str) -> Selector:
    """A field that every event may have."""

    def select(event: Event) -> Iterator[Any]:
        if name in event:
            yield event[name]

    return select


def field(name: str) -> Selector:
    """A field of the standard's own event types."""

    def select(event: Event) -> Iterator[Any]:
        if name in event and event.get("type") in FIELDS:
            yield event[name]

    return select


def member(name: str, inner: str) -> Selector:
    """A member of an object, or each item of it where it is a list."""
    outer = common(name) if name == "errorDeclaration" else field(name)

    def select(event: Event) -> Iterator[Any]:
        for value in outer(event):
            if isinstance(value, dict) and inner in value:
                yield from _each(value[inner])

    return select


def items(*names: str) -> Selector:
    """The items of lists, and single values as lists of one."""

    def select(event: Event) -> Iterator[Any]:
        if event.get("type") in FIELDS:
            for name in names:
                if name in event:
                    yield from _each(event[name])

    return select


def item_members(inner: str, *names: str) -> Selector:
    """A member of each object in lists."""
    listed = items(*names)

    def select(event: Event) -> Iterator[Any]:
        for item in listed(event):
            if isinstance(item, dict) and inner in item:
                yield item[inner]

    return select


def typed_items(name: str, inner: str, has_type: Callable[[Any], bool]) -> Selector:
    """A member of those objects in a list whose `type` is the one asked for."""
    listed = items(name)

    def select(event: Event) -> Iterator[Any]:
        for item in listed(event):
            if isinstance(item, dict) and inner in item and has_type(item.get("type")):
                yield item[inner]

    return select


def metadata(event: Event) -> Iterator[dict[str, Any]]:
    """The metadata of every sensor element."""
    for element in _elements(event):
        found = element.get("sensorMetadata")
        if isinstance(found, dict):
            yield found


def reports(event: Event) -> Iterator[dict[str, Any]]:
    """Every single sensor report."""
    for element in _elements(event):
        for report in _each(element.get("sensorReport", [])):
            if isinstance(report, dict):
                yield report


def sensor_attribute(name: str) -> Selector:
    """An attribute of sensor metadata or of a report: it may stand in either."""

    def select(event: Event) -> Iterator[Any]:
        for holder in (*metadata(event), *reports(event)):
            if name in holder:
                yield holder[name]

    return select


def measured(name: str) -> Selector:
    """(value, unit) of each report that has a value of that name; the unit is None if unsaid."""

    def select(event: Event) -> Iterator[Any]:
        for report in reports(event):
            if name in report:
                yield report[name], report.get("uom")

    return select


def quantities(event: Event) -> Iterator[Any]:
    """(quantity, unit) of each quantity element that says how much."""
    for element in items(*QUANTITY_LISTS)(event):
        if isinstance(element, dict) and "quantity" in element:
            yield element["quantity"], element.get("uom")


def extension(holder: str, wanted: FieldName, *, is_inner: bool) -> Selector:
    """An extension field: of the event itself (`holder` is ""), of its ILMD, of its error
    declaration, of a place, of sensor elements, their metadata or their reports; or, where inner
    fields are asked for, one at any depth within such a field."""
    holders = HOLDERS[holder]

    def select(event: Event) -> Iterator[Any]:
        prefixes = prefixes_of(event.get("@context"))
        for outer in holders(event):
            fields = {name: value for name, value in outer.items() if is_extension(name)}
            if is_inner:
                for value in fields.values():
                    for nested in _nested(value):
                        yield from wanted.stands_in(nested, prefixes)
            else:
                yield from wanted.stands_in(fields, prefixes)

    return select


def attribute(wanted: FieldName, name: FieldName) -> Selector:
    """An attribute of a field, the event's own or an extension, at any depth: in JSON a member of
    the field's object, whose name may begin with @."""

    def select(event: Event) -> Iterator[Any]:
        prefixes = prefixes_of(event.get("@context"))
        for nested in _nested(dict(event)):
            for found in wanted.stands_in(nested, prefixes):
                for each in _each(found):
                    if isinstance(each, dict):
                        plain = {key.removeprefix("@"): value for key, value in each.items()}
                        yield from name.stands_in(plain, prefixes)

    return select


def scalars(select: Selector) -> Selector:
    """The plain values among what is selected: of lists each item, of an object its text."""

    def found(event: Event) -> Iterator[Any]:
        for value in select(event):
            for each in _each(value):
                if not isinstance(each, dict):
                    yield each
                else:
                    yield from (each[name] for name in ("@value", "#text") if name in each)

    return found


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _elements(event: Event) -> Iterator[dict[str, Any]]:
    for element in items("sensorElementList")(event):
        if isinstance(element, dict):
            yield element


def _nested(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within a value, itself included; iterative, for events may be deep."""
    waiting = [value]
    while waiting:
        at = waiting.pop()
        if isinstance(at, dict):
            yield at
            waiting.extend(at.values())
        elif isinstance(at, list):
            waiting.extend(at)


def _object(select: Selector) -> Callable[[Event], Iterator[dict[str, Any]]]:
    return lambda event: (value for value in select(event) if isinstance(value, dict))


def _itself(event: Event) -> Iterator[dict[str, Any]]:
    yield dict(event)


HOLDERS: Mapping[str, Callable[[Event], Iterator[dict[str, Any]]]] = {
    "": _itself,
    "ILMD": _object(common("ilmd")),
    "ERROR_DECLARATION": _object(common("errorDeclaration")),
    "readPoint": _object(field("readPoint")),
    "bizLocation": _object(field("bizLocation")),
    "SENSORELEMENT": _elements,
    "SENSORMETADATA": metadata,
    "SENSORREPORT": reports,
}
"""The parts of an event that hold extension fields, as the parameter families name them."""
