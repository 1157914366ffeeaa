"""Messages: read strictly, written again the same, and shown to the server in part only."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.digest import sha256
from ledger.errors import InvalidInput
from ledger.exchange.document import BusinessDocType, DocumentId
from ledger.exchange.message import Manifest, Routing
from ledger.identity.organization import OrgId
from ledger.records.commitment import commit
from ledger.records.disclosure import DisclosedView, disclose
from ledger.records.policy import Audience
from ledger.records.record import RecordId

BODY: dict[str, Any] = {
    "document": {
        "documentId": "H56.1,2026/03/02,123/2026/UBND-VX",
        "version": 1,
        "from": "H56.1",
        "to": ["H56.2", "H56.3"],
        "codeNumber": "123",
        "codeNotation": "2026/UBND-VX",
        "promulgationDate": "2026-03-02",
        "documentType": "Công văn",
        "priority": 0,
        "steeringType": 1,
        "businessDocType": 0,
        "dueDate": "2026-03-20",
        "responseFor": {
            "organId": "H56.2",
            "code": "45/STC",
            "promulgationDate": "2026-02-20",
            "documentId": "H56.2,2026/02/20,45/STC",
        },
    },
    "description": {
        "subject": "V/v kiểm tra",
        "signers": [{"fullName": "Nguyễn Văn A", "competence": "KT."}],
        "organs": [{"organId": "H56.1", "organName": "UBND"}],
        "other": {"typerNotation": "VX"},
    },
    "parts": [
        {
            "id": "main",
            "name": "123.pdf",
            "mediaType": "application/pdf",
            "size": 81234,
            "digest": sha256(b"plain").hex(),
            "blob": sha256(b"sealed").hex(),
        }
    ],
    "blobs": [sha256(b"sealed").hex()],
    "encryption": {"suite": "x"},
}
SALT = bytes(32)

_word = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=9)


def _changed(path: str, value: object) -> dict[str, Any]:
    body = copy.deepcopy(BODY)
    *way, last = path.split("/")
    at: Any = body
    for step in way:
        at = at[int(step)] if isinstance(at, list) else at[step]
    if value is KeyError:
        del at[last]
    else:
        at[last] = value
    return body


def _view(audience: Audience, body: dict[str, Any] | None = None) -> DisclosedView:
    manifest = Manifest.read(BODY if body is None else body)
    record = manifest.record(
        RecordId(bytes(16)), OrgId(b"\x01" * 32), datetime(2026, 3, 2, tzinfo=UTC)
    )
    return disclose(commit(record.envelope(), SALT), record.kind, audience)


@given(_word, st.dates(), _word, st.lists(_word, min_size=1, max_size=3))
def test_a_document_id_round_trips(organ: str, at: date, number: str, notation: list[str]) -> None:
    one = DocumentId(organ, at, number, "/".join(notation))
    assert DocumentId.parse(one.text) == one


@pytest.mark.parametrize(
    "text",
    [
        "H56.1,2026/02/30,1/A",
        "H56.1,2026-02-03,1/A",
        "H56.1,2026/02/03,1",
        "H56.1,2026/02/03,/A",
        "H56.1,2026/02/03,1/",
        ",2026/02/03,1/A",
        "H56.1,2026/02/03,1/A,",
        " H56.1,2026/02/03,1/A",
        "H56.1,2026/02/03,1 /A",
        "",
    ],
)
def test_another_spelling_is_no_document_id(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        DocumentId.parse(text)
    assert refused.value.code == "document-malformed"


def test_a_manifest_is_written_as_it_was_read() -> None:
    assert Manifest.read(BODY).to_json() == BODY
    assert Manifest.read(json.loads(json.dumps(BODY))).document.code_notation == "2026/UBND-VX"


@pytest.mark.parametrize("mark", ["mật", "tối mật", "tuyệt mật", "NONE", "secret"])
def test_a_secret_document_is_refused(mark: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Manifest.read(_changed("document/confidentiality", mark))
    assert refused.value.code == "document-secret-refused"
    assert refused.value.pointer == "/document/confidentiality"


def test_a_document_that_says_it_is_not_secret_is_taken() -> None:
    manifest = Manifest.read(_changed("document/confidentiality", "none"))
    assert manifest.document == Manifest.read(BODY).document


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        ("document/codeNumber", "124", "/document/codeNumber"),
        ("document/codeNotation", "UBND-VX", "/document/codeNotation"),
        ("document/promulgationDate", "2026-03-03", "/document/promulgationDate"),
        ("document/version", 0, "/document/version"),
        ("document/version", True, "/document/version"),
        ("document/priority", 5, "/document/priority"),
        ("document/priority", KeyError, "/document/priority"),
        ("document/businessDocType", 4, "/document/businessDocType"),
        ("document/to", [], "/document/to"),
        ("document/to", ["H56.2", "H56.2"], "/document/to"),
        ("document/to", ["H56.2", 3], "/document/to/1"),
        ("document/dueDate", None, "/document/dueDate"),
        ("document/dueDate", "20/03/2026", "/document/dueDate"),
        ("document/subject", "V/v", "/document/subject"),
        ("document/responseFor/code", KeyError, "/document/responseFor/code"),
        ("document/responseFor/documentId", "x", "/document/responseFor/documentId"),
        ("description/subject", "x" * 501, "/description/subject"),
        ("description/subject", " x", "/description/subject"),
        ("description/other/a~b/c", 1, "/description/other/a~0b/c"),
        ("parts", [], "/parts"),
        ("parts/0/digest", "00", "/parts/0/digest"),
        ("parts/0/size", -1, "/parts/0/size"),
        ("blobs", [], "/blobs"),
        ("blobs", [sha256(b"other").hex()], "/blobs"),
        ("encryption", [], "/encryption"),
        ("more", 1, "/more"),
    ],
)
def test_what_is_wrong_is_named_by_its_pointer(path: str, value: object, pointer: str) -> None:
    body = _changed("description/other", {"a~b": {}}) if "~" in path else None
    if body is not None:
        body["description"]["other"] = {"a~b/c": value}
        pointer = "/description/other/a~0b~1c"
    with pytest.raises(InvalidInput) as refused:
        Manifest.read(body or _changed(path, value))
    assert (refused.value.code, refused.value.pointer) == ("document-malformed", pointer)


def test_two_parts_of_one_id_are_refused() -> None:
    body = copy.deepcopy(BODY)
    body["parts"] *= 2
    body["blobs"] *= 2
    with pytest.raises(InvalidInput, match="same id"):
        Manifest.read(body)


def test_the_view_of_the_server_has_the_commitment_and_no_content() -> None:
    whole, shown = _view(Audience.OWNER), _view(Audience.AGENCY)
    assert shown.commitment() == whole.commitment()
    routing = Routing.read(DisclosedView.from_json(json.loads(json.dumps(shown.to_json()))))
    assert routing.document == Manifest.read(BODY).document
    assert routing.blobs == (sha256(b"sealed"),)
    assert routing.document.business_doc_type is BusinessDocType.NEW
    text = json.dumps(shown.to_json(), ensure_ascii=False)
    for hidden in ("kiểm tra", "Nguyễn", "123.pdf", sha256(b"plain").hex(), "81234", "suite"):
        assert hidden not in text


def test_a_view_that_shows_more_than_routing_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        Routing.read(_view(Audience.OWNER))
    assert refused.value.code == "document-malformed"
    with pytest.raises(InvalidInput):
        Routing.read(_view(Audience.PUBLIC))
