"""The fields of EPCIS 2.0 events in XML: which there are and in which order (section 9.5, XSD)."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.epcis import xml_names as names
from ledger.epcis.xml_names import Words

EXTENSIONS = frozenset({"extension", "baseExtension"})
"""Wrappers of the XML schema's evolution; JSON has their contents in place of them."""

BASE = (
    "eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "errorDeclaration",
    "certificationInfo", "baseExtension",
)  # fmt: skip
"""Fields of every event."""

_PLACE = ("bizStep", "disposition", "readPoint", "bizLocation")
_PARTIES = ("sourceList", "destinationList", "sensorElementList", "persistentDisposition")
_CHILDREN = ("childEPCs", "childQuantityList")

ORDER: Mapping[str, tuple[str, ...]] = {
    "ObjectEvent": (
        *BASE, "epcList", "action", *_PLACE, "bizTransactionList", "quantityList", *_PARTIES,
        "ilmd", "extension",
    ),
    "AggregationEvent": (
        *BASE, "parentID", "childEPCs", "action", *_PLACE, "bizTransactionList",
        "childQuantityList", *_PARTIES, "extension",
    ),
    "TransactionEvent": (
        *BASE, "bizTransactionList", "parentID", "epcList", "action", *_PLACE, "quantityList",
        *_PARTIES, "extension",
    ),
    "TransformationEvent": (
        *BASE, "inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList",
        "transformationID", *_PLACE, "bizTransactionList", *_PARTIES, "ilmd", "extension",
    ),
    "AssociationEvent": (
        *BASE, "parentID", *_CHILDREN, "action", *_PLACE, "bizTransactionList", *_PARTIES,
        "extension",
    ),
}  # fmt: skip
"""The elements of each event type in the order in which the XML schema wants them."""

QUANTITY = ("epcClass", "quantity", "uom")
PERSISTENT = ("unset", "set")
SENSOR = ("sensorMetadata", "sensorReport", "extension")
PLACE = ("id", "extension")

TEXTS = frozenset(
    {
        "eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "certificationInfo", "action",
        "parentID", "transformationID",
    }
)  # fmt: skip
WORDS: Mapping[str, Words] = {"bizStep": names.BIZ_STEP, "disposition": names.DISPOSITION}
EPC_LISTS = frozenset({"epcList", "childEPCs", "inputEPCList", "outputEPCList"})
QUANTITY_LISTS = frozenset(
    {"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"}
)
PLACES = frozenset({"readPoint", "bizLocation"})
TYPED_LISTS: Mapping[str, tuple[str, Words]] = {
    "bizTransactionList": ("bizTransaction", names.TRANSACTION_TYPE),
    "sourceList": ("source", names.PARTY_TYPE),
    "destinationList": ("destination", names.PARTY_TYPE),
}
"""Lists whose items are a text with a type: the item's name and the words of the type."""

REPORT_WORDS: Mapping[str, Words] = {
    "type": names.MEASUREMENT,
    "exception": names.ALERT,
    "component": names.COMPONENT,
}
REPORT_NUMBERS = frozenset(
    {"value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"}
)
