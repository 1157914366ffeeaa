"""Problem details in XML: for who asks for XML and not for JSON.

On the EPCIS resources the element is the standard's EPCISException, elsewhere the `problem` of
RFC 7807; what either has no element for stands in the namespace of the latter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import orjson
from lxml import etree

from api.negotiation import JSON, choose_media_type
from api.problems import PROBLEM_JSON
from ledger.epcis.xml_names import EPCIS_2, clean_text
from ledger.errors import NotAcceptable

PROBLEM_XML = "application/problem+xml"
_XML = (PROBLEM_XML, "application/xml", "text/xml")
_RFC_7807 = "urn:ietf:rfc:7807"
_DEFAULT = cast("Mapping[str, str]", {None: _RFC_7807})  # the stubs know no default namespace
_MEMBERS = ("type", "title", "status", "detail", "instance")


def wants_xml(accept: bytes) -> bool:
    """Whether an Accept header prefers a problem in XML; whoever takes both gets JSON.

    So does a browser: it likes XML better than what it has no name for, and would save the problem
    as a file instead of showing it.
    """
    if b"xml" not in accept:
        return False
    offered = (PROBLEM_JSON, JSON, "text/html", *_XML)
    try:
        return choose_media_type(accept.decode("latin-1"), offered) in _XML
    except NotAcceptable:
        return False


def problem_xml(body: bytes) -> bytes:
    """The XML of a problem given as its JSON."""
    members = orjson.loads(body)
    is_epcis = str(members["type"]).startswith("epcisException:")
    if is_epcis:
        root = etree.Element(f"{{{EPCIS_2}}}EPCISException", nsmap={"epcis": EPCIS_2})
    else:
        root = etree.Element(f"{{{_RFC_7807}}}problem", nsmap=_DEFAULT)
    for name in _MEMBERS:
        if name in members:
            tag = name if is_epcis else f"{{{_RFC_7807}}}{name}"
            etree.SubElement(root, tag).text = clean_text(str(members[name]))
    for name, value in members.items():
        if name not in _MEMBERS and not isinstance(value, dict | list):
            extra = etree.SubElement(root, f"{{{_RFC_7807}}}{name}", nsmap=_DEFAULT)
            extra.text = clean_text(str(value))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
