"""Every file of the edXML data: read as what its name says, and the same after a round trip."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ledger.exchange.document import BusinessDocType
from ledger.exchange.edxml.document import EdxmlDocument
from ledger.exchange.edxml.reading import read_edxml
from ledger.exchange.edxml.status import LABELS, EdxmlStatus, write_status
from ledger.exchange.edxml.writing import write_document
from ledger.exchange.evidence import Staff
from ledger.exchange.rules import LegAction
from ledger.exchange.vocabulary import ACTION_OF_STATUS

STATUSES = {
    "status-01-arrived.edxml": (LegAction.ARRIVE, "H56.TEST.02", "Đã đến"),
    "status-02-refused.edxml": (LegAction.REFUSE, "H56.TEST.03", "Gửi sai nơi nhận"),
    "status-03-received.edxml": (LegAction.RECEIVE, "H56.TEST.02", "Đã tiếp nhận"),
    "status-06-done.edxml": (LegAction.FINISH, "H56.TEST.02", "Đã xử lý xong"),
}
DOCUMENTS = {
    "edoc-new.edxml": (BusinessDocType.NEW, ("H56.TEST.02", "H56.TEST.03")),
    "edoc-recall.edxml": (BusinessDocType.RECALL, ("H56.TEST.02",)),
}
FILE = "Nội dung thử nghiệm - không phải văn bản thật.\n"


@pytest.fixture(scope="module")
def edxml_folder(data_folder: Path) -> Path:
    return data_folder / "documents" / "edxml-synthetic"


def test_every_file_is_expected(edxml_folder: Path) -> None:
    assert {path.name for path in edxml_folder.iterdir()} == {*STATUSES, *DOCUMENTS}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents(edxml_folder: Path, name: str) -> None:
    found = read_edxml((edxml_folder / name).read_bytes())
    assert isinstance(found, EdxmlDocument)
    document, description = found.document, found.description
    assert (document.business_doc_type, document.recipients) == DOCUMENTS[name]
    assert document.document_id.text == "H56.TEST.01,2026/03/02,0123/TEST-VP"
    assert (document.priority, document.steering_type) == (1, 1)
    assert document.due_date == date(2026, 3, 20)
    assert document.document_type == "Công văn"
    assert description.subject == "V/v thử nghiệm gửi nhận văn bản điện tử"
    assert [signer.competence for signer in description.signers] == ["KT. GIÁM ĐỐC"]
    assert description.to_places == ("Như trên", "Lưu: VT")
    assert [file.name for file in found.attachments] == ["thu-nghiem.txt"]
    assert found.attachments[0].content.decode() == FILE
    assert found.ignored == ()
    for zipped in (False, True):
        assert read_edxml(write_document(found, zipped=zipped)) == found


@pytest.mark.parametrize("name", STATUSES)
def test_statuses(edxml_folder: Path, name: str) -> None:
    found = read_edxml((edxml_folder / name).read_bytes())
    assert isinstance(found, EdxmlStatus)
    assert (found.action, found.organ.organ_id, found.description) == STATUSES[name]
    assert found.response_for.document_id is not None
    assert found.response_for.document_id.text == "H56.TEST.01,2026/03/02,0123/TEST-VP"
    assert found.at == datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    assert found.staff == Staff("Văn thư", "Văn Thư Thử Nghiệm")
    assert (found.other, found.ignored) == ({}, ())
    assert read_edxml(write_status(found)) == found


def test_code_lists_are_ours(data_folder: Path) -> None:
    table = data_folder / "documents" / "vn-metadata" / "edxml-code-lists.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    codes = {row["code"]: row["label_vi"] for row in rows if row["list"] == "StatusCode"}
    assert codes.keys() == ACTION_OF_STATUS.keys()
    recall = codes.pop("13")
    assert LABELS[LegAction.REQUEST_RECALL].lower() in recall
    assert codes == {code: LABELS[ACTION_OF_STATUS[code]] for code in codes}
    types = [row["code"] for row in rows if row["list"] == "BussinessDocType"]
    assert [int(code) for code in types] == list(BusinessDocType)
