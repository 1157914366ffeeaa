"""What is refused of a zip before it is unpacked."""

from __future__ import annotations

import io
import zipfile

import pytest

from ledger.errors import InvalidInput
from ledger.sheets.archive import MAX_ENTRIES, Archive


def packed(*parts: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in parts:
            archive.writestr(name, data)
    return out.getvalue()


WORKBOOK = ("xl/workbook.xml", b"<workbook/>")


def refused(body: bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        Archive(body)
    assert caught.value.context["detailVi"]
    return caught.value.code


def test_archive_reads_its_parts() -> None:
    archive = Archive(packed(WORKBOOK))
    assert archive.read("xl/workbook.xml") == b"<workbook/>"
    assert archive.read("xl/styles.xml") is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "sheet-file-unknown"),
        (b"PK\x03\x04 not a zip", "sheet-file-unknown"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "sheet-file-unknown"),
        (packed(("word/document.xml", b"<d/>")), "sheet-file-unknown"),
        (packed(("mimetype", b"oasis"), ("content.xml", b"")), "sheet-file-unknown"),
        (packed(WORKBOOK, ("xl/vbaProject.bin", b"")), "sheet-archive-refused"),
        (packed(WORKBOOK, ("xl/externalLinks/externalLink1.xml", b"")), "sheet-archive-refused"),
        (packed(WORKBOOK, ("xl/connections.xml", b"")), "sheet-archive-refused"),
        (packed(WORKBOOK, ("xl/embeddings/oleObject1.bin", b"")), "sheet-archive-refused"),
        (packed(WORKBOOK, ("xl/sharedStrings.xml", b" " * 2**24)), "sheet-archive-refused"),
        (packed(WORKBOOK, method=zipfile.ZIP_LZMA), "sheet-archive-refused"),
        (
            packed(WORKBOOK, *[(f"xl/part{number}.xml", b"") for number in range(MAX_ENTRIES)]),
            "sheet-archive-refused",
        ),
    ],
)
def test_archive_refused(body: bytes, code: str) -> None:
    assert refused(body) == code


def test_archive_unpacking_to_too_much_refused() -> None:
    noise = bytes(range(256)) * 2**12  # packs well, yet within the ratio
    parts = [(f"xl/worksheets/sheet{n}.xml", noise[n:] + b"x" * n) for n in range(120)]
    assert refused(packed(WORKBOOK, *parts)) == "sheet-archive-refused"


def test_archive_with_lying_size_refused_when_read() -> None:
    body = bytearray(packed(("xl/workbook.xml", b"<workbook/>" * 400)))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = body.find(signature) + offset
        body[at : at + 4] = (11).to_bytes(4, "little")
    archive = Archive(bytes(body))
    with pytest.raises(InvalidInput, match="damaged"):
        archive.read("xl/workbook.xml")


@pytest.mark.parametrize(
    "part",
    [
        b'<!DOCTYPE x [<!ENTITY a "b">]><workbook/>',
        "<workbook/>".encode("utf-16"),
    ],
)
def test_archive_part_with_entities_or_odd_encoding_refused(part: bytes) -> None:
    archive = Archive(packed(("xl/workbook.xml", part)))
    with pytest.raises(InvalidInput) as caught:
        archive.read("xl/workbook.xml")
    assert caught.value.code == "sheet-archive-refused"
