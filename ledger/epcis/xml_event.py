"""One EPCIS event: an XML element in, the JSON form out (EPCIS 2.0, sections 9.5 and 10).

The two syntaxes say the same with other means. Here only the means are translated: lists lose
their wrappers, CBV URIs become bare words, attributes become members, repeated extension elements
become lists. Whether the event is right is then judged where JSON events are judged.

An extension element with attributes and text keeps its text under `#text`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from lxml.etree import _Element as Element

from ledger.canonical import MAX_SAFE_INTEGER
from ledger.epcis import xml_fields
from ledger.epcis.fields import shown
from ledger.epcis.xml_names import ERROR_REASON, XSI, Prefixes, Words, field_name
from ledger.errors import InvalidInput

MAX_DEPTH = 24
"""Levels of elements inside an extension. Each may be an object in a list: two levels of JSON."""

MAX_NAMESPACES = 64
"""Namespaces in force at an event."""

_XSI = f"{{{XSI}}}"
_INTEGER = re.compile(r"[+-]?[0-9]{1,16}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


def read_event_element(element: Element, *, ordered: bool) -> dict[str, Any]:
    """The JSON form of an event element, with the prefixes it may use as its `@context`.

    `ordered` demands the order of the EPCIS 2.0 XML schema. Raises InvalidInput with the line.
    """
    declared = element.nsmap
    if len(declared) > MAX_NAMESPACES:
        refuse_at(element, "xml-namespaces-too-many", f"{len(declared)} namespaces are in force")
    return _Reader(Prefixes(declared), ordered).read(element)


def refuse_at(element: Element, code: str, detail: str) -> NoReturn:
    """Raise InvalidInput that names the line on which the element begins."""
    raise InvalidInput(code, f"line {element.sourceline}: {detail}")


class _Reader:
    """Translates one event; holds its prefixes."""

    def __init__(self, prefixes: Prefixes, ordered: bool) -> None:
        self._prefixes = prefixes
        self._ordered = ordered

    def read(self, element: Element) -> dict[str, Any]:
        kind = field_name(element.tag)
        if kind is None:
            kind = self._name(element)
        event: dict[str, Any] = {"type": kind}
        order = xml_fields.ORDER.get(kind, xml_fields.BASE)
        for child in self._in_order(element, order):
            name = field_name(child.tag)
            if name is None or name not in _FIELDS or name not in order:
                self._extend(event, child, 0)
            elif name in event:
                if name != "certificationInfo":
                    refuse_at(child, "epcis-item-repeated", f"{name} stands twice")
                _append(event, name, _text(child))
            else:
                event[name] = _FIELDS[name](self, child)
        self._attributes(event, element, skip=frozenset({"schemaVersion", "creationDate"}))
        if self._prefixes.meanings:
            event["@context"] = self._prefixes.meanings
        return event

    def _name(self, element: Element) -> str:
        return self._prefixes.json_name(element.tag, element.prefix)

    def _in_order(self, element: Element, order: tuple[str, ...]) -> Iterator[Element]:
        """The children, contents in place of extension wrappers, their order checked on the
        way."""
        last, last_name = 0, ""
        for child in _children(element):
            name = field_name(child.tag)
            if self._ordered:
                if name is None:
                    rank = len(order)
                elif name in order:
                    rank = order.index(name)
                else:
                    rank = last
                if rank < last:
                    refuse_at(child, "xml-element-order", f"{name} stands after {last_name}")
                last, last_name = rank, name or "an extension"
            if name in xml_fields.EXTENSIONS:
                yield from self._unwrapped(child, 0)
            else:
                yield child

    def _unwrapped(self, element: Element, depth: int) -> Iterator[Element]:
        _check_depth(element, depth)
        for child in _children(element):
            name = field_name(child.tag)
            if name in xml_fields.EXTENSIONS:
                yield from self._unwrapped(child, depth + 1)
            elif self._ordered and name is not None:
                refuse_at(child, "xml-element-order", f"{name} stands inside an extension")
            else:
                yield child

    def _extend(self, holder: dict[str, Any], element: Element, depth: int) -> None:
        """Add an extension element to its holder; repeated ones become a list."""
        _append(holder, self._name(element), self._value(element, depth))

    def _value(self, element: Element, depth: int) -> Any:
        _check_depth(element, depth)
        text = (element.text or "").strip()
        if len(element) == 0 and not element.attrib:
            return text
        value: dict[str, Any] = {}
        self._attributes(value, element)
        for child in element:
            _check_tail(child)
            self._extend(value, child, depth + 1)
        if not value:  # attributes of XSI say nothing about the content
            return text
        if text:
            _append(value, "#text", text)
        return value

    def _attributes(
        self, holder: dict[str, Any], element: Element, skip: frozenset[str] = frozenset()
    ) -> None:
        for name, value in element.attrib.items():
            tag, text = str(name), str(value)
            if not tag.startswith(_XSI) and tag not in skip:
                prefix = None
                if tag.startswith("{"):
                    prefix = _prefix_of(element, tag)
                _append(holder, self._prefixes.json_name(tag, prefix), text.strip())

    def epcs(self, element: Element) -> list[str]:
        return [_text(child) for child in _only(element, "epc")]

    def quantities(self, element: Element) -> list[dict[str, Any]]:
        found = []
        for item in _only(element, "quantityElement"):
            quantity: dict[str, Any] = {}
            for child in self._in_order(item, xml_fields.QUANTITY):
                name = field_name(child.tag) or self._name(child)
                text = _text(child)
                if name in quantity:
                    refuse_at(child, "epcis-item-repeated", f"{name} stands twice")
                if name != "quantity":
                    quantity[name] = text
                elif text or child.get(f"{_XSI}nil") not in ("true", "1"):
                    quantity[name] = _number(child, name, text)
            found.append(quantity)
        return found

    def place(self, element: Element) -> dict[str, Any]:
        return self._extensible(element, xml_fields.PLACE, {"id": lambda _, child: _text(child)})

    def error_declaration(self, element: Element) -> dict[str, Any]:
        # The XML schema leaves the order of these free.
        return self._extensible(element, (), _ERROR)

    def ilmd(self, element: Element) -> dict[str, Any]:
        return self._extensible(element, (), {})

    def persistent(self, element: Element) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for child in self._in_order(element, xml_fields.PERSISTENT):
            name = field_name(child.tag) or self._name(child)
            words = found.setdefault(name, [])
            words.append(xml_fields.WORDS["disposition"].bare(_text(child)))
        return found

    def sensors(self, element: Element) -> list[dict[str, Any]]:
        found = []
        for item in self._in_order(element, ("sensorElement", "extension")):
            if field_name(item.tag) != "sensorElement":
                refuse_at(item, "epcis-field-unknown", "only sensorElement may stand here")
            sensor = self._extensible(
                item, xml_fields.SENSOR, {"sensorMetadata": _Reader.metadata}, {"sensorReport"}
            )
            found.append(sensor)
        return found

    def metadata(self, element: Element) -> dict[str, Any]:
        _text(element)
        value: dict[str, Any] = {}
        self._attributes(value, element)
        return value

    def report(self, element: Element) -> dict[str, Any]:
        value = self.metadata(element)
        for name, text in value.items():
            if name in xml_fields.REPORT_NUMBERS:
                value[name] = _number(element, name, text)
            elif name in xml_fields.REPORT_WORDS:
                value[name] = xml_fields.REPORT_WORDS[name].bare(text)
            elif name == "booleanValue":
                value[name] = _TRUTH.get(text, text)
        return value

    def _extensible(
        self,
        element: Element,
        order: tuple[str, ...],
        fields: dict[str, Callable[[_Reader, Element], Any]],
        reports: set[str] | frozenset[str] = frozenset(),
    ) -> dict[str, Any]:
        """An object of a few fields and extensions."""
        value: dict[str, Any] = {}
        for child in self._in_order(element, order):
            name = field_name(child.tag)
            if name is not None and name in reports:
                value.setdefault(name, []).append(self.report(child))
            elif name is None or name not in fields:
                self._extend(value, child, 0)
            elif name in value:
                refuse_at(child, "epcis-item-repeated", f"{name} stands twice")
            else:
                value[name] = fields[name](self, child)
        self._attributes(value, element)
        return value


def _typed(item: str, words: Words) -> Callable[[_Reader, Element], list[dict[str, str]]]:
    def read(_: _Reader, element: Element) -> list[dict[str, str]]:
        found = []
        for child in _only(element, item):
            entry = {item: _text(child)}
            kind = child.get("type")
            if kind is not None:
                entry = {"type": words.bare(kind.strip()), **entry}
            found.append(entry)
        return found

    return read


def _word(words: Words) -> Callable[[_Reader, Element], str]:
    return lambda _, element: words.bare(_text(element))


_ERROR: dict[str, Callable[[_Reader, Element], Any]] = {
    "declarationTime": lambda _, element: _text(element),
    "reason": _word(ERROR_REASON),
    "correctiveEventIDs": lambda _, element: [
        _text(child) for child in _only(element, "correctiveEventID")
    ],
}

_FIELDS: dict[str, Callable[[_Reader, Element], Any]] = {
    **dict.fromkeys(xml_fields.TEXTS, lambda _, element: _text(element)),
    **{name: _word(words) for name, words in xml_fields.WORDS.items()},
    **dict.fromkeys(xml_fields.EPC_LISTS, _Reader.epcs),
    **dict.fromkeys(xml_fields.QUANTITY_LISTS, _Reader.quantities),
    **dict.fromkeys(xml_fields.PLACES, _Reader.place),
    **{name: _typed(*form) for name, form in xml_fields.TYPED_LISTS.items()},
    "sensorElementList": _Reader.sensors,
    "persistentDisposition": _Reader.persistent,
    "ilmd": _Reader.ilmd,
    "errorDeclaration": _Reader.error_declaration,
}


def _only(element: Element, name: str) -> Iterator[Element]:
    for child in _children(element):
        if field_name(child.tag) != name:
            refuse_at(child, "epcis-field-unknown", f"{shown(str(child.tag))} is no {name}")
        yield child


def _children(element: Element) -> Iterator[Element]:
    """The elements inside; text between them is refused, because JSON would lose it."""
    if element.text is not None and not element.text.isspace():
        refuse_at(element, "epcis-field-malformed", f"text {shown(element.text)} between elements")
    for child in element:
        _check_tail(child)
        yield child


def _check_tail(element: Element) -> None:
    if element.tail is not None and not element.tail.isspace():
        refuse_at(element, "epcis-field-malformed", f"text {shown(element.tail)} between elements")


def _text(element: Element) -> str:
    if len(element):
        refuse_at(
            element[0],
            "epcis-field-malformed",
            f"{shown(str(element.tag))} holds elements, not text",
        )
    return (element.text or "").strip()


def _number(element: Element, name: str, text: str) -> int | float:
    """JSON has no infinity and no NaN, which an xsd:double may be."""
    if _INTEGER.fullmatch(text) is not None and abs(int(text)) <= MAX_SAFE_INTEGER:
        return int(text)
    if _NUMBER.fullmatch(text) is not None and len(text) <= 400:
        number = float(text)
        if abs(number) != float("inf") and not (
            number.is_integer() and abs(number) > MAX_SAFE_INTEGER
        ):
            return int(number) if number.is_integer() and abs(number) < 2**53 else number
    refuse_at(element, "epcis-field-malformed", f"{name}: {shown(text)} is not a number kept here")


def _append(holder: dict[str, Any], name: str, value: Any) -> None:
    if name not in holder:
        holder[name] = value
    elif type(holder[name]) is list:
        holder[name].append(value)
    else:
        holder[name] = [holder[name], value]


def _prefix_of(element: Element, tag: str) -> str | None:
    namespace = tag[1:].partition("}")[0]
    return next((prefix for prefix, meant in element.nsmap.items() if meant == namespace), None)


def _check_depth(element: Element, depth: int) -> None:
    if depth >= MAX_DEPTH:
        refuse_at(
            element, "xml-depth-exceeded", f"more than {MAX_DEPTH} levels inside an extension"
        )
