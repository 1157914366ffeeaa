"""Documents in edXML: what is written is read as the same; what is wrong is named where it is."""

from __future__ import annotations

import base64
import io
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import canonical
from ledger.digest import sha256
from ledger.errors import InvalidInput, TooLarge
from ledger.exchange.description import Description, Organ, Signer
from ledger.exchange.document import BusinessDocType, Document, DocumentId, ResponseFor
from ledger.exchange.edxml import attachment
from ledger.exchange.edxml.attachment import Attachment
from ledger.exchange.edxml.document import EdxmlDocument
from ledger.exchange.edxml.leaves import MAX_DEPTH, NAMESPACE
from ledger.exchange.edxml.reading import read_edxml
from ledger.exchange.edxml.writing import write_document
from ledger.exchange.message import Manifest, Part
from tests.support.exchange_evidence import TEXTS

ORGAN_IDS = st.sampled_from(["H56.TEST.01", "000.00.00.H56", "H56.2", "G22.99.4"])
CODES = st.text("ABCDĐ0123456789-", min_size=1, max_size=11).filter(lambda text: text.isascii())
IDS = st.builds(DocumentId, ORGAN_IDS, st.dates(date(1900, 1, 1)), CODES, CODES)
RESPONSES = st.builds(
    lambda found, named: ResponseFor(
        found.organ_id,
        f"{found.code_number}/{found.code_notation}",
        found.promulgation_date,
        found if named else None,
    ),
    IDS,
    st.booleans(),
)
SIGNERS = st.builds(Signer, TEXTS, st.none() | TEXTS, st.none() | TEXTS)
OTHER = st.dictionaries(
    st.sampled_from(
        [
            "MessageHeader/OtherInfo/SphereOfPromulgation",
            "MessageHeader/OtherInfo/Appendixes",
            "MessageHeader/DocumentType/Type",
            "MessageHeader/SignerInfo/Competence",
            "MessageHeader/Further/Of/Ours",
            "TraceHeaderList/TraceHeader/OrganId",
            "TraceHeaderList/TraceHeader[2]/OrganId",
            "TraceHeaderList/Bussiness/BussinessDocReason",
            "TraceHeaderList/Bussiness/BussinessDocumentInfo/ReceiverList/Receiver/ReceiverType",
            "TraceHeaderList/Bussiness/BussinessDocumentInfo/ReceiverList/Receiver/OrganId",
            "TraceHeaderList/Bussiness/ReplacementInfoList/ReplacementInfo/DocumentId",
            "TraceHeaderList/Bussiness/Paper",
        ]
    ),
    TEXTS,
).filter(
    # A second of something that is not there twice would be the first when read again.
    lambda other: (
        "TraceHeaderList/TraceHeader[2]/OrganId" not in other
        or "TraceHeaderList/TraceHeader/OrganId" in other
    )
)
FILES = st.lists(
    st.builds(
        Attachment,
        st.uuids().map(str),
        st.sampled_from(["cong-van.pdf", "Phụ lục 1.docx", "bang.xlsx", "goi.zip"]),
        st.sampled_from(["application/pdf", "text/plain"]),
        st.binary(max_size=200).filter(lambda content: not content.startswith(b"PK")),
    ),
    max_size=3,
    unique_by=lambda file: file.id,
)


