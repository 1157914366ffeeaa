"""Every query parameter finds what it names and leaves what it does not."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.epcis.query import Query
from tests.support.epcis import BOTTLE, CASE, GTIN, LOT, PLACE, checked, event

NS = "https://ns.thanhhoa.example/epcis/"
PO = "https://shop.example/po/1"
OWNER = "https://id.gs1.org/417/9521234000211"
DEVICE = "https://id.gs1.org/8004/9521234SENSOR1"
BACTERIA = "https://www.ncbi.nlm.nih.gov/taxonomy/1126011"
SUBSTANCE = "https://identifiers.org/inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N"
URN_BOTTLE = "urn:epc:id:sgtin:9521234.000105.NMBL0001"

FULL: dict[str, Any] = {
    "eventID": "urn:uuid:0b8b2b5e-0000-4000-8000-000000000001",
    "disposition": "in_transit",
    "bizLocation": {"id": f"{PLACE}/254/BE05", "vn:floor": 3},
    "persistentDisposition": {"set": ["recalled"], "unset": ["available"]},
    "quantityList": [{"epcClass": LOT, "quantity": 6.5, "uom": "KGM"}, {"epcClass": LOT}],
    "bizTransactionList": [{"type": "po", "bizTransaction": PO}, {"bizTransaction": f"{PO}/x"}],
    "sourceList": [{"type": "owning_party", "source": OWNER}],
    "destinationList": [{"type": "location", "destination": PLACE}],
    "ilmd": {"vn:grade": "A", "vn:batch": {"vn:salt": 12, "vn:made": "2026-03-01T00:00:00Z"}},
    "errorDeclaration": {
        "declarationTime": "2026-03-13T00:00:00Z",
        "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:uuid:0b8b2b5e-0000-4000-8000-000000000002"],
        "vn:who": "QA",
    },
    "vn:tank": {"vn:number": 7, "unit": "no"},
    "vn:tags": ["red", "blue"],
    "vn:due": "2026-05-01T08:00:00+07:00",
    "vn:ok": True,
    "sensorElementList": [
        {
            "sensorMetadata": {
                "time": "2026-03-12T03:50:00Z",
                "startTime": "2026-03-12T03:00:00Z",
                "endTime": "2026-03-12T03:45:00Z",
                "deviceID": DEVICE,
                "bizRules": "https://example.org/rules/1",
                "vn:lot": "M1",
            },
            "sensorReport": [
                {
                    "type": "Temperature",
                    "value": 4,
                    "minValue": 2.5,
                    "maxValue": 6,
                    "meanValue": 4.1,
                    "sDev": 1,
                    "uom": "CEL",
                    "vn:probe": "P1",
                },
                {"type": "gs1:RelativeHumidity", "value": 85, "uom": "P1", "component": "x"},
                {
                    "type": "RelativeHumidity",
                    "percRank": 50,
                    "percValue": 30,
                    "uom": "P1",
                    "dataProcessingMethod": "https://example.org/method/1",
                    "microorganism": BACTERIA,
                    "chemicalSubstance": SUBSTANCE,
                    "stringValue": "sound",
                    "booleanValue": True,
                    "hexBinaryValue": "F0F0",
                    "uriValue": "https://example.org/u",
                    "exception": "ALARM_CONDITION",
                },
            ],
            "vn:element": "E1",
        }
    ],
}
AGGREGATION = {"childQuantityList": [{"epcClass": LOT, "quantity": 2, "uom": "LTR"}]}
TRANSFORMATION = {
    "inputEPCList": [CASE],
    "transformationID": "https://id.gs1.org/8004/9521234CHUOP",
    "outputQuantityList": [{"epcClass": f"https://id.gs1.org/01/{GTIN}", "quantity": 1}],
}


def recorded(kind: str = "ObjectEvent", **changes: Any) -> dict[str, Any]:
    """An event as it is matched: recorded, with its recordTime."""
    return {**checked(event(kind, **changes)).body, "recordTime": "2026-03-20T00:00:00.000Z"}


OBJECT = recorded(**{**FULL, "ilmd": FULL["ilmd"]})
AGGREGATED = recorded("AggregationEvent", **AGGREGATION)
TRANSFORMED = recorded("TransformationEvent", **TRANSFORMATION)
OWN_TYPE = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    "type": "https://example.org/Mine",
    "eventTime": "2026-03-12T11:00:00+07:00",
    "recordTime": "2026-03-20T00:00:00.000Z",
    "bizStep": "packing",
    "readPoint": {"id": PLACE},
    "eventID": "urn:uuid:9",
}

FOUND_AND_NOT: list[tuple[str, Any, Any]] = [
    ("eventType", ["AggregationEvent", "ObjectEvent"], "TransactionEvent"),
    ("GE_eventTime", "2026-03-12T04:00:00Z", "2026-03-12T04:00:00.001Z"),
    ("LT_eventTime", "2026-03-12T04:00:00.001Z", "2026-03-12T04:00:00Z"),
    ("GE_recordTime", "2026-03-20T07:00:00+07:00", "2026-03-20T00:00:01Z"),
    ("LT_recordTime", "2026-03-20T00:00:00.001Z", "2026-03-20T00:00:00Z"),
    ("EQ_action", ["ADD", "DELETE"], ["OBSERVE", "DELETE"]),
    ("EQ_bizStep", "https://ref.gs1.org/cbv/BizStep-packing", "shipping"),
    ("EQ_bizStep", "urn:epcglobal:cbv:bizstep:packing", "https://example.org/packing"),
    ("EQ_disposition", ["in_transit", "active"], ["active"]),
    ("EQ_persistentDisposition_set", "recalled", "available"),
    ("EQ_persistentDisposition_unset", "available", "recalled"),
    ("EQ_readPoint", "urn:epc:id:sgln:9521234.00013.0", f"{PLACE}/254/BE05"),
    ("WD_readPoint", PLACE, f"{PLACE}/254/BE05"),
    ("EQ_bizLocation", f"{PLACE}/254/BE05", PLACE),
    ("WD_bizLocation", PLACE, "https://id.gs1.org/414/9521234000112"),
    ("WD_bizLocation", f"{PLACE}/254/BE05", f"{PLACE}/254/BE06"),
    ("EQ_bizTransaction_po", PO, f"{PO}/x"),
    ("EQ_source_owning_party", OWNER, PLACE),
    ("EQ_source_urn:epcglobal:cbv:sdt:owning_party", OWNER, PLACE),
    ("EQ_destination_location", PLACE, OWNER),
    ("MATCH_epc", [URN_BOTTLE, CASE], f"{BOTTLE}9"),
    ("MATCH_epc", f"https://brand.example/01/{GTIN}/10/L/21/NMBL0001", CASE),
    ("MATCH_epc", "urn:epc:idpat:sgtin:9521234.000105.*", "urn:epc:idpat:sgtin:9521234.000106.*"),
    ("MATCH_epc", "urn:epc:idpat:sgtin:9521234.*.*", "urn:epc:idpat:sgtin:9521235.*.*"),
    ("MATCH_epc", f"https://id.gs1.org/01/{GTIN}", "urn:epc:idpat:sscc:9521234.*"),
    ("MATCH_anyEPC", BOTTLE, LOT),
    ("MATCH_epcClass", "urn:epc:class:lgtin:9521234.000105.NM-BL-270310", f"{LOT}X"),
    ("MATCH_epcClass", "urn:epc:idpat:lgtin:9521234.000105.*", f"https://id.gs1.org/01/{GTIN}"),
    ("MATCH_anyEPCClass", LOT, BOTTLE),
    ("EQ_quantity", [1, 6.5], 6),
    ("GT_quantity", 6, "6.5"),
    ("GE_quantity", "6.50", 7),
    ("LT_quantity", 7, 6.5),
    ("LE_quantity", 6.5, 6.4),
    ("EQ_quantity_GRM", 6500, 6.5),
    ("GE_quantity_TNE", 0.0065, 0.0066),
    ("EQ_eventID", FULL["eventID"], "urn:uuid:0"),
    ("GE_errorDeclarationTime", "2026-03-13T00:00:00Z", "2026-03-14T00:00:00Z"),
    ("LT_errorDeclarationTime", "2026-03-14T00:00:00Z", "2026-03-13T00:00:00Z"),
    ("GE_errorDeclaration_Time", "2026-03-13T00:00:00Z", "2026-03-14T00:00:00Z"),
    ("EQ_errorReason", "incorrect_data", "did_not_occur"),
    (
        "EQ_correctiveEventID",
        "urn:uuid:0b8b2b5e-0000-4000-8000-000000000002",
        FULL["eventID"],
    ),
    ("GE_time", "2026-03-12T03:50:00Z", "2026-03-12T03:50:01Z"),
    ("LT_time", "2026-03-12T03:50:01Z", "2026-03-12T03:50:00Z"),
    ("GE_startTime", "2026-03-12T03:00:00Z", "2026-03-12T03:00:01Z"),
    ("LT_startTime", "2026-03-12T03:00:01Z", "2026-03-12T03:00:00Z"),
    ("GE_endTime", "2026-03-12T03:45:00Z", "2026-03-12T03:46:00Z"),
    ("LT_endTime", "2026-03-12T03:46:00Z", "2026-03-12T03:45:00Z"),
    ("EQ_type", ["https://gs1.org/voc/Temperature"], "Pressure"),
    ("EQ_deviceID", "urn:epc:id:giai:9521234.SENSOR1", f"{DEVICE}0"),
    ("EQ_dataProcessingMethod", "https://example.org/method/1", "https://example.org/method/2"),
    ("EQ_microorganism", BACTERIA, SUBSTANCE),
    ("EQ_chemicalSubstance", SUBSTANCE, BACTERIA),
    ("EQ_bizRules", "https://example.org/rules/1", "https://example.org/rules/2"),
    ("EQ_stringValue", ["noise", "sound"], "Sound"),
    ("EQ_booleanValue", "true", False),
    ("EQ_hexBinaryValue", "F0F0", "F0"),
    ("EQ_uriValue", "https://example.org/u", "https://example.org/v"),
    ("EQ_exception", "ALARM_CONDITION", "ERROR_CONDITION"),
    ("EQ_component", "x", "y"),
    ("EQ_percRank", 50, 51),
    ("GE_percRank", 50, 51),
    ("LT_percRank", 51, 50),
    ("EQ_value_KEL", 277.15, 277),
    ("GE_value_FAH", 39.2, 39.3),
    ("LT_value_CEL", 4.1, 4),
    ("GT_value_P1", 84, 85),
    ("GE_value_C62", 0.85, 0.86),
    ("GE_minValue_KEL", 275.65, 276),
    ("LE_maxValue_KEL", 279.15, 279.14),
    ("EQ_meanValue_CEL", [3, 4.1], 4),
    ("EQ_sDev_KEL", 1, 274.15),
    ("GT_percValue_P1", 29, 30),
    ("EQ_vn:tags", ["green", "blue"], "green"),
    ("EQ_vn:ok", "true", "false"),
    ("GT_vn:due", "2026-05-01T00:59:59Z", "2026-05-01T01:00:00Z"),
    ("EQ_vn:due", "2026-05-01T01:00:00Z", "2026-05-01T08:00:00Z"),
    (f"EQ_{NS}tags", "blue", "Blue"),
    ("EQ_INNER_vn:number", "7.0", 8),
    ("GE_INNER_vn:number", 7, 7.01),
    ("EQ_ILMD_vn:grade", "A", "B"),
    ("EQ_INNER_ILMD_vn:salt", 12, 13),
    ("LT_INNER_ILMD_vn:made", "2026-03-01T00:00:01Z", "2026-03-01T00:00:00Z"),
    ("EQ_ERROR_DECLARATION_vn:who", "QA", "QB"),
    ("EQ_bizLocation_vn:floor", 3, 4),
    ("EQ_SENSORELEMENT_vn:element", "E1", "E2"),
    ("EQ_SENSORMETADATA_vn:lot", "M1", "M2"),
    ("EQ_SENSORREPORT_vn:probe", "P1", "P2"),
    ("HASATTR_vn:tank", ["missing", "unit"], "missing"),
    ("EQ_ATTR_vn:tank_unit", "no", "yes"),
    ("EQATTR_vn:tank_unit", "no", "yes"),
    ("EQ_ATTR_vn:tank_vn:number", 7, 8),
]


@pytest.mark.parametrize(
    ("parameter", "fits", "misses"), FOUND_AND_NOT, ids=lambda value: str(value)[:40]
)
def test_parameter_includes_and_excludes(parameter: str, fits: Any, misses: Any) -> None:
    assert Query.from_json({parameter: fits}).matches(OBJECT)
    assert not Query.from_json({parameter: misses}).matches(OBJECT)
    # and the same read from an address
    for value, wanted in ((fits, True), (misses, False)):
        values = value if isinstance(value, list) else [value]
        text = "|".join(
            str(each).lower() if isinstance(each, bool) else str(each) for each in values
        )
        assert Query.from_url([(parameter, text)]).matches(OBJECT) is wanted


@pytest.mark.parametrize(
    "parameter",
    [
        "EXISTS_errorDeclaration",
        "EXISTS_sensorElementList",
        "EXISTS_vn:tank",
        "EXISTS_INNER_vn:number",
        "EXISTS_ILMD_vn:batch",
        "EXISTS_INNER_ILMD_vn:salt",
        "EXISTS_ERROR_DECLARATION_vn:who",
        "EXISTS_SENSORELEMENT_vn:element",
        "EXISTS_SENSORMETADATA_vn:lot",
        "EXISTS_SENSORREPORT_vn:probe",
    ],
)
def test_existence_includes_and_excludes(parameter: str) -> None:
    for wanted in (True, None, "", "true", 1):
        assert Query.from_json({parameter: wanted}).matches(OBJECT)
        assert not Query.from_json({parameter: wanted}).matches(AGGREGATED)
    assert Query.from_json({parameter: False}).matches(AGGREGATED)


@pytest.mark.parametrize(
    ("parameter", "value", "aggregated", "transformed"),
    [
        ("MATCH_epc", BOTTLE, True, False),
        ("MATCH_parentID", CASE, True, False),
        ("MATCH_inputEPC", CASE, False, True),
        ("MATCH_outputEPC", BOTTLE, False, True),
        ("MATCH_anyEPC", CASE, True, True),
        ("MATCH_epcClass", LOT, True, False),
        ("MATCH_inputEPCClass", LOT, False, True),
        ("MATCH_outputEPCClass", f"https://id.gs1.org/01/{GTIN}", False, True),
        ("MATCH_anyEPCClass", LOT, True, True),
        ("EQ_transformationID", TRANSFORMATION["transformationID"], False, True),
    ],
)
def test_identifiers_by_the_part_they_play(
    parameter: str, value: str, aggregated: bool, transformed: bool
) -> None:
    query = Query.from_json({parameter: [value]})
    assert query.matches(AGGREGATED) is aggregated
    assert query.matches(TRANSFORMED) is transformed


def test_own_event_type_has_only_the_fields_of_every_event() -> None:
    assert Query.from_json({"eventType": "https://example.org/Mine"}).matches(OWN_TYPE)
    assert Query.from_json({"GE_eventTime": "2026-01-01T00:00:00Z"}).matches(OWN_TYPE)
    assert not Query.from_json({"EQ_bizStep": "packing"}).matches(OWN_TYPE)
    assert not Query.from_json({"EQ_readPoint": PLACE}).matches(OWN_TYPE)


def test_prefixes_mean_what_the_query_declares() -> None:
    declared = {"@context": {"th": NS}, "EQ_ILMD_th:grade": "A"}
    assert Query.from_json(declared).matches(OBJECT)
    assert Query.from_url([("EQ_ILMD_th:grade", "A")], f"x=urn:x:, th={NS}").matches(OBJECT)
    assert not Query.from_url([("EQ_ILMD_vn:grade", "A")], "vn=https://other/").matches(OBJECT)
    assert Query.from_url([("EQ_ILMD_vn:grade", "A")]).matches(OBJECT)


def test_all_parameters_must_hold() -> None:
    assert Query.from_json({"EQ_action": ["ADD"], "EQ_bizStep": ["packing"]}).matches(OBJECT)
    assert not Query.from_json({"EQ_action": ["ADD"], "EQ_bizStep": ["holding"]}).matches(OBJECT)
    assert Query.from_json({}).matches(OBJECT)
