"""A document in edXML: new, recalled, updated or replacing, with its files.

Read into the types of a message (`ledger.exchange.message`) and written from them. What edXML says
and they have no name for is kept in `Description.other` under its path, so that the recipient's
software gets it as the sender's wrote it. edXML counts no versions: the reader is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml.etree import _Element as Element

from ledger.errors import InvalidInput
from ledger.exchange.description import (
    MOST_NAME,
    MOST_OTHER,
    MOST_SUBJECT,
    Description,
    Signer,
)
from ledger.exchange.document import (
    MOST_DOCUMENT_ID,
    MOST_NOTATION,
    MOST_NUMBER,
    MOST_RECIPIENTS,
    MOST_TYPE,
    BusinessDocType,
    Document,
    DocumentId,
)
from ledger.exchange.edxml.agency import read_organ, read_response
from ledger.exchange.edxml.attachment import Attachment, content_id, read_attachments
from ledger.exchange.edxml.leaves import HEADER, Leaves, child, children, clean, needed, refuse
from ledger.exchange.edxml.spelling import find_date
from ledger.exchange.message import Manifest

DOC_TYPE = "TraceHeaderList/Bussiness/BussinessDocType"

_M = "MessageHeader"

_SECRECY = ("Secret", "Security", "SecurityLevel", "Confidentiality", "Classification")
_OPEN = ("", "0", "none", "thường", "không")
_SECRET_WORDS = ("mật", "tối mật", "tuyệt mật")


@dataclass(frozen=True, slots=True)
class EdxmlDocument:
    """One document with its files, as agencies' software hands it over.

    `ignored` are the pointers of what was not read: signatures of edXML above all, which prove
    nothing here and are checked by nobody.
    """

    document: Document
    description: Description
    attachments: tuple[Attachment, ...]
    ignored: tuple[str, ...] = ()

    @classmethod
    def of(cls, manifest: Manifest, contents: Mapping[str, bytes]) -> EdxmlDocument:
        """The document of a message whose parts are open; `contents` by the id of the part."""
        return cls(
            manifest.document,
            manifest.description,
            tuple(
                Attachment(part.id, part.name, part.media_type, contents[part.id])
                for part in manifest.parts
            ),
        )


def note_path(number: int) -> str:
    """Under which name `Description.other` keeps what is said of the file with that number."""
    return f"edXMLManifest/Reference[{number}]/Description"


def read_document(root: Element, version: int = 1) -> EdxmlDocument:
    """The document of a root element (`ledger.exchange.edxml.leaves.parse`).

    Raises InvalidInput `edxml-malformed`, `document-malformed`, `document-secret-refused`;
    TooLarge.
    """
    envelope = child(root, "edXMLEnvelope", "/edXML")
    leaves = Leaves(child(envelope, "edXMLHeader", "/edXML/edXMLEnvelope"), HEADER)
    _refuse_secret(leaves)
    sender = read_organ(leaves, f"{_M}/From")
    recipients = tuple(read_organ(leaves, path) for path in leaves.each(f"{_M}/To"))
    if not 0 < len(recipients) <= MOST_RECIPIENTS:
        refuse(f"it goes to 1 to {MOST_RECIPIENTS} recipients", leaves.place(f"{_M}/To"))
    document_id = _read_document_id(leaves, sender.organ_id)
    attachments = read_attachments(root)
    responses = leaves.each(f"{_M}/ResponseFor")
    document = Document(
        document_id=document_id,
        sender=sender.organ_id,
        recipients=tuple(dict.fromkeys(organ.organ_id for organ in recipients)),
        document_type=_read_type(leaves),
        version=version,
        priority=_number(leaves, f"{_M}/OtherInfo/Priority", 4) or 0,
        steering_type=_number(leaves, f"{_M}/SteeringType", 3),
        business_doc_type=BusinessDocType(_number(leaves, DOC_TYPE, 3) or 0),
        due_date=find_date(leaves, f"{_M}/DueDate"),
        # A message has one place for it; further ones are kept in `other`.
        response_for=read_response(leaves, responses[0]) if responses else None,
    )
    notes = _read_notes(envelope, attachments)
    description = Description(
        subject=leaves.text(f"{_M}/Subject", MOST_SUBJECT),
        content=leaves.find(f"{_M}/Content", MOST_SUBJECT),
        place=leaves.find(f"{_M}/PromulgationInfo/Place", MOST_NAME),
        signers=tuple(_read_signers(leaves)),
        organs=tuple(organ for organ in (sender, *recipients) if organ.name),
        to_places=tuple(
            leaves.text(path, MOST_SUBJECT) for path in leaves.each(f"{_M}/ToPlaces/Place")
        ),
        other=leaves.rest(MOST_SUBJECT, MOST_OTHER - len(notes)) | notes,
    )
    return EdxmlDocument(document, description, attachments, tuple(leaves.foreign))


def _read_document_id(leaves: Leaves, sender: str) -> DocumentId:
    at = f"{_M}/DocumentId"
    number = leaves.find(f"{_M}/Code/CodeNumber", MOST_NUMBER)
    notation = leaves.find(f"{_M}/Code/CodeNotation", MOST_NOTATION)
    on = find_date(leaves, f"{_M}/PromulgationInfo/PromulgationDate")
    text = leaves.find(at, MOST_DOCUMENT_ID)
    if text is not None:
        found = DocumentId.read(text, leaves.place(at))
        for name, said, meant in (
            ("Code/CodeNumber", number, found.code_number),
            ("Code/CodeNotation", notation, found.code_notation),
            ("PromulgationInfo/PromulgationDate", on, found.promulgation_date),
        ):
            if said is not None and said != meant:
                refuse("not what DocumentId says", leaves.place(f"{_M}/{name}"))
        return found
    number = needed(number, leaves.place(f"{_M}/Code/CodeNumber"))
    notation = needed(notation, leaves.place(f"{_M}/Code/CodeNotation"))
    on = needed(on, leaves.place(f"{_M}/PromulgationInfo/PromulgationDate"))
    try:
        return DocumentId(sender, on, number, notation)
    except InvalidInput as error:
        raise InvalidInput(error.code, error.detail, pointer=leaves.place(f"{_M}/Code")) from error


def _read_type(leaves: Leaves) -> str:
    name = leaves.find(f"{_M}/DocumentType/TypeName", MOST_TYPE)
    return name or leaves.text(f"{_M}/DocumentType/Type", MOST_TYPE)


def _read_signers(leaves: Leaves) -> Iterator[Signer]:
    for path in leaves.each(f"{_M}/SignerInfo"):
        if leaves.peek(f"{path}/FullName"):
            yield Signer(
                leaves.text(f"{path}/FullName", MOST_NAME),
                leaves.find(f"{path}/Position", MOST_NAME),
                leaves.find(f"{path}/Competence", MOST_NAME),
            )


def _read_notes(envelope: Element, files: tuple[Attachment, ...]) -> dict[str, str]:
    """What the manifest says of the files besides their names, by their place in the order."""
    at = "/edXML/edXMLEnvelope/edXMLBody/edXMLManifest"
    notes: dict[str, str] = {}
    places = {file.id: number for number, file in enumerate(files, start=1)}
    for body in children(envelope, "edXMLBody"):
        for manifest in children(body, "edXMLManifest"):
            for number, reference in enumerate(children(manifest, "Reference"), start=1):
                pointer = f"{at}/Reference[{number}]"
                identifier = content_id(clean(child(reference, "ContentId", pointer)))
                if identifier not in places:
                    refuse("there is no such file in AttachmentEncoded", f"{pointer}/ContentId")
                described = children(reference, "Description")
                text = clean(described[0])[:MOST_SUBJECT].strip() if described else ""
                if text:
                    notes[note_path(places[identifier])] = text
    return notes


def _number(leaves: Leaves, path: str, most: int) -> int | None:
    text = leaves.find(path, 20)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or int(text) > most:
        refuse(f"there must be a number from 0 to {most} here", leaves.place(path))
    return int(text)


def _refuse_secret(leaves: Leaves) -> None:
    """edXML has no field for secrecy; builders that add one use a name of these, or say it in the
    sphere of circulation. Decree 30 Article 18.2: such a document travels by another way."""
    sphere = f"{_M}/OtherInfo/SphereOfPromulgation"
    said = {sphere: leaves.peek(sphere).casefold() in _SECRET_WORDS}
    for place in (_M, f"{_M}/OtherInfo"):
        for name in _SECRECY:
            path = f"{place}/{name}"
            said[path] = leaves.peek(path).casefold() not in _OPEN
    for path, secret in said.items():
        if secret:
            raise InvalidInput(
                "document-secret-refused",
                "a secret document does not travel here",
                pointer=leaves.place(path),
            )
