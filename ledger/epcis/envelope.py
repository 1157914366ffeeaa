"""The members of a document around its events (EPCIS 2.0, sections 7.1 and 8.2.7.1)."""

from __future__ import annotations

import re
from typing import Any

from ledger.epcis.context import Context
from ledger.epcis.fields import (
    Check,
    Fields,
    check_members,
    check_text,
    check_time,
    check_uri,
    list_of,
    refuse,
    require,
    shown,
    under,
)
from ledger.errors import InvalidInput

_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*")


def check_envelope(document: dict[str, Any], context: Context) -> None:
    """Raise InvalidInput, pointer relative to the document; the events are not looked at."""
    if document["type"] == "EPCISQueryDocument":
        check_members(document, context, _QUERY_DOCUMENT)
        require(document, ("@context", "type", "epcisBody"))
    else:
        check_members(document, context, _DOCUMENT)
        require(document, ("@context", "type", "schemaVersion", "creationDate", "epcisBody"))


def _elsewhere(_: Any, __: Context) -> None:
    """Read elsewhere."""


def _version(value: Any, _: Context) -> None:
    if type(value) is not str or _VERSION.fullmatch(value) is None:
        refuse("epcis-field-malformed", f"{shown(value)} is not a version such as 2.0")


def _free_object(fields: Fields, required: tuple[str, ...] = ()) -> Check:
    """An object with these fields and anything else: master data names are not ours to rule."""

    def check(value: Any, context: Context) -> None:
        if type(value) is not dict:
            refuse("epcis-field-malformed", f"{shown(value)} is not an object")
        require(value, required)
        for name, member_check in fields.items():
            if name in value:
                try:
                    member_check(value[name], context)
                except InvalidInput as fault:
                    raise under(fault, name) from None

    return check


def _attribute_value(value: Any, _: Context) -> None:
    if type(value) not in (int, float, str, dict):
        refuse("epcis-field-malformed", "an attribute is a number, text or an object")


def _event_list(value: Any, _: Context) -> None:
    if type(value) is not list:
        refuse("epcis-field-malformed", f"{shown(value)} is not a list")


_VOCABULARY_ELEMENT = _free_object(
    {
        "id": check_uri,
        "attributes": list_of(
            _free_object({"id": check_uri, "attribute": _attribute_value}, ("id",))
        ),
        "children": list_of(check_uri),
    },
    ("id",),
)
_VOCABULARY = _free_object(
    {"type": check_uri, "vocabularyElementList": list_of(_VOCABULARY_ELEMENT)}, ("type",)
)
_HEADER: Fields = {"epcisMasterData": _free_object({"vocabularyList": list_of(_VOCABULARY)})}


def _header(value: Any, context: Context) -> None:
    check_members(value, context, _HEADER)


_DOCUMENT: Fields = {
    "@context": _elsewhere,
    "id": check_uri,
    "type": _elsewhere,
    "schemaVersion": _version,
    "creationDate": check_time,
    "instanceIdentifier": check_text,
    "sender": check_text,
    "receiver": check_text,
    "epcisHeader": _header,
    "epcisBody": _free_object({"eventList": _event_list}, ("eventList",)),
}
_QUERY_DOCUMENT: Fields = {
    **{
        name: _DOCUMENT[name]
        for name in ("@context", "id", "type", "schemaVersion", "creationDate")
    },
    "epcisBody": _free_object(
        {
            "queryResults": _free_object(
                {
                    "queryName": check_text,
                    "subscriptionID": check_text,
                    "resultsBody": _free_object({"eventList": _event_list}, ("eventList",)),
                },
                ("queryName", "resultsBody"),
            )
        },
        ("queryResults",),
    ),
}
