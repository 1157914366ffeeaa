"""JSON events as an EPCIS 2.0 query document in XML: the inverse of reading them.

What was read from XML comes out as the same event. What only JSON can say is said as near as XML
comes: numbers and truth values of extensions become text, lists within lists become one list, and
a control character, which XML forbids even escaped, becomes U+FFFD. The record remains the JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote

from lxml import etree
from lxml.etree import _Element as Element

from ledger import canonical
from ledger.epcis import xml_fields
from ledger.epcis.xml_names import (
    ERROR_REASON,
    NAMESPACE_OF,
    QUERY_2,
    XSI,
    Words,
    clean_text,
    xml_local,
)

_NIL = f"{{{XSI}}}nil"
_PREFIX = re.compile(r"(?![xX][mM][lL])[A-Za-z][-A-Za-z0-9.]*")
_URI_CHARACTERS = "-._~:/?#[]@!$&'()*+,;=%"
_SINGLE = ("eventTime", "recordTime", "declarationTime")


def write_query_document(document: Mapping[str, Any], *, as_urn: bool = True) -> bytes:
    """An EPCISQueryDocument, given as its JSON form, valid by the official XML schema.

    Its events are recorded ones: they have passed the checks of capture. `as_urn` writes CBV words
    as URNs, else as web URIs (header GS1-CBV-XML-Format).
    """
    root = etree.Element(
        f"{{{QUERY_2}}}EPCISQueryDocument",
        {"schemaVersion": "2.0", "creationDate": document["creationDate"]},
        nsmap={"epcisq": QUERY_2},
    )
    told = document["epcisBody"]["queryResults"]
    results = etree.SubElement(_child(root, "EPCISBody"), f"{{{QUERY_2}}}QueryResults")
    _child(results, "queryName", told["queryName"])
    if "subscriptionID" in told:
        _child(results, "subscriptionID", told["subscriptionID"])
    listed = _child(_child(results, "resultsBody"), "EventList")
    shared = _prefixes(NAMESPACE_OF, document.get("@context"))
    for event in told["resultsBody"]["eventList"]:
        _Writer(_prefixes(shared, event.get("@context")), as_urn).write(listed, event)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _prefixes(outer: Mapping[str, str], context: Any) -> dict[str, str]:
    """What prefixes mean under a context, within what they mean outside of it."""
    found = dict(outer)
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, dict):
            for prefix, meaning in part.items():
                uri = meaning.get("@id") if isinstance(meaning, dict) else meaning
                if isinstance(uri, str) and uri:
                    found[prefix] = quote(uri, safe=_URI_CHARACTERS)
    return found


class _Writer:
    """Writes one event; holds its prefixes."""

    def __init__(self, prefixes: Mapping[str, str], as_urn: bool) -> None:
        self._prefixes = prefixes
        self._as_urn = as_urn

    def write(self, parent: Element, event: Mapping[str, Any]) -> None:
        """Add the event to a list of events."""
        kind = event["type"]
        order = xml_fields.ORDER.get(kind)
        if order is None:  # an event type of one's own
            parent, order = _child(parent, "extension"), xml_fields.BASE
        element = etree.SubElement(parent, self._tag(kind), nsmap=self._declared(event))
        for name in order:
            if name in event and name in _WRITERS:
                _WRITERS[name](self, element, name, event[name])
        for name, value in event.items():
            if name not in order and name not in ("type", "@context"):
                self._extend(element, name, value)

    def _declared(self, event: Mapping[str, Any]) -> dict[str, str]:
        text = canonical.encode(dict(event))
        return {
            prefix: uri
            for prefix, uri in self._prefixes.items()
            if _PREFIX.fullmatch(prefix) is not None and f'"{prefix}:'.encode() in text
        }

    def _tag(self, name: str) -> str:
        """`{namespace}local` of a JSON name."""
        prefix, colon, rest = name.partition(":")
        if not colon:
            return xml_local(name)
        namespace = self._prefixes.get(prefix)
        if namespace is None:  # a full URI: its last part is the local name
            cut = max(name.rfind(mark) for mark in "/#:") + 1
            namespace, rest = quote(name[:cut], safe=_URI_CHARACTERS), name[cut:]
        with suppress(UnicodeDecodeError):  # then it stays percent-encoded
            rest = unquote(rest, errors="strict")
        return f"{{{namespace}}}{xml_local(rest)}"

    def _extend(self, parent: Element, name: str, value: Any) -> None:
        if isinstance(value, list):
            for entry in value:
                self._extend(parent, name, entry)
            return
        element = etree.SubElement(parent, self._tag(name))
        if isinstance(value, dict):
            for inner, member in value.items():
                if inner == "#text":
                    element.text = _spell(member)
                elif inner != "@context":
                    self._extend(element, inner, member)
        elif value is None:
            element.set(_NIL, "true")
        else:
            element.text = _spell(value)

    def _uri(self, words: Words, value: str) -> str:
        return words.uri(words.bare(value), as_urn=self._as_urn)

    def text(self, parent: Element, name: str, value: Any) -> None:
        for entry in value if isinstance(value, list) else [value]:
            _child(parent, name, entry.upper() if name in _SINGLE else entry)

    def word(self, parent: Element, name: str, value: str) -> None:
        _child(parent, name, self._uri(xml_fields.WORDS[name], value))

    def epcs(self, parent: Element, name: str, value: list[str]) -> None:
        element = _child(parent, name)
        for epc in value:
            _child(element, "epc", epc)

    def quantities(self, parent: Element, name: str, value: list[dict[str, Any]]) -> None:
        element = _child(parent, name)
        for item in value:
            quantity = _child(element, "quantityElement")
            _child(quantity, "epcClass", item["epcClass"])
            if "quantity" in item:
                _child(quantity, "quantity", _spell(item["quantity"]))
            elif "uom" in item:  # the schema wants a quantity before a unit
                _child(quantity, "quantity").set(_NIL, "true")
            if "uom" in item:
                _child(quantity, "uom", item["uom"])

    def place(self, parent: Element, name: str, value: dict[str, Any]) -> None:
        element = _child(parent, name)
        _child(element, "id", value["id"])
        self._extensions(element, value, ("id",))

    def typed(self, parent: Element, name: str, value: list[dict[str, Any]]) -> None:
        item, words = xml_fields.TYPED_LISTS[name]
        element = _child(parent, name)
        for entry in value:
            child = _child(element, item, entry[item])
            if "type" in entry:
                child.set("type", self._uri(words, entry["type"]))

    def sensors(self, parent: Element, name: str, value: list[dict[str, Any]]) -> None:
        element = _child(parent, name)
        for item in value:
            sensor = _child(element, "sensorElement")
            if "sensorMetadata" in item:
                self._attributes(_child(sensor, "sensorMetadata"), item["sensorMetadata"])
            for report in item["sensorReport"]:
                self._attributes(_child(sensor, "sensorReport"), report)
            self._extensions(sensor, item, ("sensorMetadata", "sensorReport"))

    def _attributes(self, element: Element, members: dict[str, Any]) -> None:
        for name, value in members.items():
            if name in xml_fields.REPORT_WORDS:
                text = self._uri(xml_fields.REPORT_WORDS[name], value)
            elif name.endswith(("time", "Time")) and isinstance(value, str):
                text = value.upper()
            else:
                text = _spell(value)
            element.set(self._tag(name), text)

    def persistent(self, parent: Element, name: str, value: dict[str, list[str]]) -> None:
        element = _child(parent, name)
        for part in xml_fields.PERSISTENT:
            for word in value.get(part, ()):
                _child(element, part, self._uri(xml_fields.WORDS["disposition"], word))

    def error_declaration(self, parent: Element, name: str, value: dict[str, Any]) -> None:
        element = _child(parent, name)
        self.text(element, "declarationTime", value["declarationTime"])
        if "reason" in value:
            _child(element, "reason", self._uri(ERROR_REASON, value["reason"]))
        if "correctiveEventIDs" in value:
            listed = _child(element, "correctiveEventIDs")
            for event_id in value["correctiveEventIDs"]:
                _child(listed, "correctiveEventID", event_id)
        self._extensions(element, value, ("declarationTime", "reason", "correctiveEventIDs"))

    def ilmd(self, parent: Element, name: str, value: dict[str, Any]) -> None:
        self._extensions(_child(parent, name), value, ())

    def _extensions(self, element: Element, value: dict[str, Any], known: tuple[str, ...]) -> None:
        for name, member in value.items():
            if name not in known:
                self._extend(element, name, member)


_WRITERS: dict[str, Callable[[_Writer, Element, str, Any], None]] = {
    **dict.fromkeys(xml_fields.TEXTS, _Writer.text),
    **dict.fromkeys(xml_fields.WORDS, _Writer.word),
    **dict.fromkeys(xml_fields.EPC_LISTS, _Writer.epcs),
    **dict.fromkeys(xml_fields.QUANTITY_LISTS, _Writer.quantities),
    **dict.fromkeys(xml_fields.PLACES, _Writer.place),
    **dict.fromkeys(xml_fields.TYPED_LISTS, _Writer.typed),
    "sensorElementList": _Writer.sensors,
    "persistentDisposition": _Writer.persistent,
    "ilmd": _Writer.ilmd,
    "errorDeclaration": _Writer.error_declaration,
}


def _child(parent: Element, name: str, text: str | None = None) -> Element:
    element = etree.SubElement(parent, name)
    if text is not None:
        element.text = clean_text(text)
    return element


def _spell(value: Any) -> str:
    """A JSON scalar as XML Schema writes it; what is none, as JSON."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return format(Decimal(repr(value)), "f")
    return clean_text(canonical.encode(value).decode())
