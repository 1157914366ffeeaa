"""One event element in, the JSON form out."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.epcis.xml_document import read_xml_document
from ledger.epcis.xml_event import MAX_DEPTH
from ledger.errors import InvalidInput
from tests.unit.epcis.test_xml_document import document

HEAD = (
    "<eventTime>2026-03-01T08:00:00+07:00</eventTime>"
    "<eventTimeZoneOffset>+07:00</eventTimeZoneOffset>"
)
NAMESPACES = 'xmlns:ex="http://example.com/" xmlns:cbvmda="urn:epcglobal:cbv:mda"'


def read(inner: str, kind: str = "ObjectEvent", more: str = NAMESPACES) -> dict[str, Any]:
    (event,) = read_xml_document(
        document(f"<{kind} {more}>{HEAD}{inner}</{kind}>"), ordered=False
    ).events
    if isinstance(event, InvalidInput):
        raise event
    assert isinstance(event, dict)
    return event


@pytest.mark.parametrize(
    ("field", "text", "bare"),
    [
        ("bizStep", "urn:epcglobal:cbv:bizstep:shipping", "shipping"),
        ("bizStep", "https://ref.gs1.org/cbv/BizStep-shipping", "shipping"),
        ("bizStep", "cbv:BizStep-shipping", "shipping"),
        ("bizStep", "urn:epcglobal:cbv:bizstep:flying", "flying"),  # refused by the checks
        ("bizStep", "https://ref.gs1.org/cbv/BizStep-flying",
         "https://ref.gs1.org/cbv/BizStep-flying"),
        ("bizStep", "http://example.com/step", "http://example.com/step"),
        ("disposition", "urn:epcglobal:cbv:disp:in_transit", "in_transit"),
        ("action", " ADD\n", "ADD"),
    ],
)  # fmt: skip
def test_words_become_bare(field: str, text: str, bare: str) -> None:
    assert read(f"<{field}>{text}</{field}>")[field] == bare


def test_lists_lose_their_wrappers() -> None:
    event = read(
        "<epcList><epc>urn:a:1</epc><epc>urn:a:2</epc></epcList>"
        "<quantityList><quantityElement><epcClass>urn:c:1</epcClass><quantity>200.0</quantity>"
        "<uom>KGM</uom></quantityElement><quantityElement><epcClass>urn:c:2</epcClass>"
        "</quantityElement></quantityList>"
        "<bizTransactionList><bizTransaction type='urn:epcglobal:cbv:btt:po'>urn:b:1"
        "</bizTransaction><bizTransaction>urn:b:2</bizTransaction></bizTransactionList>"
        "<sourceList><source type='urn:epcglobal:cbv:sdt:location'>urn:s:1</source></sourceList>"
        "<persistentDisposition><unset>urn:epcglobal:cbv:disp:damaged</unset>"
        "<set>urn:epcglobal:cbv:disp:expired</set></persistentDisposition>"
    )
    assert event["epcList"] == ["urn:a:1", "urn:a:2"]
    assert event["quantityList"] == [
        {"epcClass": "urn:c:1", "quantity": 200, "uom": "KGM"},
        {"epcClass": "urn:c:2"},
    ]
    assert event["bizTransactionList"] == [
        {"type": "po", "bizTransaction": "urn:b:1"},
        {"bizTransaction": "urn:b:2"},
    ]
    assert event["sourceList"] == [{"type": "location", "source": "urn:s:1"}]
    assert event["persistentDisposition"] == {"unset": ["damaged"], "set": ["expired"]}


def test_sensor_attributes_become_typed_members() -> None:
    event = read(
        "<sensorElementList><sensorElement><sensorMetadata time='2026-03-01T08:00:00Z' ex:m='1'/>"
        "<sensorReport type='gs1:Temperature' value='26.0' uom='CEL' booleanValue='true'"
        " component='cbv:Comp-x' ex:cv='123'/><sensorReport type='gs1:Happiness'/>"
        "<ex:more><ex:a>1</ex:a></ex:more></sensorElement></sensorElementList>"
    )
    (element,) = event["sensorElementList"]
    assert element["sensorMetadata"] == {"time": "2026-03-01T08:00:00Z", "ex:m": "1"}
    assert element["sensorReport"] == [
        {
            "type": "Temperature", "value": 26, "uom": "CEL", "booleanValue": True,
            "component": "x", "ex:cv": "123",
        },
        {"type": "gs1:Happiness"},
    ]  # fmt: skip
    assert element["ex:more"] == {"ex:a": "1"}


def test_extensions_become_members_and_repeated_ones_lists() -> None:
    event = read(
        "<ilmd><cbvmda:lotNumber>A1</cbvmda:lotNumber></ilmd>"
        "<ex:one> 1 </ex:one><ex:many>1</ex:many><ex:many><ex:in>2</ex:in></ex:many>"
        "<ex:weight unit='KGM'>3.5</ex:weight><ex:none/><ex:bare><tag>t</tag></ex:bare>"
    )
    assert event["ilmd"] == {"cbvmda:lotNumber": "A1"}
    assert event["ex:one"] == "1"
    assert event["ex:many"] == ["1", {"ex:in": "2"}]
    assert event["ex:weight"] == {"unit": "KGM", "#text": "3.5"}
    assert event["ex:none"] == ""
    assert event["ex:bare"] == {"tag": "t"}
    assert event["@context"] == {"ex": "http://example.com/"}


def test_prefix_with_two_meanings_is_told_apart() -> None:
    event = read("<ex:a>1</ex:a><b xmlns='http://b/'>2</b><ex:a xmlns:ex='http://other/'>3</ex:a>")
    context = event["@context"]
    meant = {f"{context[name.split(':')[0]]}|{name.split(':')[1]}": value
             for name, value in event.items() if ":" in name}  # fmt: skip
    assert meant == {
        "http://example.com/|a": "1",
        "http://b/|b": "2",
        "http://other/|a": "3",
    }


def test_prefixes_json_cannot_say_are_renamed() -> None:
    event = read(
        "<_x:a>1</_x:a><urn:b>2</urn:b><gs1:c>3</gs1:c>",
        more='xmlns:_x="http://x/" xmlns:urn="http://u/" xmlns:gs1="http://not.gs1/"',
    )
    assert sorted(event["@context"].values()) == ["http://not.gs1/", "http://u/", "http://x/"]
    assert not {"_x", "urn", "gs1"} & event["@context"].keys()


def test_vietnamese_names_become_uris() -> None:
    event = read("<ex:tên>Ba Làng</ex:tên>")
    assert event["ex:t%C3%AAn"] == "Ba Làng"


def test_older_documents_keep_fields_in_wrappers() -> None:
    event = read(
        "<baseExtension><eventID>urn:e:1</eventID><errorDeclaration><declarationTime>"
        "2026-03-02T08:00:00Z</declarationTime><reason>urn:epcglobal:cbv:er:did_not_occur</reason>"
        "<correctiveEventIDs><correctiveEventID>urn:e:2</correctiveEventID></correctiveEventIDs>"
        "<ex:why>x</ex:why></errorDeclaration></baseExtension><extension><quantityList/>"
        "<extension><ilmd><ex:a>1</ex:a></ilmd></extension></extension>"
    )
    assert event["eventID"] == "urn:e:1"
    assert event["errorDeclaration"] == {
        "declarationTime": "2026-03-02T08:00:00Z",
        "reason": "did_not_occur",
        "correctiveEventIDs": ["urn:e:2"],
        "ex:why": "x",
    }
    assert event["quantityList"] == []
    assert event["ilmd"] == {"ex:a": "1"}


def test_event_of_one_s_own_type() -> None:
    event = read("<ex:a>1</ex:a>", kind="ex:MyEvent")
    assert event["type"] == "ex:MyEvent"


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        ("<action>ADD</action><action>ADD</action>", "epcis-item-repeated"),
        ("<action><b/></action>", "epcis-field-malformed"),
        ("<epcList><epcs>urn:a:1</epcs></epcList>", "epcis-field-unknown"),
        ("<epcList>urn:a:1</epcList>", "epcis-field-malformed"),
        ("<epcList><epc>urn:a:1</epc>, and more</epcList>", "epcis-field-malformed"),
        ("<ex:a><ex:b/>text</ex:a>", "epcis-field-malformed"),
        ("text<action>ADD</action>", "epcis-field-malformed"),
    ],
)
def test_what_json_would_lose_is_refused_with_its_line(inner: str, code: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        read(inner)
    assert raised.value.code == code
    assert raised.value.detail.startswith("line ")


@pytest.mark.parametrize(
    "text", ["INF", "NaN", "1e999", "99999999999999999999", "1,5", "0x1", "", "٣"]
)
def test_numbers_json_has_not_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        read(
            "<quantityList><quantityElement><epcClass>urn:c:1</epcClass>"
            f"<quantity>{text}</quantity></quantityElement></quantityList>"
        )
    assert raised.value.code == "epcis-field-malformed"


def test_extension_as_deep_as_allowed_is_read() -> None:
    def nested(levels: int) -> str:
        return "<ex:a>" * levels + "1" + "</ex:a>" * levels

    assert read(nested(MAX_DEPTH))["ex:a"]
    with pytest.raises(InvalidInput) as raised:
        read(nested(MAX_DEPTH + 1))
    assert raised.value.code == "xml-depth-exceeded"