@st.composite
def documents(draw: st.DrawFn) -> EdxmlDocument:
    recipients = tuple(draw(st.lists(ORGAN_IDS, min_size=1, max_size=3, unique=True)))
    sender = draw(ORGAN_IDS)
    named = dict.fromkeys((sender, *recipients), "")
    document = Document(
        document_id=draw(IDS),
        sender=sender,
        recipients=recipients,
        document_type=draw(TEXTS),
        priority=draw(st.integers(0, 4)),
        steering_type=draw(st.none() | st.integers(0, 3)),
        business_doc_type=draw(st.sampled_from(BusinessDocType)),
        due_date=draw(st.none() | st.dates(date(1900, 1, 1))),
        response_for=draw(st.none() | RESPONSES),
    )
    organs = {organ: Organ(organ, draw(TEXTS), draw(st.none() | TEXTS)) for organ in named}
    description = Description(
        subject=draw(TEXTS),
        content=draw(st.none() | TEXTS),
        place=draw(st.none() | TEXTS),
        signers=tuple(draw(st.lists(SIGNERS, max_size=2))),
        organs=tuple(organs[organ] for organ in (sender, *recipients)),
        to_places=tuple(draw(st.lists(TEXTS, max_size=3))),
        other=draw(OTHER),
    )
    return EdxmlDocument(document, description, tuple(draw(FILES)))


@given(documents(), st.booleans())
def test_reads_back_what_it_writes(said: EdxmlDocument, zipped: bool) -> None:
    body = write_document(said, zipped=zipped)
    assert read_edxml(body) == said
    assert write_document(said, zipped=zipped) == body


@given(documents().filter(lambda said: said.attachments))
def test_a_message_takes_the_whole_document_along(said: EdxmlDocument) -> None:
    parts = tuple(
        Part(file.id, file.name, file.media_type, len(file.content), sha256(file.content), sha256())
        for file in said.attachments
    )
    manifest = Manifest(said.document, said.description, parts, {})
    carried = Manifest.read(canonical.parse(canonical.encode(manifest.to_json())))
    contents = {file.id: file.content for file in said.attachments}
    assert EdxmlDocument.of(carried, contents) == said


PLAIN = EdxmlDocument(
    Document(
        DocumentId("H56.TEST.01", date(2026, 3, 2), "0123", "TEST-VP"),
        "H56.TEST.01",
        ("H56.TEST.02",),
        "Công văn",
    ),
    Description("V/v thử nghiệm", organs=(Organ("H56.TEST.01", "Cơ quan A"),)),
    (Attachment("1", "a.txt", "text/plain", b"a"),),
)
BODY = write_document(PLAIN).decode()


