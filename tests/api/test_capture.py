"""POST /epcis/capture and its jobs over a running server."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from tests.support.epcis_events import document, event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain


def finished(client: httpx.Client, location: str) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        job = client.get(location).raise_for_status().json()
        if not job["running"]:
            assert isinstance(job, dict)
            return job
        time.sleep(0.05)
    raise AssertionError("the job did not finish")


def capture(client: httpx.Client, body: Any, **headers: str) -> dict[str, Any]:
    answer = client.post("/epcis/capture", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    assert answer.headers["gs1-epcis-version"] == "2.0"
    return finished(client, answer.headers["location"])


def test_capture_valid_document_lists_each_event_and_record(server: RunningApp) -> None:
    events = [event() for _ in range(3)]
    job = capture(server.producer, document(events))
    assert job["success"]
    assert job["errors"] == []
    assert [stored["eventID"] for stored in job["events"]] == [one["eventID"] for one in events]
    for stored in job["events"]:
        assert server.visitor.get(f"/records/{stored['recordID']}").status_code == 200


def test_capture_json_ld_media_type_accepted(server: RunningApp) -> None:
    job = capture(server.producer, document([event()]), **{"content-type": "application/ld+json"})
    assert job["success"]


def test_capture_rollback_with_one_bad_event_stores_nothing(server: RunningApp) -> None:
    good, bad = event(), event(action="PAINT")
    job = capture(server.producer, document([good, bad]))
    assert not job["success"]
    assert job["events"] == []
    (fault,) = job["errors"]
    assert fault["index"] == 1
    assert fault["type"] == "epcisException:ValidationException"
    assert fault["pointer"].endswith("/action")
    assert server.producer.get(f"/epcis/events/{good['eventID']}").status_code == 404


def test_capture_proceed_with_one_bad_event_stores_the_others(server: RunningApp) -> None:
    good, bad = event(), event(eventTime="yesterday")
    job = capture(
        server.producer, document([bad, good]), **{"GS1-Capture-Error-Behaviour": "proceed"}
    )
    assert not job["success"]
    assert [stored["eventID"] for stored in job["events"]] == [good["eventID"]]
    assert [fault["index"] for fault in job["errors"]] == [0]


def test_capture_same_document_again_names_the_same_records(server: RunningApp) -> None:
    body = document([event(), event()])
    first, again = capture(server.producer, body), capture(server.producer, body)
    assert again["success"]
    assert again["events"] == first["events"]


def test_capture_taken_event_id_is_a_conflict_of_that_event(server: RunningApp) -> None:
    first = event()
    capture(server.producer, document([first]))
    job = capture(server.producer, document([{**first, "bizStep": "packing"}]))
    assert [fault["status"] for fault in job["errors"]] == [409]
    assert job["errors"][0]["type"] == "epcisException:ResourceAlreadyExistsException"


def test_capture_not_json_fails_in_the_job_with_a_pointerless_error(server: RunningApp) -> None:
    answer = server.producer.post(
        "/epcis/capture", content=b"<xml/>", headers={"content-type": "application/json"}
    )
    job = finished(server.producer, answer.headers["location"])
    assert not job["success"]
    assert len(job["errors"]) == 1
    assert "index" not in job["errors"][0]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/json", "gs1-epcis-version": "1.2"}, 406),
        ({"content-type": "application/json", "gs1-capture-error-behaviour": "hope"}, 400),
    ],
)
def test_capture_unusable_headers_refused(
    server: RunningApp, headers: dict[str, str], status: int
) -> None:
    answer = server.producer.post("/epcis/capture", content=b"{}", headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].startswith("epcisException:")


def test_capture_too_many_bytes_refused_with_both_limits(server: RunningApp) -> None:
    def endless() -> Any:
        for _ in range(server.app.settings.capture_bytes // 2**20 + 1):
            yield b" " * 2**20

    answer = server.producer.post(
        "/epcis/capture", content=endless(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413
    assert int(answer.headers["gs1-epcis-capture-limit"]) >= 10_000
    assert int(answer.headers["gs1-epcis-capture-file-size-limit"]) >= 64 * 10**6
    assert answer.json()["type"] == "epcisException:CaptureLimitExceededException"


def test_capture_without_key_refused(server: RunningApp) -> None:
    answer = server.visitor.post("/epcis/capture", json=document([event()]))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["type"] == "epcisException:SecurityException"


def test_capture_without_scope_refused(server: RunningApp) -> None:
    answer = server.reader.post("/epcis/capture", json=document([event()]))
    assert answer.status_code == 403


def test_job_of_another_organization_is_unknown(server: RunningApp) -> None:
    answer = server.producer.post("/epcis/capture", json=document([event()]))
    assert server.rival.get(answer.headers["location"]).status_code == 404


def test_jobs_paged_newest_first_without_loss(server: RunningApp) -> None:
    sent = [
        server.producer.post("/epcis/capture", json=document([event()])).json()["captureID"]
        for _ in range(3)
    ]
    seen: list[str] = []
    address: str | None = "/epcis/capture?perPage=2"
    while address is not None and len(seen) < 200:
        answer = server.producer.get(address).raise_for_status()
        seen += [job["captureID"] for job in answer.json()]
        address = answer.links.get("next", {}).get("url")
        assert ("gs1-next-page-token-expires" in answer.headers) == (address is not None)
        # What arrives meanwhile is newer than every page to come.
        server.producer.post("/epcis/capture", json=document([event()]))
    assert seen[:3] == sent[::-1]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("query", ["perPage=0", "perPage=x", "nextPageToken=!", "nextPageToken=ND"])
def test_jobs_bad_paging_refused(server: RunningApp, query: str) -> None:
    answer = server.producer.get(f"/epcis/capture?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/epcis/capture", "/epcis/capture/x", "/epcis/events", "/epcis/events/x"]
)
def test_options_tells_methods_and_versions(server: RunningApp, path: str) -> None:
    answer = server.visitor.options(path)
    assert answer.status_code == 204
    assert "OPTIONS" in answer.headers["allow"]
    for name in ("epcis-version", "epcis-min", "epcis-max", "cbv-version", "cbv-min", "cbv-max"):
        assert answer.headers[f"gs1-{name}"] == "2.0"
    for name in ("epc-format", "cbv-xml-format", "vendor-version", "extensions"):
        assert f"gs1-{name}" in answer.headers


def test_other_method_refused_with_all_that_are_allowed(server: RunningApp) -> None:
    answer = server.visitor.put("/epcis/capture")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_listed_jobs_say_nothing_of_their_events(server: RunningApp) -> None:
    job = capture(server.producer, document([event()]))
    assert len(job["events"]) == 1
    (listed,) = server.producer.get("/epcis/capture?perPage=1").json()
    assert listed["captureID"] == job["captureID"]
    assert "events" not in listed, "an empty list would read as nothing stored"
