"""JSON events to XML and back: the same events."""

from __future__ import annotations

from typing import Any
from unicodedata import normalize
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ledger.epcis.document import check_events
from ledger.epcis.event import Event
from ledger.epcis.xml_document import read_xml_document
from ledger.epcis.xml_writing import write_query_document
from tests.support.epcis import EVENT_TYPES, NOW, STANDARD, VN, event
from tests.unit.epcis.test_xml_event import read

CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co"))
_PCHAR = "-._~!$&'()*+,;=:@"
_NO_DATA = ("@context", "#text")
"""Members of an object that are not of what it says: JSON-LD's context, and XML's own text."""
NAMES = st.text(CHARACTERS, max_size=8).map(lambda text: normalize("NFC", text))
TEXTS = st.text(CHARACTERS, max_size=20).map(lambda text: normalize("NFC", text).strip())
VALUES = st.recursive(
    TEXTS,
    lambda inner: (
        st.dictionaries(
            NAMES.filter(lambda name: ":" not in name and name not in _NO_DATA),
            inner,
            min_size=1,
            max_size=3,
        )
        | st.lists(inner, min_size=2, max_size=3).filter(
            lambda values: not any(isinstance(one, list) for one in values)
        )
    ),
    max_leaves=8,
)


def document(*events: dict[str, Any], context: Any = None) -> dict[str, Any]:
    return {
        "@context": context if context is not None else [STANDARD, VN],
        "creationDate": "2026-03-01T08:00:00Z",
        "epcisBody": {
            "queryResults": {
                "queryName": "SimpleEventQuery",
                "resultsBody": {"eventList": list(events)},
            }
        },
    }


def back(xml: bytes) -> list[dict[str, Any]]:
    events = check_events(read_xml_document(xml), NOW)
    bodies = []
    for one in events:
        assert isinstance(one, Event), one
        bodies.append(one.body)
    return bodies


def recorded(raw: dict[str, Any]) -> dict[str, Any]:
    (body,) = back(write_query_document(document({**raw, "eventID": "urn:x:1"})))
    return {name: value for name, value in body.items() if name not in ("@context", "eventID")}


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_events_come_back_as_they_were(kind: str) -> None:
    raw = event(kind)
    assert recorded(raw) == raw


@given(st.dictionaries(NAMES.filter(bool), VALUES, max_size=4))
def test_extensions_come_back_as_they_were(extensions: dict[str, Any]) -> None:
    raw = event(**{f"vn:{quote(name, safe=_PCHAR)}": value for name, value in extensions.items()})
    assert recorded(raw) == raw


def test_reading_and_writing_again_changes_nothing() -> None:
    first = read(
        "<ex:a ex:b='1'>2</ex:a><ex:c><d>1</d><d>2</d></ex:c>", more='xmlns:ex="http://e/"'
    )
    first["eventID"] = "urn:x:1"
    xml = write_query_document(document(first, context=STANDARD))
    (again,) = read_xml_document(xml).events
    assert again == first


@pytest.mark.parametrize(("as_urn", "word"), [
    (True, b"urn:epcglobal:cbv:bizstep:packing"),
    (False, b"https://ref.gs1.org/cbv/BizStep-packing"),
])  # fmt: skip
def test_words_spelled_as_wanted(as_urn: bool, word: bytes) -> None:
    xml = write_query_document(document(event()), as_urn=as_urn)
    assert b"<bizStep>" + word + b"</bizStep>" in xml


def test_what_only_json_can_say_is_said_as_near_as_xml_comes() -> None:
    raw = event(
        **{
            "vn:number": 1e-7,
            "vn:true": True,
            "vn:outer": {"nothing": None},
            "vn:nested": [["a"], ["b"]],
            "vn:control": "a\u0000b\u001fc",
            "https://other.example/ns#name": "x",
            "vn:%FF": "odd",
        }
    )
    root = etree.fromstring(write_query_document(document(raw)))
    found = {
        child.tag.rpartition("}")[2]: child.text
        for child in root.iter()
        if "epcis/" in child.tag or "other" in child.tag or child.tag == "nothing"
    }
    assert found["number"] == "0.0000001"
    assert found["true"] == "true"
    assert found["nothing"] is None
    assert found["control"] == "a\ufffdb\ufffdc"
    assert found["name"] == "x"


@pytest.mark.parametrize(
    "meaning", ["not a uri at all", "http://ví dụ/", {"@id": "http://x/"}, {"@id": 5}, 7, "", None]
)
def test_odd_contexts_are_no_bug(meaning: Any) -> None:
    raw = event(**{"xx:a": "1", "xmlish:b": "2", "a+b:c": "3"})
    context = [STANDARD, {"xx": meaning, "xmlish": "http://y/", "a+b": "http://z/"}]
    root = etree.fromstring(write_query_document(document(raw, context=context)))
    assert [child.text for child in root.iter() if child.tag.endswith("}a")] == ["1"]


def test_event_of_one_s_own_type() -> None:
    raw = {
        "type": "vn:Inspection",
        "eventTime": "2026-03-12T11:00:00+07:00",
        "eventTimeZoneOffset": "+07:00",
        "vn:by": "Sở Y tế",
    }
    assert recorded(raw) == raw
