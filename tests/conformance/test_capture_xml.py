"""Every XML document of the conformance data over HTTP: what is valid ends up proven and comes
back as XML that the official schema accepts, what is not leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.epcis.xml_document import read_xml_document
from tests.conformance.test_capture_and_prove import captors, capture, prove_all, records
from tests.conformance.test_epcis_xml import FAULTS_OF_1_2, STRICTER_THAN_SCHEMA, verdicts
from tests.support.running_app import RunningApp, running_app

pytestmark = [pytest.mark.chain, pytest.mark.slow]

XML = "application/xml"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with running_app(tmp_path_factory.mktemp("xml")) as started:
        yield started


def documents(folder: Path, *, valid: bool) -> dict[str, bytes]:
    found = {}
    for file, is_valid in verdicts(folder):
        body = (folder / file).read_bytes()
        if b"EPCISDocument" in body or b"EPCISQueryDocument" in body:
            known = {**STRICTER_THAN_SCHEMA, **FAULTS_OF_1_2}
            if (is_valid and file not in known) == valid:
                found[file] = body
    return found


def test_valid_documents_captured_and_proven(running: RunningApp, epcis_data: Path) -> None:
    files = documents(epcis_data, valid=True)
    older = sorted((epcis_data / "openepcis/1.2/xml/Capture/Documents").glob("*.xml"))
    files |= {
        path.name: path.read_bytes()
        for path in older
        if path.relative_to(epcis_data).as_posix() not in FAULTS_OF_1_2
        and b"EPCISDocument" in path.read_bytes()
    }
    assert len(files) >= 25
    found: list[str] = []
    for (name, body), client in zip(files.items(), captors(running, len(files)), strict=True):
        job = capture(client, body, media_type=XML)
        assert job["success"], (name, job["errors"])
        assert len(job["events"]) == len(read_xml_document(body).events), name
        found += dict.fromkeys(records(job))
    assert prove_all(running, found) == len(found)


def test_invalid_documents_refused_and_nothing_stored(
    running: RunningApp, epcis_data: Path
) -> None:
    files = {
        path.name: path.read_bytes()
        for pattern in ("**/Capture/Invalid/*.xml", "**/Query/Invalid/*.xml")
        for path in epcis_data.glob(pattern)
    }
    files |= {
        file: (epcis_data / file).read_bytes()
        for file in STRICTER_THAN_SCHEMA
        if (epcis_data / file).is_file()
    }
    assert len(files) >= 8
    (client,) = captors(running, 1)
    before = running.app.log_reading.size()
    for name, body in files.items():
        job = capture(client, body, media_type=XML)
        assert not job["success"], name
        assert job["events"] == [], name
        assert all(error["pointer"] is not None for error in job["errors"]), name
    assert running.app.log_reading.size() == before
