"""Capture jobs as EPCIS 2.0 writes them in XML (the element EPCISCaptureJob of its schema)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from ledger.epcis.xml_names import EPCIS_2, clean_text

OURS = "urn:provenance-ledger:capture"
"""Namespace of what the standard's form of a job has no element for."""

_OF_THE_STANDARD = ("type", "title", "status", "detail")


def job_xml(job: Mapping[str, Any]) -> bytes:
    """The XML of a job given in its JSON form."""
    root = etree.Element(
        f"{{{EPCIS_2}}}EPCISCaptureJob",
        {
            "running": _truth(job["running"]),
            "success": _truth(job["success"]),
            "captureID": job["captureID"],
        },
        nsmap={"epcis": EPCIS_2, "ledger": OURS},
    )
    for name in ("captureErrorBehaviour", "createdAt", "finishedAt"):
        if name in job:
            _add(root, name, job[name])
    if job["errors"]:
        errors = etree.SubElement(root, "errors")
        for fault in job["errors"]:
            error = etree.SubElement(errors, "error")
            for name in _OF_THE_STANDARD:
                _add(error, name, fault[name])
            for name, value in fault.items():
                if name not in _OF_THE_STANDARD:
                    _add(error, f"{{{OURS}}}{name}", value)
    for name in ("event", "warning"):
        for entry in job.get(f"{name}s", ()):
            element = etree.SubElement(root, f"{{{OURS}}}{name}")
            for member, value in entry.items():
                _add(element, f"{{{OURS}}}{member}", value)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _add(parent: etree._Element, name: str, value: object) -> None:
    etree.SubElement(parent, name).text = clean_text(str(value))
