"""Paths and texts as elements, in the order in which QCVN 102 lists them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree
from lxml.etree import _Element as Element

from ledger.exchange.edxml.leaves import NAMESPACE, refuse

_STEP = re.compile(r"([A-Za-z_][\w.-]*)(?:\[([1-9]\d{0,3})\])?", re.ASCII)

_ORGAN = (
    "OrganId", "OrganizationInCharge", "OrganName", "OrganAdd", "Email", "Telephone", "Fax",
    "Website",
)  # fmt: skip

_ORDER: dict[str, tuple[str, ...]] = {
    "edXMLHeader": ("MessageHeader", "Status", "TraceHeaderList"),
    "MessageHeader": (
        "From", "To", "Code", "PromulgationInfo", "DocumentType", "Subject", "Content",
        "SignerInfo", "DueDate", "ToPlaces", "OtherInfo", "ResponseFor", "SteeringType",
        "DocumentId",
    ),
    "From": _ORGAN,
    "To": _ORGAN,
    "Code": ("CodeNumber", "CodeNotation"),
    "PromulgationInfo": ("Place", "PromulgationDate"),
    "DocumentType": ("Type", "TypeName", "TypeDetail"),
    "SignerInfo": ("Competence", "Position", "FullName"),
    "OtherInfo": (
        "Priority", "SphereOfPromulgation", "TyperNotation", "PromulgationAmount", "PageAmount",
        "Appendixes",
    ),
    "ResponseFor": ("OrganId", "Code", "PromulgationDate", "DocumentId"),
    "TraceHeaderList": ("TraceHeader", "Bussiness"),
    "TraceHeader": ("OrganId", "Timestamp"),
    "Bussiness": (
        "BussinessDocType", "BussinessDocReason", "BussinessDocumentInfo", "DocumentId",
        "StaffInfo", "Paper", "ReplacementInfoList",
    ),
    "BussinessDocumentInfo": ("DocumentInfo", "DocumentReceiver", "ReceiverList"),
    "Receiver": ("ReceiverType", "OrganId"),
    "ReplacementInfo": ("DocumentId", "OrganIdList"),
    "StaffInfo": ("Department", "Staff", "Mobile", "Email"),
    "Status": ("ResponseFor", "From", "StatusCode", "Description", "Timestamp", "StaffInfo"),
}  # fmt: skip


def build(parent: Element, texts: Mapping[str, str]) -> None:
    """Add the elements of these paths below a parent.

    Raises InvalidInput `edxml-malformed` for a path that is none.
    """
    root: dict[tuple[str, int], object] = {}
    for path, text in texts.items():
        place = root
        *steps, last = [_step(step, path) for step in path.split("/")]
        for step in steps:
            inner = place.setdefault(step, {})
            if not isinstance(inner, dict):
                refuse("a text and elements in one place", path)
            place = inner
        if last in place:
            refuse("a text and elements in one place", path)
        place[last] = text
    _add(parent, root)


def _step(text: str, path: str) -> tuple[str, int]:
    found = _STEP.fullmatch(text)
    if found is None:
        refuse("no path of edXML", path)
    return found[1], int(found[2] or 1)


def _add(parent: Element, members: dict[tuple[str, int], object]) -> None:
    order = _ORDER.get(etree.QName(parent.tag).localname, ())
    ranks = {name: rank for rank, name in enumerate(order)}

    def rank(step: tuple[str, int]) -> tuple[int, str, int]:
        return ranks.get(step[0], len(ranks)), step[0], step[1]

    for step in sorted(members, key=rank):
        element = etree.SubElement(parent, f"{{{NAMESPACE}}}{step[0]}")
        member = members[step]
        if isinstance(member, dict):
            _add(element, member)
        else:
            spell(element, str(member))


def spell(element: Element, text: str) -> None:
    """Give an element its text. Raises InvalidInput `edxml-malformed` for what XML cannot hold."""
    try:
        element.text = text
    except ValueError:
        refuse("a character that XML cannot hold", etree.QName(element.tag).localname)
