"""Everything in the conformance data that says it is invalid, over HTTP: a 4xx that names the
fault, or a capture job that failed, and nothing stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from tests.conformance.test_capture_and_prove import capture
from tests.conformance.test_digital_link_vectors import rows
from tests.support.epcis_events import bare_event
from tests.support.running_app import RunningApp, running_app

pytestmark = [pytest.mark.chain, pytest.mark.slow]

AI_OF_KEY = {
    "GTIN-8": "01", "GTIN-12": "01", "GTIN-13": "01", "GTIN-14": "01",
    "GLN": "414", "SSCC": "00", "GSRN": "8018",
}  # fmt: skip
MEDIA = {".json": "application/json", ".jsonld": "application/ld+json", ".xml": "application/xml"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with running_app(tmp_path_factory.mktemp("invalid")) as started:
        yield started


@pytest.fixture(autouse=True)
def nothing_stored(running: RunningApp) -> Iterator[None]:
    before = count(running)
    yield
    assert count(running) == before


def count(running: RunningApp) -> list[int]:
    with running.app.db.read() as tx:
        return [
            tx.connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in ("records", "submissions", "link_sets", "named_queries")
        ]


def check_refused(running: RunningApp, path: str) -> None:
    answer = running.visitor.get(path)
    assert 400 <= answer.status_code < 500, (path, answer.status_code)


def test_every_file_in_a_folder_of_invalid_ones(running: RunningApp, epcis_data: Path) -> None:
    files = [path for path in sorted(epcis_data.glob("**/Invalid/*")) if path.is_file()]
    assert len(files) >= 15
    for file in files:
        body, media = file.read_bytes(), MEDIA[file.suffix]
        if file.parent.parent.name == "Queries":
            # a query, not a document: it is asked for by being named
            asked = json.loads(body)
            answer = running.producer.post("/epcis/queries", json=asked)
            assert answer.status_code == 400, (file.name, answer.text)
            assert answer.json()["type"].startswith("epcisException:"), answer.text
            continue
        answer = running.producer.post(
            "/epcis/capture", content=body, headers={"content-type": media}
        )
        if answer.status_code == 202:
            job = capture(running.producer, body, media_type=media)
            assert not job["success"], file.name
            assert (job["events"], bool(job["errors"])) == ([], True), file.name
        else:
            assert answer.status_code == 400, (file.name, answer.text)
            assert "epcisException:ValidationException" in answer.text, file.name


def test_every_invalid_link(running: RunningApp, epcis_data: Path) -> None:
    vectors = rows(epcis_data / "digital-link/uri-vectors.tsv")
    invalid = [row["uri"] for row in vectors if row["valid"] == "false"]
    assert len(invalid) >= 12
    for uri in invalid:
        traced = running.producer.get("/trace", params={"id": uri, "direction": "back"})
        assert traced.status_code == 400, (uri, traced.text)
        assert traced.json()["detail"]
        parts = urlsplit(uri)
        check_refused(
            running, quote(parts.path, safe="/") + (f"?{parts.query}" * bool(parts.query))
        )
        labels = running.producer.post("/labels", json={"labels": [{"link": uri}]})
        assert labels.status_code == 400, (uri, labels.status_code)
        assert labels.json()["code"].startswith("gs1-"), labels.text


def test_every_wrong_key(running: RunningApp, epcis_data: Path) -> None:
    vectors = rows(epcis_data / "check-digits/check-digits.tsv")
    invalid = [(row["key"], row["value"]) for row in vectors if row["valid"] == "false"]
    assert len(invalid) >= 40
    for key, value in invalid:
        path = f"/{AI_OF_KEY[key]}/{quote(value, safe='')}"
        check_refused(running, path)
        for kind in ("pdf", "svg"):
            answer = running.visitor.get(f"/labels{path}.{kind}")
            assert answer.status_code in (400, 404), (key, value, answer.text)
        link = {"linkType": "gs1:pip", "href": "https://htx.example/", "title": "x"}
        wanted = {"itemDescription": "x", "links": [link]}
        put = running.producer.put(f"/links{path}", json=wanted)
        assert 400 <= put.status_code < 500, (key, value)


def test_event_that_names_a_thing_with_a_wrong_check_digit(
    running: RunningApp, epcis_data: Path
) -> None:
    vectors = rows(epcis_data / "digital-link/uri-vectors.tsv")
    for row in vectors:
        if row["valid"] == "false":
            event = bare_event(epcList=[row["uri"]])
            answer = running.producer.post("/epcis/events", json=event)
            assert answer.status_code == 400, (row["uri"], answer.text)
            assert "/epcList/0" in answer.text, answer.text
