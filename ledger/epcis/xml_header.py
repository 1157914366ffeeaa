"""The header of an EPCIS document in XML: business header and master data, in their JSON form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml.etree import _Element as Element

from ledger.epcis.xml_fields import EXTENSIONS
from ledger.epcis.xml_names import SBDH, field_name, split_tag

_ATTRIBUTE_IDS = "urn:epcglobal:cbv:mda#"


def read_header(root: Element) -> dict[str, Any]:
    """`sender`, `receiver`, `instanceIdentifier` and `epcisHeader`, as far as they are there."""
    found: dict[str, Any] = {}
    for header in _fields(root, "EPCISHeader"):
        for name, path in _BUSINESS.items():
            text = header.findtext("/".join(f"{{{SBDH}}}{step}" for step in path))
            if text is not None and text.strip():
                found[name] = text.strip()
        for master_data in _fields(header, "EPCISMasterData"):
            lists = _fields(master_data, "VocabularyList")
            vocabularies = [
                _vocabulary(one) for each in lists for one in _fields(each, "Vocabulary")
            ]
            found["epcisHeader"] = {"epcisMasterData": {"vocabularyList": vocabularies}}
    return found


_HEAD = ("StandardBusinessDocumentHeader",)
_BUSINESS = {
    "sender": (*_HEAD, "Sender", "Identifier"),
    "receiver": (*_HEAD, "Receiver", "Identifier"),
    "instanceIdentifier": (*_HEAD, "DocumentIdentification", "InstanceIdentifier"),
}


def _fields(element: Element, name: str) -> Iterator[Element]:
    """Children of this name, also those in wrappers."""
    for child in element:
        found = field_name(child.tag)
        if found == name:
            yield child
        elif found in EXTENSIONS:
            yield from (inner for inner in child if field_name(inner.tag) == name)


def _vocabulary(element: Element) -> dict[str, Any]:
    value: dict[str, Any] = {}
    kind = element.get("type")
    if kind is not None:
        value["type"] = kind.strip()
    value["vocabularyElementList"] = [
        _entry(one)
        for each in _fields(element, "VocabularyElementList")
        for one in _fields(each, "VocabularyElement")
    ]
    return value


def _entry(element: Element) -> dict[str, Any]:
    value: dict[str, Any] = {}
    if element.get("id") is not None:
        value["id"] = str(element.get("id")).strip()
    attributes = [_attribute(one) for one in _fields(element, "attribute")]
    if attributes:
        value["attributes"] = attributes
    children = [
        (one.text or "").strip()
        for each in _fields(element, "children")
        for one in _fields(each, "id")
    ]
    if children:
        value["children"] = children
    return value


def _attribute(element: Element) -> dict[str, Any]:
    value: dict[str, Any] = {}
    if element.get("id") is not None:
        value["id"] = str(element.get("id")).strip()
    value["attribute"] = _content(element)
    return value


def _content(element: Element) -> Any:
    if not len(element):
        return (element.text or "").strip()
    value: dict[str, Any] = {}
    for child in element:
        name, inner = split_tag(child.tag)[1], _content(child)
        if name not in value:
            value[name] = inner
        elif type(value[name]) is list:
            value[name].append(inner)
        else:
            value[name] = [value[name], inner]
    return value
