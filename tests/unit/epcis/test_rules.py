"""One violation at a time: the right code at the right place, and what is odd but allowed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.epcis import (
    BOTTLE,
    CASE,
    EVENT_TYPES,
    GTIN,
    LOT,
    checked,
    event,
    fault,
    place_of,
)

BAD_ITEM = f"https://id.gs1.org/01/{GTIN[:-1]}9/21/A"
LATE = "2026-03-12T11:06:00+07:00"
TIME = "2026-03-12T11:00:00+07:00"


def sensors(report: dict[str, Any], metadata: dict[str, Any] | None = None) -> list[Any]:
    element: dict[str, Any] = {"sensorReport": [{"type": "Temperature", **report}]}
    return [element if metadata is None else {"sensorMetadata": metadata, **element}]


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_event_of_each_type_accepted(kind: str) -> None:
    assert checked(event(kind)).type == kind


VIOLATIONS: list[tuple[dict[str, Any], str, str]] = [
    # Beyond the schema
    (event("AggregationEvent", parentID=None), "epcis-parent-missing", "/parentID"),
    (
        event("AggregationEvent", action="DELETE", parentID=None),
        "epcis-parent-missing",
        "/parentID",
    ),
    (
        event(sensorElementList=sensors({"time": LATE})),
        "epcis-sensor-time-late",
        "/sensorElementList/0/sensorReport/0/time",
    ),
    (
        event(sensorElementList=sensors({}, {"time": LATE})),
        "epcis-sensor-time-late",
        "/sensorElementList/0/sensorMetadata/time",
    ),
    (
        event(sensorElementList=sensors({"deviceID": "urn:x:1"}, {"deviceID": "urn:x:1"})),
        "epcis-attribute-repeated",
        "/sensorElementList/0/sensorReport/0/deviceID",
    ),
    (event(epcList=[BOTTLE, BAD_ITEM]), "gs1-check-digit-wrong", "/epcList/1"),
    (event(epcList=["urn:epc:id:sgtin:9521234.0105.1"]), "epc-urn-malformed", "/epcList/0"),
    (event(readPoint={"id": CASE[:-1] + "4"}), "gs1-check-digit-wrong", "/readPoint/id"),
    (event(epcList=[LOT]), "epcis-class-in-epc-list", "/epcList/0"),
    (
        event(epcList=["urn:epc:class:lgtin:9521234.000105.L"]),
        "epcis-class-in-epc-list",
        "/epcList/0",
    ),
    (
        event("AggregationEvent", childEPCs=["urn:epc:idpat:sgtin:9521234.000105.*"]),
        "epcis-class-in-epc-list",
        "/childEPCs/0",
    ),
    (
        event("TransformationEvent", outputEPCList=[f"https://id.gs1.org/01/{GTIN}"]),
        "epcis-class-in-epc-list",
        "/outputEPCList/0",
    ),
    (event(**{"xx:tau": "TH-1"}), "epcis-prefix-undeclared", "/xx:tau"),
    (event(ilmd={"xx:tau": "TH-1"}), "epcis-prefix-undeclared", "/ilmd/xx:tau"),
    (
        event(**{"vn:a": [{"vn:b": {"xx:c/d": 1}}]}),
        "epcis-prefix-undeclared",
        "/vn:a/0/vn:b/xx:c~1d",
    ),
    (
        event(quantityList=[{"epcClass": LOT, "quantity": -0.5}]),
        "epcis-quantity-negative",
        "/quantityList/0/quantity",
    ),
    # The shape
    (event(eventTimeZoneOffset=None), "epcis-field-missing", "/eventTimeZoneOffset"),
    (event(action=None), "epcis-field-missing", "/action"),
    (event(type="ObjectEvents"), "epcis-word-unknown", "/type"),
    (event(type=None), "epcis-field-missing", "/type"),
    (event(type=7), "epcis-field-malformed", "/type"),
    (event(type="xx:Own"), "epcis-prefix-undeclared", "/type"),
    (event(eventTime="2026-03-12T11:00:00"), "epcis-time-malformed", "/eventTime"),
    (event(eventTime="2026-02-30T11:00:00Z"), "epcis-time-malformed", "/eventTime"),
    (event(eventTime="2026-03-12T24:00:00Z"), "epcis-time-malformed", "/eventTime"),
    (event(eventTime=1772404800), "epcis-time-malformed", "/eventTime"),
    (event(eventTimeZoneOffset="+15:00"), "epcis-field-malformed", "/eventTimeZoneOffset"),
    (event(eventID="my event"), "epcis-uri-malformed", "/eventID"),
    (event(eventID="urn:x:" + "a" * 1100), "identifier-too-long", "/eventID"),
    (event(bizStep="urn:x:" + "a" * 1100), "identifier-too-long", "/bizStep"),
    (event(type="urn:x:" + "a" * 1100), "identifier-too-long", "/type"),
    (
        event("TransformationEvent", transformationID="urn:x:" + "a" * 1100),
        "identifier-too-long",
        "/transformationID",
    ),
    (event(bizStep="transforming"), "epcis-word-unknown", "/bizStep"),
    (event(bizStep="urn:epcglobal:cbv:bizstep:packing"), "epcis-word-unknown", "/bizStep"),
    (event(disposition="in_transport"), "epcis-word-unknown", "/disposition"),
    (event(weight=5), "epcis-field-unknown", "/weight"),
    (event(_comment="x"), "epcis-field-unknown", "/_comment"),
    (event(ilmd={"material": "soil"}), "epcis-field-unknown", "/ilmd/material"),
    (event(action="OBSERVE", ilmd={"vn:a": 1}), "epcis-action-conflict", "/ilmd"),
    (event(epcList=None), "epcis-items-missing", "/epcList"),
    (event(epcList=[BOTTLE, BOTTLE]), "epcis-item-repeated", "/epcList/1"),
    (event(epcList="x"), "epcis-field-malformed", "/epcList"),
    (event(epcList=[7]), "epcis-uri-malformed", "/epcList/0"),
    (event(epcList=["no uri"]), "epcis-uri-malformed", "/epcList/0"),
    (event(readPoint={}), "epcis-field-missing", "/readPoint/id"),
    (event(readPoint="x"), "epcis-field-malformed", "/readPoint"),
    (event(persistentDisposition={}), "epcis-field-missing", "/persistentDisposition"),
    (
        event(persistentDisposition={"set": []}),
        "epcis-field-malformed",
        "/persistentDisposition/set",
    ),
    (
        event(quantityList=[{"epcClass": LOT, "quantity": "5"}]),
        "epcis-field-malformed",
        "/quantityList/0/quantity",
    ),
    (
        event(quantityList=[{"epcClass": LOT, "quantity": True}]),
        "epcis-field-malformed",
        "/quantityList/0/quantity",
    ),
    (
        event(quantityList=[{"epcClass": LOT, "uom": "kg"}]),
        "epcis-field-malformed",
        "/quantityList/0/uom",
    ),
    (event(quantityList=[{"quantity": 5}]), "epcis-field-missing", "/quantityList/0/epcClass"),
    (
        event(quantityList=[{"epcClass": LOT, "weight": 5}]),
        "epcis-field-unknown",
        "/quantityList/0/weight",
    ),
    (
        event(sourceList=[{"type": "owner", "source": CASE}]),
        "epcis-word-unknown",
        "/sourceList/0/type",
    ),
    (
        event(sourceList=[{"type": "location"}]),
        "epcis-field-missing",
        "/sourceList/0/source",
    ),
    (
        event(sensorElementList=[{"sensorReport": []}]),
        "epcis-field-malformed",
        "/sensorElementList/0/sensorReport",
    ),
    (
        event(sensorElementList=sensors({"type": "Heat"})),
        "epcis-word-unknown",
        "/sensorElementList/0/sensorReport/0/type",
    ),
    (
        event(sensorElementList=sensors({"hexBinaryValue": "xyz"})),
        "epcis-field-malformed",
        "/sensorElementList/0/sensorReport/0/hexBinaryValue",
    ),
    (
        event(errorDeclaration={"reason": "incorrect_data"}),
        "epcis-field-missing",
        "/errorDeclaration/declarationTime",
    ),
    (
        event(errorDeclaration={"declarationTime": TIME, "reason": "typo"}),
        "epcis-word-unknown",
        "/errorDeclaration/reason",
    ),
    (event("AggregationEvent", childEPCs=None), "epcis-children-missing", "/childEPCs"),
    (event("AssociationEvent", parentID=None), "epcis-field-missing", "/parentID"),
    (event("AssociationEvent", childEPCs=[]), "epcis-children-missing", "/childEPCs"),
    (
        event("TransactionEvent", bizTransactionList=[]),
        "epcis-field-malformed",
        "/bizTransactionList",
    ),
    (event("TransactionEvent", epcList=None), "epcis-items-missing", "/epcList"),
    (
        event("TransactionEvent", bizTransactionList=[{"type": "po"}]),
        "epcis-field-missing",
        "/bizTransactionList/0/bizTransaction",
    ),
    (event("TransformationEvent", outputEPCList=None), "epcis-items-missing", "/outputEPCList"),
    (
        event("TransformationEvent", inputQuantityList=None),
        "epcis-items-missing",
        "/inputEPCList",
    ),
    (event("TransformationEvent", action="ADD"), "epcis-field-unknown", "/action"),
    (event(bizStep=7), "epcis-word-unknown", "/bizStep"),
    (event(action=["ADD"]), "epcis-field-malformed", "/action"),
    (event(type="vn:Own", **{"vn:a": {"xx:b": 1}}), "epcis-prefix-undeclared", "/vn:a/xx:b"),
    (event(**{"vn:a": {"@context": 7}}), "epcis-context-malformed", "/vn:a/@context"),
    (
        event("TransformationEvent", inputQuantityList=None, outputEPCList=None),
        "epcis-items-missing",
        "/inputEPCList",
    ),
    (event(**{"@context": 7}), "epcis-context-malformed", "/@context"),
    (event(**{"@context": [{"a": "urn:a:"}, "x y"]}), "epcis-context-malformed", "/@context/1"),
]


@pytest.mark.parametrize(
    ("raw", "code", "pointer"), VIOLATIONS, ids=[f"{code}{at}" for _, code, at in VIOLATIONS]
)
def test_event_one_violation_refused_at_its_place(
    raw: dict[str, Any], code: str, pointer: str
) -> None:
    found = fault(raw)
    assert (found.code, place_of(found)) == (code, pointer)
    assert found.advice
    assert found.detail


@pytest.mark.parametrize(
    "raw",
    [
        event("AggregationEvent", action="DELETE", childEPCs=None),
        event("AggregationEvent", action="OBSERVE", parentID=None),
        event("AssociationEvent", action="DELETE", childEPCs=None),
        event("TransactionEvent", action="DELETE", epcList=None),
        event(quantityList=[{"epcClass": LOT}]),
        event(quantityList=[{"epcClass": LOT, "quantity": 0}]),
        event(quantityList=[{"epcClass": LOT, "quantity": 1.5, "uom": "KGM"}]),
        event(epcList=[]),
        event(epcList=None, sensorElementList=sensors({"value": 4, "uom": "CEL"})),
        event(bizStep="https://ref.gs1.org/cbv/BizStep-packing"),
        event(bizStep="https://ns.thanhhoa.example/buoc/phun-thuoc"),
        event(bizStep="vn:phun-thuoc"),
        event(epcList=["https://nongsan.example/lo/2026-01"]),
        event(epcList=["urn:epc:id:gid:952056.2718.1414"]),
        event(bizTransactionList=[{"bizTransaction": "https://shop.example/orders/00/42"}]),
        event(certificationInfo=["https://x.example/1", "https://x.example/2"]),
        event(persistentDisposition={"unset": ["completeness_inferred"]}),
        event("TransformationEvent", outputEPCList=None, transformationID="urn:x:1"),
        event("TransformationEvent", transformationID="https://id.gs1.org/batch/7"),
        event("AggregationEvent", childEPCs=None, childQuantityList=[{"epcClass": LOT}]),
        event(**{"https://ns.example/full": 1, "gs1:a": 1, "cbvmda:b": 1, "urn:x:y": 1}),
        event(ilmd={"vn:a": {"bare inside": "is free"}}),
        event(**{"@context": {"own": "https://own.example/"}, "own:a": {"own:b": 1}}),
        event(**{"vn:a": {"@context": {"own": "https://own.example/"}, "own:b": 1}}),
        event(type="vn:KiemTra", anything={"x": 1}),
        event(eventTime="2026-03-12t04:00:00.123456789z"),
    ],
)
def test_event_unusual_but_allowed_accepted(raw: dict[str, Any]) -> None:
    assert checked(raw)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("ObjectEvent", "epcList"),
        ("TransformationEvent", "inputEPCList"),
        ("TransformationEvent", "outputEPCList"),
    ],
)
def test_one_item_in_two_spellings_warned_of(kind: str, name: str) -> None:
    urn = "urn:epc:id:sgtin:9521234.000105.NMBL0001"
    assert fault(event(kind, **{name: [BOTTLE, CASE, BOTTLE]})).code == "epcis-item-repeated"
    for other in (urn, BOTTLE.replace("id.gs1.org", "brand.example/x")):
        (warning,) = checked(event(kind, **{name: [BOTTLE, CASE, other]})).warnings
        assert warning.startswith(f"{name}/2: ")
        assert "stands twice" in warning
    assert checked(event(kind, **{name: [BOTTLE, CASE]})).warnings == ()


@pytest.mark.parametrize("item", [BOTTLE, "urn:epc:id:sgtin:9521234.000105.NMBL0001", CASE])
def test_item_in_a_quantity_list_refused(item: str) -> None:
    found = fault(event(quantityList=[{"epcClass": LOT}, {"epcClass": item}]))
    assert found.code == "epcis-item-in-quantity-list"
    assert place_of(found) == "/quantityList/1/epcClass"


def test_sensor_clock_a_little_ahead_accepted_with_warning() -> None:
    late = "2026-03-12T11:05:00+07:00"
    found = checked(event(sensorElementList=sensors({"time": late}, {})))
    assert found.warnings == (f"the sensor's time {late} is a little after the event's",)


def test_event_time_in_future_accepted_with_warning() -> None:
    assert checked(event(eventTime="2026-11-24T00:05:00Z")).warnings == ()
    (warning,) = checked(event(eventTime="2026-11-24T00:05:01Z")).warnings
    assert "future" in warning
