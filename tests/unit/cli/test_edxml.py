"""`provenance document edxml`: files read, unpacked and written, without a server."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.exchange.edxml.attachment import Attachment
from ledger.exchange.edxml.reading import read_edxml
from ledger.exchange.edxml.status import EdxmlStatus, write_status
from ledger.exchange.edxml.writing import write_document
from tests.unit.cli.conftest import Run
from tests.unit.exchange.edxml.test_document import PLAIN
from tests.unit.exchange.test_evidence import REFUSED


@pytest.fixture
def edoc(tmp_path: Path) -> Path:
    path = tmp_path / "a.edxml"
    path.write_bytes(write_document(PLAIN))
    return path


def test_a_document_is_shown(edoc: Path, run: Run) -> None:
    ran = run("document", "edxml", "show", str(edoc))
    assert ran.code == 0
    assert ran.out.splitlines()[:2] == [
        "NEW H56.TEST.01,2026/03/02,0123/TEST-VP",
        "  V/v thử nghiệm",
    ]


@pytest.mark.parametrize("options", [(), ("--zip",)])
def test_what_is_shown_is_written_again(
    edoc: Path, tmp_path: Path, run: Run, options: tuple[str, ...]
) -> None:
    shown = tmp_path / "a.json"
    shown.write_text(json.dumps(run("document", "edxml", "show", str(edoc), "--json").json))
    written = tmp_path / "b.edxml"
    ran = run("document", "edxml", "write", str(shown), "--output", str(written), *options)
    assert ran.code == 0
    assert read_edxml(written.read_bytes()) == PLAIN
    assert (written.read_bytes() == edoc.read_bytes()) is (options == ())


def test_files_are_unpacked_and_nothing_is_overwritten(tmp_path: Path, run: Run) -> None:
    twice = (*PLAIN.attachments, Attachment("2", "a.txt", "text/plain", b"b"))
    path = tmp_path / "a.edxml"
    path.write_bytes(write_document(replace(PLAIN, attachments=twice)))
    folder = tmp_path / "files"
    assert run("document", "edxml", "show", str(path), "--files", str(folder)).code == 0
    found = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert found == {"a.txt": b"a", "2-a.txt": b"b"}
    again = run("document", "edxml", "show", str(path), "--files", str(folder))
    assert again.code == 2
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == found


def test_a_status_is_shown(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "s.edxml"
    path.write_bytes(write_status(EdxmlStatus.of(REFUSED)))
    told = run("document", "edxml", "show", str(path), "--json").json
    assert told["status"]["code"] == "02"
    assert told["status"]["description"] == "Gửi sai nơi nhận"
    assert "02 REFUSE 2026-03-02T03:00:00.000Z" in run("document", "edxml", "show", str(path)).out


def test_faults_are_one_line(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "x.edxml"
    path.write_bytes(b"<edXML/>")
    ran = run("document", "edxml", "show", str(path))
    assert ran.code == 2
    assert len(ran.err.strip().splitlines()) <= 2
    assert "edXMLEnvelope" in ran.err
    assert run("document", "edxml", "show", str(tmp_path / "none")).code == 2
