"""The parameters of event queries that have a fixed name (EPCIS 2.0, section 8.2.7.1)."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.epcis import query_conditions as read
from ledger.epcis import vocabulary
from ledger.epcis.keys import KeyRole
from ledger.epcis.query_conditions import Reader
from ledger.epcis.query_selectors import (
    common,
    field,
    item_members,
    items,
    member,
    sensor_attribute,
)
from ledger.epcis.query_values import COMPARISONS

_EPCS = items("epcList", "childEPCs")
_CLASSES = item_members("epcClass", "quantityList", "childQuantityList")
_ALL_EPCS = items("epcList", "childEPCs", "parentID", "inputEPCList", "outputEPCList")
_ALL_CLASSES = item_members(
    "epcClass", "quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"
)
_STEPS, _DISPOSITIONS = vocabulary.BIZ_STEPS, vocabulary.DISPOSITIONS
_READ_POINT, _BIZ_LOCATION = member("readPoint", "id"), member("bizLocation", "id")
_SHARED = ("deviceID", "dataProcessingMethod", "bizRules", "deviceMetadata", "rawData")
_REPORTED = ("microorganism", "chemicalSubstance", "uriValue", "coordinateReferenceSystem")

FIXED: Mapping[str, Reader] = {
    "eventType": read.types,
    "EQ_action": read.actions,
    "EQ_bizStep": read.words(field("bizStep"), _STEPS, "BizStep", KeyRole.BIZ_STEP),
    "EQ_disposition": read.words(field("disposition"), _DISPOSITIONS, "Disp"),
    "EQ_persistentDisposition_set": read.words(
        member("persistentDisposition", "set"), _DISPOSITIONS, "Disp"
    ),
    "EQ_persistentDisposition_unset": read.words(
        member("persistentDisposition", "unset"), _DISPOSITIONS, "Disp"
    ),
    "EQ_readPoint": read.identifiers(_READ_POINT, KeyRole.READ_POINT),
    "WD_readPoint": read.places_within(_READ_POINT, KeyRole.READ_POINT, KeyRole.READ_POINT_AREA),
    "EQ_bizLocation": read.identifiers(_BIZ_LOCATION, KeyRole.BIZ_LOCATION),
    "WD_bizLocation": read.places_within(
        _BIZ_LOCATION, KeyRole.BIZ_LOCATION, KeyRole.BIZ_LOCATION_AREA
    ),
    "EQ_transformationID": read.identifiers(field("transformationID"), KeyRole.TRANSFORMATION),
    "MATCH_epc": read.matching(_EPCS, KeyRole.EPC, KeyRole.CHILD),
    "MATCH_parentID": read.matching(field("parentID"), KeyRole.PARENT),
    "MATCH_inputEPC": read.matching(items("inputEPCList"), KeyRole.INPUT),
    "MATCH_outputEPC": read.matching(items("outputEPCList"), KeyRole.OUTPUT),
    "MATCH_anyEPC": read.matching(
        _ALL_EPCS, KeyRole.EPC, KeyRole.CHILD, KeyRole.PARENT, KeyRole.INPUT, KeyRole.OUTPUT
    ),
    "MATCH_epcClass": read.matching(_CLASSES, KeyRole.CLASS, KeyRole.CHILD_CLASS, classes=True),
    "MATCH_inputEPCClass": read.matching(
        item_members("epcClass", "inputQuantityList"), KeyRole.INPUT_CLASS, classes=True
    ),
    "MATCH_outputEPCClass": read.matching(
        item_members("epcClass", "outputQuantityList"), KeyRole.OUTPUT_CLASS, classes=True
    ),
    "MATCH_anyEPCClass": read.matching(
        _ALL_CLASSES,
        KeyRole.CLASS,
        KeyRole.CHILD_CLASS,
        KeyRole.INPUT_CLASS,
        KeyRole.OUTPUT_CLASS,
        classes=True,
    ),
    "EQ_eventID": read.exact(common("eventID")),
    "EXISTS_errorDeclaration": read.exists(common("errorDeclaration")),
    "EQ_errorReason": read.words(
        member("errorDeclaration", "reason"), vocabulary.ERROR_REASONS, "ER"
    ),
    "EQ_correctiveEventID": read.exact(member("errorDeclaration", "correctiveEventIDs")),
    "EXISTS_sensorElementList": read.exists(items("sensorElementList")),
    "EQ_type": read.free_words(sensor_attribute("type"), "gs1"),
    "EQ_exception": read.exact(sensor_attribute("exception")),
    "EQ_component": read.free_words(sensor_attribute("component"), "Comp"),
    "EQ_stringValue": read.exact(sensor_attribute("stringValue")),
    "EQ_hexBinaryValue": read.exact(sensor_attribute("hexBinaryValue")),
    "EQ_booleanValue": read.truth,
    **{f"EQ_{name}": read.identifiers(sensor_attribute(name)) for name in (*_SHARED, *_REPORTED)},
    **{
        f"{comparison}_{name}": read.time(comparison, select)
        for comparison in ("GE", "LT")
        for name, select in (
            ("eventTime", common("eventTime")),
            ("recordTime", common("recordTime")),
            ("errorDeclarationTime", member("errorDeclaration", "declarationTime")),
            ("errorDeclaration_Time", member("errorDeclaration", "declarationTime")),
            ("time", sensor_attribute("time")),
            ("startTime", sensor_attribute("startTime")),
            ("endTime", sensor_attribute("endTime")),
        )
    },
    **{
        f"{comparison}_percRank": read.number(comparison, sensor_attribute("percRank"))
        for comparison in COMPARISONS
    },
}
"""The parameters with a fixed name, and how the value of each is read."""
