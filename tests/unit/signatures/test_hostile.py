"""Documents made to break a reader: none gets more than a verdict."""

from __future__ import annotations

import io
import random
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.signatures.archive import MAX_ENTRIES
from ledger.signatures.inspection import read_inspection
from ledger.signatures.signed_xml import MAX_DEPTH, XmlRefused, entry_of_uri, read_xml
from ledger.signatures.verdict import Verdict
from tests.support.inspected import authority, codes, inspected, pki
from tests.support.signed_documents import cades, container, pdf, repack, reply, sign_pdf, xades

ACCEPTED = {Verdict.VALID, Verdict.VALID_WITH_FORM_FILLING, Verdict.VALID_NOT_PADES}
DOCS = {"a.txt": b"A" * 300}


def good() -> list[tuple[bytes, bytes | None]]:
    return [
        (container({**DOCS, "META-INF/signatures.xml": xades(DOCS, pki().person)}), None),
        (sign_pdf(pdf(), pki().person, "K"), None),
        (reply(b"hello", authority()), b"hello"),
        (cades(b"hello", pki().agency), b"hello"),
    ]


GOOD = good()


@given(st.binary(max_size=400), st.sampled_from([b"%PDF-1.7\n", b"PK\x03\x04", b"\x30", b""]))
@settings(max_examples=150)
def test_any_bytes_get_a_verdict_and_a_report_that_reads_back(data: bytes, head: bytes) -> None:
    found = inspected(head + data, detached=b"hello")
    assert found.verdict not in ACCEPTED
    again = read_inspection(found.to_json())
    assert (again.to_json(), again.digest) == (found.to_json(), found.digest)


@given(
    which=st.integers(0, 3),
    seed=st.integers(0, 2**32),
    kind=st.sampled_from(["flip", "cut", "insert", "repeat"]),
)
@settings(max_examples=200)
def test_damaged_document_never_raises(which: int, seed: int, kind: str) -> None:
    data, beside = GOOD[which]
    chance = random.Random(seed)
    at = chance.randrange(len(data))
    if kind == "flip":
        data = data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
    elif kind == "cut":
        data = data[:at]
    elif kind == "insert":
        data = data[:at] + chance.randbytes(chance.randrange(1, 40)) + data[at:]
    else:
        data = data[:at] + data[: chance.randrange(len(data))] + data[at:]
    found = inspected(data, detached=beside)
    assert "internal-error" not in codes(found)


def test_container_that_begins_with_a_pdf_is_a_container() -> None:
    docs = {"a.pdf": pdf()}
    packed = container({**docs, "META-INF/signatures.xml": xades(docs, pki().person)})
    assert b"%PDF-" in packed[:1024]
    assert inspected(packed).kind == "asic-e"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_signature_inside_an_xml_document_is_told_of_and_not_called_none(encoding: str) -> None:
    signed = '<edXML><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></edXML>'
    found = inspected(signed.encode(encoding))
    assert (found.verdict, codes(found)) == (Verdict.INVALID, {"signature-kind-unknown"})
    broken = inspected(signed.encode(encoding)[:-8])
    assert broken.verdict is Verdict.INVALID
    assert inspected("<edXML/>".encode(encoding)).verdict is Verdict.NO_SIGNATURE


def test_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", "application/vnd.etsi.asic-e+zip")
        packed.writestr("bomb", bytes(300 << 20))
    started = time.process_time()
    found = inspected(out.getvalue())
    assert (found.verdict, codes(found)) == (Verdict.INVALID, {"archive-too-large"})
    assert time.process_time() - started < 2


def test_too_many_entries_are_refused() -> None:
    many = {f"{number}.txt": b"" for number in range(MAX_ENTRIES + 1)}
    assert codes(inspected(container(many))) == {"archive-too-large"}


def test_directory_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(container(DOCS))
    at = data.rindex(b"PK\x05\x06")
    data[at + 10 : at + 12] = (2).to_bytes(2, "little")
    data[at + 12 : at + 16] = (0x7FFFFFFF).to_bytes(4, "little")
    assert inspected(bytes(data)).verdict is Verdict.INVALID


@pytest.mark.parametrize("name", ["../a", "/etc/passwd", "a\\b", "x/../../y", "a\nb"])
def test_entry_that_leaves_its_folder_is_refused(name: str) -> None:
    found = inspected(repack(GOOD[0][0], {name: b"x"}))
    assert "archive-malformed" in codes(found)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_of_one_name_are_refused() -> None:
    out = io.BytesIO(GOOD[0][0])
    with zipfile.ZipFile(out, "a") as packed:
        packed.writestr("a.txt", b"what another reader opens")
    assert "archive-malformed" in codes(inspected(out.getvalue()))


def test_encrypted_entry_is_refused() -> None:
    data = bytearray(GOOD[0][0])
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    assert "archive-malformed" in codes(inspected(bytes(data)))


def test_deep_nesting_is_refused_quickly() -> None:
    deep = b"<a>" * 10_000 + b"</a>" * 10_000
    packed = container({"a.txt": b"A", "META-INF/signatures.xml": deep})
    found = inspected(packed)
    assert (found.verdict, "xml-malformed" in codes(found)) == (Verdict.INVALID, True)
    with pytest.raises(XmlRefused):
        read_xml(b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1))


def test_deep_asn1_gets_a_verdict() -> None:
    assert inspected(b"\x30\x80" * 10_000).verdict is Verdict.NO_SIGNATURE
    assert inspected(b"\x30\x80" * 10_000, name="a.p7s").verdict is Verdict.INVALID


@pytest.mark.parametrize(
    "text",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode(
            "utf-16"
        ),
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    ],
)
def test_document_types_are_refused(text: bytes) -> None:
    with pytest.raises(XmlRefused) as refused:
        read_xml(text)
    assert refused.value.code == "xml-doctype"


def test_second_element_of_an_id_is_refused() -> None:
    with pytest.raises(XmlRefused) as refused:
        read_xml(b'<a><b Id="x"/><c Id="x"/></a>')
    assert refused.value.code == "xml-id-repeated"


@pytest.mark.parametrize(
    "transform",
    ["http://www.w3.org/TR/1999/REC-xslt-19991116", "http://www.w3.org/2000/09/xmldsig#base64"],
)
def test_transform_the_library_would_pass_over_is_refused(transform: str) -> None:
    signature = xades(DOCS, pki().person)
    added = signature.replace(
        b"<ds:DigestMethod",
        b'<ds:Transforms><ds:Transform Algorithm="%s"/></ds:Transforms><ds:DigestMethod'
        % transform.encode(),
        1,
    )
    found = inspected(container({**DOCS, "META-INF/signatures.xml": added}))
    assert (found.verdict, "signature-malformed" in codes(found)) == (Verdict.INVALID, True)


@pytest.mark.parametrize(
    ("uri", "name"),
    [("a%20b.txt", "a b.txt"), ("/message.xml", "message.xml"), ("./x", "x"), ("a+b", "a+b")],
)
def test_uri_names_an_entry(uri: str, name: str) -> None:
    assert entry_of_uri(uri) == name


@pytest.mark.parametrize("uri", ["", "#x", "../x", "http://a/b", "file:///a", "a\\b", "%ff"])
def test_uri_that_names_none_is_refused(uri: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any
        entry_of_uri(uri)