def refusal(body: str | bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as refused:
        read_edxml(body.encode() if isinstance(body, str) else body)
    return refused.value


def changed(old: str, new: str) -> str:
    assert old in BODY
    return BODY.replace(old, new)


@pytest.mark.parametrize(
    "body",
    [
        changed("2026/03/02</edXML:PromulgationDate>", "02/03/2026</edXML:PromulgationDate>"),
        changed("2026/03/02</edXML:PromulgationDate>", "2026-03-02</edXML:PromulgationDate>"),
        changed(f' xmlns="{NAMESPACE}"', "").replace("edXML:", "").replace(":edXML", ""),
        changed("Bussiness", "Business"),
        changed("<edXML:Code>", "<edXML:Signature>x</edXML:Signature><edXML:Code>"),
        changed("<edXML:DocumentId>H56.TEST.01,2026/03/02,0123/TEST-VP</edXML:DocumentId>", ""),
        changed("YQ==", "&#13;\n Y Q=\t="),
        changed("<AttachmentName>a.txt", "<AttachmentName>C:\\temp\\a.txt"),
        "\ufeff" + BODY,
    ],
)
def test_what_builders_write_differently_is_read_alike(body: str) -> None:
    found = read_edxml(body.encode())
    assert isinstance(found, EdxmlDocument)
    assert replace(found, ignored=()) == PLAIN


_H = "/edXML/edXMLEnvelope/edXMLHeader/MessageHeader"


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (changed("V/v thử nghiệm", ""), "edxml-malformed", f"{_H}/Subject"),
        (changed("V/v thử nghiệm", "x" * 501), "edxml-malformed", f"{_H}/Subject"),
        (changed("H56.TEST.02", ""), "edxml-malformed", f"{_H}/To"),
        (changed(">0123<", ">0124<"), "edxml-malformed", f"{_H}/Code/CodeNumber"),
        (changed(",0123/TEST", ",0123-TEST"), "document-malformed", f"{_H}/DocumentId"),
        (
            changed("2026/03/02</edXML:Prom", "2026/02/30</edXML:Prom"),
            "edxml-malformed",
            f"{_H}/PromulgationInfo/PromulgationDate",
        ),
        (changed("Priority>0<", "Priority>5<"), "edxml-malformed", f"{_H}/OtherInfo/Priority"),
        (
            changed("</edXML:Priority>", "</edXML:Priority><edXML:Secret>Mật</edXML:Secret>"),
            "document-secret-refused",
            f"{_H}/OtherInfo/Secret",
        ),
        (
            changed(
                "</edXML:Priority>",
                "</edXML:Priority><edXML:SphereOfPromulgation>Tối mật</edXML:SphereOfPromulgation>",
            ),
            "document-secret-refused",
            f"{_H}/OtherInfo/SphereOfPromulgation",
        ),
        (
            changed("YQ==", "YQ=!"),
            "edxml-malformed",
            "/edXML/AttachmentEncoded/Attachment[1]/ContentTransferEncoded",
        ),
        (
            changed("<AttachmentName>a.txt", "<AttachmentName>.."),
            "edxml-malformed",
            "/edXML/AttachmentEncoded/Attachment[1]/AttachmentName",
        ),
        (
            changed("<edXML:ContentId>cid:1", "<edXML:ContentId>cid:2"),
            "edxml-malformed",
            "/edXML/edXMLEnvelope/edXMLBody/edXMLManifest/Reference[1]/ContentId",
        ),
        (changed("edXMLHeader", "Header"), "edxml-malformed", "/edXML/edXMLEnvelope/edXMLHeader"),
        ("<edoc/>", "edxml-malformed", "/"),
        ("<edXML>", "xml-malformed", None),
        (b"<edXML>\xff</edXML>", "xml-encoding-unsupported", None),
        ('<?xml version="1.0" encoding="utf-16"?><edXML/>', "xml-encoding-unsupported", None),
        (f"<edXML>{'<a>' * MAX_DEPTH}{'</a>' * MAX_DEPTH}</edXML>", "xml-depth-exceeded", None),
        ("<!DOCTYPE edXML [<!ENTITY a 'b'>]><edXML>&a;</edXML>", "xml-doctype-refused", None),
        (f"<edXML>{'<a/>' * 20_000}</edXML>", "edxml-too-large", None),
    ],
)
def test_what_is_wrong_is_named_where_it_is(
    body: str | bytes, code: str, pointer: str | None
) -> None:
    found = refusal(body)
    assert (found.code, found.pointer) == (code, pointer)


def test_signatures_of_edxml_are_named_as_ignored() -> None:
    found = read_edxml(
        changed("<edXML:Code>", "<edXML:Signature>x</edXML:Signature><edXML:Code>").encode()
    )
    assert found.ignored == (f"{_H}/Signature",)


def test_an_archive_that_swells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", bytes(100_001))
    monkeypatch.setattr(attachment, "MAX_CONTENT", 100_000)
    with pytest.raises(TooLarge):
        read_edxml(changed("YQ==", base64.b64encode(packed.getvalue()).decode()).encode())


def test_an_archive_of_two_files_is_no_wrapper() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", b"a")
        archive.writestr("b.txt", b"b")
    body = base64.b64encode(packed.getvalue()).decode()
    assert "holds that file" in refusal(changed("YQ==", body)).detail
    damaged = base64.b64encode(packed.getvalue()[:-30]).decode()
    assert "damaged" in refusal(changed("YQ==", damaged)).detail


@pytest.mark.parametrize("path", ["a b", "a//b", "a/b[0]", "", "MessageHeader/Subject/x"])
def test_other_texts_need_a_path_that_is_free(path: str) -> None:
    description = replace(PLAIN.description, other={path: "x"})
    with pytest.raises(InvalidInput):
        write_document(replace(PLAIN, description=description))
