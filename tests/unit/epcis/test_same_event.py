from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from ledger.epcis.document import check_events
from ledger.epcis.event_hash import hash_event
from ledger.epcis.same_event import is_same_event
from ledger.epcis.xml_document import read_xml_document
from tests.support.epcis import BOTTLE, CASE, LOT, NOW, STANDARD, VN, checked, event
from tests.unit.epcis.test_properties import events
from tests.unit.epcis.test_xml_document import document as xml_document

URN = "urn:epc:id:sgtin:9521234.000105.NMBL0001"


def recorded(raw: dict[str, Any], context: Any = None) -> dict[str, Any]:
    return checked({"@context": context or [STANDARD, VN], **raw}).body


def packing(**changes: Any) -> dict[str, Any]:
    return event(
        **{
            "epcList": [BOTTLE, CASE],
            "quantityList": [
                {"epcClass": LOT, "quantity": 6, "uom": "LTR"},
                {"epcClass": f"{LOT}A", "quantity": 0.5, "uom": "LTR"},
            ],
            "sensorElementList": [
                {
                    "sensorMetadata": {"time": "2026-03-12T04:00:00Z", "vn:kho": "2"},
                    "sensorReport": [{"type": "Temperature", "value": 4.5, "uom": "CEL"}],
                }
            ],
            "vn:a": {"vn:b": 1.5, "vn:c": ["x", "y"]},
            "vn:lot": "00123",
            **changes,
        }
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"eventTime": "2026-03-12T04:00:00Z"},
        {"eventTime": "2026-03-12T11:00:00.000+07:00"},
        {"epcList": [CASE, URN]},
        {"epcList": ["https://brand.example/x/01/09521234001058/21/NMBL0001", CASE]},
        {"bizStep": "https://ref.gs1.org/cbv/BizStep-packing"},
        {"bizStep": "cbv:BizStep-packing"},
        {"vn:a": {"vn:b": "1.50", "vn:c": ["x", "y"]}},
        {"vn:a": [{"vn:b": 1.5, "vn:c": ["x", "y"]}]},
        {"recordTime": "2026-03-12T04:00:00Z"},
        {"sourceList": []},
    ],
)
def test_other_spellings_are_the_same_event(changes: dict[str, Any]) -> None:
    one, other = recorded(packing()), recorded(packing(**changes))
    assert is_same_event(one, {**other, "eventID": one["eventID"]})


def test_another_prefix_of_one_namespace_is_the_same_event() -> None:
    one = recorded(packing())
    text = packing()
    sensor = text["sensorElementList"][0]["sensorMetadata"]
    sensor["x:kho"] = sensor.pop("vn:kho")
    text["x:a"] = {name.replace("vn:", "x:"): value for name, value in text.pop("vn:a").items()}
    text["x:lot"] = text.pop("vn:lot")
    other = recorded(text, [STANDARD, {"x": VN["vn"]}])
    assert other["eventID"] == one["eventID"], "the hash knows it too"
    assert is_same_event(one, other)
    foreign = recorded(text, [STANDARD, {"x": "https://else.example/"}])
    assert not is_same_event(one, {**foreign, "eventID": one["eventID"]})


@pytest.mark.parametrize(
    "changes",
    [
        {"eventTime": "2026-03-12T11:00:00.0000001+07:00"},
        {"eventTimeZoneOffset": "+00:00", "eventTime": "2026-03-12T04:00:00Z"},
        {"epcList": [BOTTLE]},
        {"epcList": [f"{BOTTLE}?17=270101", CASE]},
        {"bizStep": "shipping"},
        {"vn:lot": "123"},
        {"vn:lot": 123},
        {"vn:lot": "00123 "},
        {"vn:a": {"vn:b": 1.5, "vn:c": ["y", "x"]}},
        {"vn:a": {"vn:b": True, "vn:c": ["x", "y"]}},
        {"rdfs:comment": "the hash passes over this"},
        {"vn:d": "more"},
    ],
)
def test_anything_said_otherwise_is_another_event(changes: dict[str, Any]) -> None:
    one, other = recorded(packing()), recorded(packing(**changes))
    assert not is_same_event(one, {**other, "eventID": one["eventID"]})
    assert not is_same_event({**other, "eventID": one["eventID"]}, one)


def test_xml_is_the_same_event_as_its_json() -> None:
    xml = """<ObjectEvent xmlns:q="https://ns.thanhhoa.example/epcis/">
      <eventTime>2026-03-12T11:00:00.000+07:00</eventTime>
      <eventTimeZoneOffset>+07:00</eventTimeZoneOffset>
      <epcList><epc>urn:epc:id:sgtin:9521234.000105.NMBL0001</epc></epcList>
      <action>ADD</action>
      <bizStep>urn:epcglobal:cbv:bizstep:packing</bizStep>
      <readPoint><id>urn:epc:id:sgln:9521234.00013.0</id></readPoint>
      <q:note>2.50</q:note>
    </ObjectEvent>"""
    (read,) = check_events(read_xml_document(xml_document(xml)), NOW)
    assert not isinstance(read, Exception), read
    said = event(**{"vn:note": 2.5, "readPoint": {"id": "https://id.gs1.org/414/9521234000136"}})
    one = recorded(said)
    assert read.event_id == one["eventID"]
    assert read.body != one
    assert is_same_event(read.body, one)
    assert not is_same_event(read.body, {**one, "vn:note": 2.51})


@given(events())
def test_order_that_says_nothing_makes_no_other_event(raw: dict[str, Any]) -> None:
    one = checked(raw).body
    turned = {
        name: value[::-1] if name.endswith(("List", "EPCs")) else value
        for name, value in reversed(one.items())
    }
    assert is_same_event(one, turned)
    assert hash_event(one) == hash_event(turned)
    assert not is_same_event(one, {**turned, "vn:more": "1"})
