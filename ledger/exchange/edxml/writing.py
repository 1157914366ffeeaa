"""Documents as edXML files: the inverse of reading them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree
from lxml.etree import _Element as Element

from ledger.exchange.description import Organ
from ledger.exchange.edxml.agency import organ_texts, response_texts
from ledger.exchange.edxml.attachment import Attachment, write_attachments
from ledger.exchange.edxml.document import DOC_TYPE, EdxmlDocument, note_path
from ledger.exchange.edxml.leaves import NAMESPACE, children
from ledger.exchange.edxml.order import build, spell
from ledger.exchange.edxml.spelling import spell_date

_M = "MessageHeader"
_NOTES = "edXMLManifest/"
_XLINK = "http://www.w3.org/1999/xlink"


def write_document(said: EdxmlDocument, *, zipped: bool = False) -> bytes:
    """The edXML file in UTF-8. Raises InvalidInput `edxml-malformed` where `other` holds what is no
    path of a header."""
    envelope = etree.Element(f"{{{NAMESPACE}}}edXMLEnvelope", nsmap={"edXML": NAMESPACE})
    header = etree.SubElement(envelope, f"{{{NAMESPACE}}}edXMLHeader")
    other = said.description.other
    kept = {path: text for path, text in other.items() if not path.startswith(_NOTES)}
    build(header, kept | _texts(said, kept))
    for traces in children(header, "TraceHeaderList"):
        traces.set("version", "1.0")
        traces.set("mustUnderstand", "1")
    body = etree.SubElement(envelope, f"{{{NAMESPACE}}}edXMLBody")
    manifest = etree.SubElement(body, f"{{{NAMESPACE}}}edXMLManifest", version="1.0")
    for number, file in enumerate(said.attachments, start=1):
        _write_reference(manifest, file, other.get(note_path(number)))
    return assemble(envelope, write_attachments(said.attachments, zipped=zipped))


def assemble(envelope: Element, attachments: Element | None = None) -> bytes:
    """The file around an envelope. The prefix is always `edXML`, because software in use looks for
    it, and not for the namespace."""
    parts = [
        etree.tostring(part, encoding="unicode").encode()
        for part in (envelope, attachments)
        if part is not None
    ]
    return b"".join(
        (
            b'<?xml version="1.0" encoding="utf-8"?>\n',
            f'<edXML xmlns="{NAMESPACE}">'.encode(),
            *parts,
            b"</edXML>\n",
        )
    )


def _texts(said: EdxmlDocument, kept: Mapping[str, str]) -> dict[str, str]:
    document, description = said.document, said.description
    organs = {organ.organ_id: organ for organ in description.organs}
    texts: dict[str, str | None] = {}
    texts |= organ_texts(organs.get(document.sender) or Organ(document.sender, ""), f"{_M}/From")
    for path, recipient in zip(_free(f"{_M}/To", kept), document.recipients, strict=False):
        texts |= organ_texts(organs.get(recipient) or Organ(recipient, ""), path)
    for path, signer in zip(_free(f"{_M}/SignerInfo", kept), description.signers, strict=False):
        texts[f"{path}/Competence"] = signer.competence
        texts[f"{path}/Position"] = signer.position
        texts[f"{path}/FullName"] = signer.full_name
    places = zip(_free(f"{_M}/ToPlaces/Place", kept), description.to_places, strict=False)
    texts |= dict(places)
    if document.response_for is not None:
        texts |= response_texts(document.response_for, next(_free(f"{_M}/ResponseFor", kept)))
    steering, due = document.steering_type, document.due_date
    texts |= {
        f"{_M}/Code/CodeNumber": document.code_number,
        f"{_M}/Code/CodeNotation": document.code_notation,
        f"{_M}/PromulgationInfo/Place": description.place,
        f"{_M}/PromulgationInfo/PromulgationDate": spell_date(document.promulgation_date),
        f"{_M}/DocumentType/TypeName": document.document_type,
        f"{_M}/Subject": description.subject,
        f"{_M}/Content": description.content,
        f"{_M}/DueDate": spell_date(due) if due else None,
        f"{_M}/OtherInfo/Priority": str(document.priority),
        f"{_M}/SteeringType": None if steering is None else str(steering),
        f"{_M}/DocumentId": document.document_id.text,
        DOC_TYPE: str(int(document.business_doc_type)),
    }
    return {path: text for path, text in texts.items() if text is not None}


def _write_reference(manifest: Element, file: Attachment, note: str | None) -> None:
    reference = etree.SubElement(manifest, f"{{{NAMESPACE}}}Reference", nsmap={"xlink": _XLINK})
    reference.set(f"{{{_XLINK}}}href", f"cid:{file.id}")
    reference.set(f"{{{_XLINK}}}type", "simple")
    for name, text in (
        ("ContentId", f"cid:{file.id}"),
        ("ContentType", file.media_type),
        ("Description", note),
        ("AttachmentName", file.name),
    ):
        if text is not None:
            spell(etree.SubElement(reference, f"{{{NAMESPACE}}}{name}"), text)


def _free(path: str, kept: Mapping[str, str]) -> Iterator[str]:
    """The paths of a repeated element that what is kept leaves free."""
    number = 0
    while True:
        number += 1
        here = path if number == 1 else f"{path}[{number}]"
        if not any(other == here or other.startswith(here + "/") for other in kept):
            yield here
