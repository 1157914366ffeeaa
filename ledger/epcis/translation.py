"""Identifiers in events, spelled as URNs or Digital Links (EPCIS 2.0, header GS1-EPC-Format).

A translation changes how a thing is named, never which thing is named. What has no other spelling,
or none that is known, stays as it was recorded: an own-domain link, a local code, a key whose
company prefix is in no list. A translated event is a reading aid; what was signed is the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from ledger.epcis.schema import FIELDS
from ledger.errors import InvalidInput
from ledger.gs1.digital_link import find_digital_link
from ledger.gs1.identifier import find_identifier
from ledger.gs1.prefix_length import find_urn_of
from ledger.gs1.urn import PREFIX, find_digital_link_of_urn


class EpcFormat(StrEnum):
    """The values of GS1-EPC-Format."""

    NO_PREFERENCE = "No_Preference"
    DIGITAL_LINK = "Always_GS1_Digital_Link"
    URN = "Always_EPC_URN"
    NEVER = "Never_Translates"


_LISTS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_SINGLES = ("parentID", "transformationID")
_MEMBERS = {
    "quantityList": "epcClass",
    "childQuantityList": "epcClass",
    "inputQuantityList": "epcClass",
    "outputQuantityList": "epcClass",
    "bizTransactionList": "bizTransaction",
    "sourceList": "source",
    "destinationList": "destination",
}
_PLACES = ("readPoint", "bizLocation")


def translate(event: Mapping[str, Any], wanted: EpcFormat) -> dict[str, Any]:
    """The event with its identifiers spelled as wanted; a new object where anything changes."""
    if wanted not in _SPELLERS or event["type"] not in FIELDS:
        return dict(event)
    spell = _SPELLERS[wanted]
    told = dict(event)
    for name in _LISTS:
        if name in told:
            told[name] = [spell(text) for text in told[name]]
    for name in _SINGLES:
        if name in told:
            told[name] = spell(told[name])
    for name, inner in _MEMBERS.items():
        if name in told:
            told[name] = [_with(item, inner, spell) for item in told[name]]
    for name in _PLACES:
        if name in told:
            told[name] = _with(told[name], "id", spell)
    if "sensorElementList" in told:
        told["sensorElementList"] = [_sensor(item, spell) for item in told["sensorElementList"]]
    return told


def spelled(text: str, wanted: EpcFormat) -> str:
    """One identifier, spelled as wanted."""
    spell = _SPELLERS.get(wanted)
    return text if spell is None else spell(text)


def _with(item: dict[str, Any], name: str, spell: Callable[[str], str]) -> dict[str, Any]:
    return {**item, name: spell(item[name])} if name in item else item


def _sensor(element: dict[str, Any], spell: Callable[[str], str]) -> dict[str, Any]:
    told = dict(element)
    if "sensorMetadata" in told:
        told["sensorMetadata"] = _with(told["sensorMetadata"], "deviceID", spell)
    told["sensorReport"] = [_with(report, "deviceID", spell) for report in told["sensorReport"]]
    return told


def _as_digital_link(text: str) -> str:
    if not text.startswith(PREFIX):
        return text
    try:
        link = find_digital_link_of_urn(text)
    except InvalidInput:
        return text
    return text if link is None else link.identity_uri


def _as_urn(text: str) -> str:
    try:
        # only what claims to hold a GS1 key is read as one
        found = None if text.startswith(PREFIX) else find_identifier(text)
        link = None if found is None else find_digital_link(text)
    except InvalidInput:
        return text
    return (None if link is None else find_urn_of(link)) or text


_SPELLERS: Mapping[EpcFormat, Callable[[str], str]] = {
    EpcFormat.DIGITAL_LINK: _as_digital_link,
    EpcFormat.URN: _as_urn,
}
