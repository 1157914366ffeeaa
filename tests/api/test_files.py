"""Photos and certificates over a running server."""

from __future__ import annotations

import hashlib
import secrets
from io import BytesIO

import pytest
from PIL import Image

from ledger.digest import sha256
from ledger.services.filing import MOST_BYTES
from tests.support.masterdata import product
from tests.support.running_app import RunningApp
from tests.unit.masterdata.test_photo import GPS_IFD, taken

pytestmark = pytest.mark.chain

JPEG = {"content-type": "image/jpeg"}


def _pdf() -> bytes:
    return b"%PDF-1.4\n% " + secrets.token_hex(8).encode()


def test_photo_is_kept_without_its_position_and_served_for_ever(server: RunningApp) -> None:
    photo = taken("JPEG", size=(30 + secrets.randbelow(900), 20))
    kept = server.producer.post("/files", content=photo, headers=JPEG)
    assert kept.status_code == 201, kept.text
    again = server.producer.post("/files", content=photo, headers=JPEG)
    assert (again.status_code, again.json()) == (200, kept.json())
    found = server.visitor.get(kept.headers["location"])
    assert hashlib.sha256(found.content).hexdigest() == kept.json()["sha256"]
    assert found.headers["content-type"] == "image/jpeg"
    assert "immutable" in found.headers["cache-control"]
    assert found.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in found.headers["content-security-policy"]
    assert not Image.open(BytesIO(found.content)).getexif().get_ifd(GPS_IFD)
    etag = {"if-none-match": found.headers["etag"]}
    assert server.visitor.get(kept.headers["location"], headers=etag).status_code == 304
    located = server.producer.post("/files?keepLocation=true", content=photo, headers=JPEG).json()
    position = server.visitor.get(f"/files/{located['sha256']}").content
    assert Image.open(BytesIO(position)).getexif().get_ifd(GPS_IFD)


def test_certificate_is_kept_as_it_is_and_anchored_by_digest(server: RunningApp) -> None:
    pdf = _pdf()
    kept = server.producer.post("/files", content=pdf).raise_for_status().json()
    assert kept == {
        "sha256": sha256(pdf).hex(),
        "mediaType": "application/pdf",
        "size": len(pdf),
    }
    found = server.visitor.get(f"/files/{kept['sha256']}")
    assert found.content == pdf
    assert found.headers["content-disposition"].startswith("attachment")
    paper = {"standard": "VietGAP", "issuer": "x", "file": {**kept, "title": "Giấy"}}
    del paper["file"]["size"]  # type: ignore[attr-defined]
    path = f"/masterdata/products/t-{secrets.token_hex(6)}"
    said = product(certificates=[paper])
    stored = server.producer.put(path, json=said).raise_for_status().json()
    proof = server.visitor.get(f"/records/{stored['recordID']}/proof").text
    assert kept["sha256"] in proof


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 415, "media-type-unsupported"),
        (b"<svg onload=alert(1)>", 415, "media-type-unsupported"),
        (b"<!doctype html><script>", 415, "media-type-unsupported"),
        (b"\xff\xd8\xff" + b"x" * 100, 400, "photo-malformed"),
        (b"\x89PNG\r\n\x1a\n", 400, "photo-malformed"),
        (b"%PDF-" + b" " * MOST_BYTES, 413, "body-too-large"),
    ],
)
def test_other_files_refused(server: RunningApp, data: bytes, status: int, code: str) -> None:
    answer = server.producer.post("/files", content=data, headers=JPEG)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_who_may_keep_and_what_is_not_there(server: RunningApp) -> None:
    assert server.visitor.post("/files", content=_pdf()).status_code == 401
    assert server.reader.post("/files", content=_pdf()).status_code == 403
    assert server.visitor.get(f"/files/{'00' * 32}").json()["code"] == "file-unknown"
    assert server.visitor.get("/files/../../etc/passwd").status_code == 404
    assert server.visitor.get("/files/XYZ").json()["code"] == "digest-malformed"


def test_organization_keeps_no_more_than_its_quota(
    server: RunningApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.app.filing, "_quota", 10)
    answer = server.producer.post("/files", content=_pdf())
    assert (answer.status_code, answer.json()["code"]) == (429, "quota-file-bytes")


def test_item_that_names_a_file_handed_in_later_says_so_until_then(server: RunningApp) -> None:
    """Photo and record of a phone that was offline come in any order."""
    data = _pdf()
    digest = sha256(data).hex()
    code = f"giay-{secrets.token_hex(4)}"
    paper = {"sha256": digest, "mediaType": "application/pdf"}
    said = {"name": "Gạo", "certificates": [{"standard": "OCOP", "issuer": "UBND", "file": paper}]}
    path = f"/masterdata/products/{code}"
    first = server.producer.put(path, json=said)
    assert first.status_code == 201
    missing = [{"pointer": "/certificates/0/file", "sha256": digest}]
    assert first.json()["missingFiles"] == missing
    public = {"org": first.json()["org"]}
    assert server.visitor.get(path, params=public).json()["missingFiles"] == missing
    assert server.visitor.get(f"/files/{digest}").status_code == 404
    assert server.producer.post("/files", content=data).json()["sha256"] == digest
    assert server.visitor.get(path, params=public).json()["missingFiles"] == []
    again = server.producer.put(path, json=said).json()
    assert (again["version"], again["missingFiles"]) == (1, [])
