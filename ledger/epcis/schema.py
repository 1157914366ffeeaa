"""The shapes of EPCIS 2.0 documents and events in JSON, one table of fields per event type.

Written from the text of EPCIS 2.0 (sections 7.3, 7.4) and CBV 2.0. Events are checked by Python
tables and not by a general JSON-schema engine: the type picks its table at once, nothing is tried
and taken back, and a fault names what is wrong instead of which of nine alternatives came nearest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ledger.epcis import vocabulary
from ledger.epcis.context import Context
from ledger.epcis.fields import (
    Check,
    Fields,
    check_class,
    check_extension,
    check_hex,
    check_identifier,
    check_instance,
    check_members,
    check_nested,
    check_number,
    check_offset,
    check_quantity,
    check_reference,
    check_text,
    check_time,
    check_truth,
    check_unit,
    check_uri,
    either,
    list_of,
    object_of,
    one_of,
    refuse,
    require,
    shown,
    under,
    word,
)
from ledger.epcis.uri import is_uri
from ledger.errors import InvalidInput
from ledger.gs1.identifier import MAX_LENGTH

EVENT_TYPES = (
    "AggregationEvent",
    "AssociationEvent",
    "ObjectEvent",
    "TransactionEvent",
    "TransformationEvent",
)
"""The event types of the standard; others carry a URI as their type."""

_FOREIGN_CBV = re.compile(r"urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/")
_FOREIGN_VOC = re.compile(r"https?://(?:www\.)?gs1\.org/voc/")


def _anything(_: Any, __: Context) -> None:
    """Checked elsewhere, or free."""


def _extensions(value: Any, context: Context) -> None:
    check_members(value, context, {})


def _persistent(value: Any, context: Context) -> None:
    check_members(value, context, _PERSISTENT, closed=True)
    if not value:
        refuse("epcis-field-missing", "neither set nor unset")


def _place(value: Any, context: Context) -> None:
    if type(value) is not dict:
        refuse("epcis-field-malformed", "a place is an object with an id")
    require(value, ("id",))
    try:
        check_identifier(value["id"], context)
    except InvalidInput as fault:
        raise under(fault, "id") from None
    if len(value) > 1:
        check_nested(value, context)


_BIZ_STEP = word(vocabulary.BIZ_STEPS, _FOREIGN_CBV, "a business step")
_DISPOSITION = word(vocabulary.DISPOSITIONS, _FOREIGN_CBV, "a disposition")
_PARTY_TYPE = word(
    vocabulary.SOURCE_DESTINATION_TYPES, _FOREIGN_CBV, "a source or destination type"
)

_PERSISTENT: Fields = {
    "set": list_of(_DISPOSITION, unique=True, filled=True),
    "unset": list_of(_DISPOSITION, unique=True, filled=True),
}

_QUANTITIES = list_of(
    object_of(
        {"epcClass": check_class, "quantity": check_quantity, "uom": check_unit},
        required=("epcClass",),
        closed=True,
    )
)

_TRANSACTION = object_of(
    {
        "type": word(vocabulary.BIZ_TRANSACTION_TYPES, _FOREIGN_CBV, "a business transaction type"),
        "bizTransaction": check_reference,
    },
    required=("bizTransaction",),
    closed=True,
)


def _party(name: str) -> Check:
    return list_of(
        object_of(
            {"type": _PARTY_TYPE, name: check_identifier}, required=("type", name), closed=True
        )
    )


_SHARED_SENSOR: Fields = {
    "time": check_time,
    "deviceID": check_reference,
    "deviceMetadata": check_reference,
    "rawData": check_reference,
    "dataProcessingMethod": check_reference,
    "bizRules": check_reference,
}

_METADATA: Fields = {**_SHARED_SENSOR, "startTime": check_time, "endTime": check_time}

_REPORT: Fields = {
    **_SHARED_SENSOR,
    "type": word(vocabulary.MEASUREMENTS, _FOREIGN_VOC, "a measurement type"),
    "exception": word(vocabulary.SENSOR_ALERTS, _FOREIGN_VOC, "a sensor alert"),
    "microorganism": check_uri,
    "chemicalSubstance": check_uri,
    "coordinateReferenceSystem": check_uri,
    "component": word(vocabulary.COMPONENTS, _FOREIGN_CBV, "a component"),
    "stringValue": check_text,
    "booleanValue": check_truth,
    "hexBinaryValue": check_hex,
    "uriValue": check_uri,
    "uom": check_text,
    **dict.fromkeys(
        ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"),
        check_number,
    ),
}


def _sensor(report: Check) -> Check:
    return object_of(
        {
            "sensorMetadata": object_of(_METADATA),
            "sensorReport": list_of(report, filled=True),
        },
        required=("sensorReport",),
    )


COMMON: Fields = MappingProxyType(
    {
        "@context": _anything,  # read before the event is checked
        "type": _anything,  # has picked the table
        "eventTime": check_time,
        "recordTime": check_time,
        "eventTimeZoneOffset": check_offset,
        "eventID": check_uri,
        "certificationInfo": either(check_uri, list_of(check_uri)),
        "errorDeclaration": object_of(
            {
                "declarationTime": check_time,
                "reason": word(vocabulary.ERROR_REASONS, _FOREIGN_CBV, "an error reason"),
                "correctiveEventIDs": list_of(check_uri),
            },
            required=("declarationTime",),
        ),
    }
)
"""Fields of every event."""

_USUAL: Fields = {
    **COMMON,
    "bizStep": _BIZ_STEP,
    "disposition": _DISPOSITION,
    "readPoint": _place,
    "bizLocation": _place,
    "bizTransactionList": list_of(_TRANSACTION),
    "sourceList": _party("source"),
    "destinationList": _party("destination"),
    "sensorElementList": list_of(_sensor(object_of(_REPORT, required=("type",)))),
}

_ACTION = one_of(frozenset({"ADD", "OBSERVE", "DELETE"}))
_CHILDREN: Fields = {
    "parentID": check_identifier,
    "childEPCs": list_of(check_instance),
    "childQuantityList": _QUANTITIES,
    "action": _ACTION,
}

FIELDS: Mapping[str, Fields] = MappingProxyType(
    {
        "AggregationEvent": {**_USUAL, **_CHILDREN},
        "AssociationEvent": {**_USUAL, **_CHILDREN},
        "ObjectEvent": {
            **_USUAL,
            "action": _ACTION,
            "epcList": list_of(check_instance, unique=True),
            "quantityList": _QUANTITIES,
            "persistentDisposition": _persistent,
            "ilmd": _extensions,
        },
        "TransactionEvent": {
            **_USUAL,
            "action": _ACTION,
            "parentID": check_identifier,
            "epcList": list_of(check_instance),
            "quantityList": _QUANTITIES,
            "bizTransactionList": list_of(_TRANSACTION, filled=True),
        },
        "TransformationEvent": {
            **_USUAL,
            "inputEPCList": list_of(check_instance, unique=True),
            "inputQuantityList": _QUANTITIES,
            "outputEPCList": list_of(check_instance, unique=True),
            "outputQuantityList": _QUANTITIES,
            "transformationID": check_reference,
            "persistentDisposition": _persistent,
            "ilmd": _extensions,
        },
    }
)
"""The fields each event type may have."""

_XML_ONLY: Fields = {
    "persistentDisposition": _persistent,
    "sensorElementList": list_of(_sensor(object_of(_REPORT))),
}

XML_FIELDS: Mapping[str, Fields] = MappingProxyType(
    {kind: MappingProxyType({**fields, **_XML_ONLY}) for kind, fields in FIELDS.items()}
)
"""The same for events that came as XML. Each syntax is judged by its own official schema: that of
XML has the persistent disposition at every event type, not at two, and a sensor report that only
tells of an exception needs no type."""

REQUIRED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "AggregationEvent": ("eventTime", "eventTimeZoneOffset", "action"),
        "AssociationEvent": ("eventTime", "eventTimeZoneOffset", "action", "parentID"),
        "ObjectEvent": ("eventTime", "eventTimeZoneOffset", "action"),
        "TransactionEvent": ("eventTime", "eventTimeZoneOffset", "action", "bizTransactionList"),
        "TransformationEvent": ("eventTime", "eventTimeZoneOffset"),
    }
)
"""The fields each event type must have."""


def check_shape(event: Any, context: Context, tables: Mapping[str, Fields] = FIELDS) -> None:
    """Raise InvalidInput, pointer relative to the event, unless its fields are those of its type.

    An event type of one's own is a URI; only the fields common to all events are then checked.
    """
    if type(event) is not dict:
        refuse("epcis-field-malformed", "an event is an object")
    require(event, ("type",))
    kind = event["type"]
    fields = tables.get(kind) if type(kind) is str else None
    if fields is not None:
        check_members(event, context, fields)
        require(event, REQUIRED[kind])
        return
    try:
        check_text(kind, context)
        if not is_uri(kind):
            refuse("epcis-word-unknown", f"{shown(kind)} is no event type of the standard")
        if len(kind) > MAX_LENGTH:
            refuse("identifier-too-long", f"at most {MAX_LENGTH} characters are kept")
        check_extension(kind, None, context)
    except InvalidInput as fault:
        raise under(fault, "type") from None
    for name, member in event.items():
        try:
            if name in COMMON:
                COMMON[name](member, context)
            elif type(member) is dict or type(member) is list:
                check_nested(member, context)
        except InvalidInput as fault:
            raise under(fault, name) from None
    require(event, ("eventTime", "eventTimeZoneOffset"))
