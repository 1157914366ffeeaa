"""POST /epcis/events and GET /epcis/events/{eventID} over a running server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from tests.support.epcis_events import bare_event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain


def test_post_event_answers_where_it_and_its_proof_are(server: RunningApp) -> None:
    sent = bare_event()
    answer = server.producer.post("/epcis/events", json=sent)
    assert answer.status_code == 201
    assert answer.json()["eventID"] == sent["eventID"]
    assert answer.links["proof"]["url"] == f"/records/{answer.json()['recordID']}/proof"
    assert server.producer.get(answer.headers["location"]).status_code == 200
    assert server.visitor.get(answer.links["proof"]["url"]).status_code == 200


def test_post_event_again_gets_the_first_answer(server: RunningApp) -> None:
    sent = bare_event()
    first = server.producer.post("/epcis/events", json=sent)
    again = server.producer.post("/epcis/events", json=sent)
    assert again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]


def test_post_event_taken_id_conflicts(server: RunningApp) -> None:
    sent = bare_event()
    server.producer.post("/epcis/events", json=sent).raise_for_status()
    answer = server.producer.post("/epcis/events", json={**sent, "bizStep": "packing"})
    assert answer.status_code == 409
    assert answer.json()["type"] == "epcisException:ResourceAlreadyExistsException"


def test_post_event_same_id_of_another_organization_is_its_own(server: RunningApp) -> None:
    sent = bare_event()
    ours = server.producer.post("/epcis/events", json=sent).json()
    theirs = server.rival.post("/epcis/events", json=sent).json()
    assert ours["recordID"] != theirs["recordID"]


def test_post_event_at_once_many_times_is_one_record(server: RunningApp) -> None:
    sent = bare_event()
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: server.producer.post("/epcis/events", json=sent), range(24))
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["recordID"] for answer in answers}) == 1


def test_post_event_invalid_refused_with_pointer(server: RunningApp) -> None:
    answer = server.producer.post("/epcis/events", json=bare_event(action="PAINT"))
    assert answer.status_code == 400
    assert answer.json()["pointer"].endswith("/action")
    assert answer.json()["type"] == "epcisException:ValidationException"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json-malformed"),
        (b'{"type":1,"type":2}', "json-duplicate-key"),
        (b"\xff", "json-malformed"),
    ],
)
def test_post_event_unreadable_refused(server: RunningApp, body: bytes, code: str) -> None:
    answer = server.producer.post(
        "/epcis/events", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == code


def test_post_event_unusable_media_or_version_refused(server: RunningApp) -> None:
    assert server.producer.post("/epcis/events", content=b"{}").status_code == 415
    old = server.producer.post("/epcis/events", json={}, headers={"GS1-CBV-Version": "1.2"})
    assert old.status_code == 406


@pytest.mark.parametrize(
    "event_id",
    [
        "ni:///sha-256;b64c1b8c2a5ff2c1a3b1b4b0f37ee8b42d7f3d3a36f8d8c4c1f2e0a1b2c3d4e5?ver=CBV2.0",
        "urn:example:a%2Fb",
        "https://example.com/events/1?x=1&y=%25#part",
    ],
)
def test_get_event_by_awkward_id_found(server: RunningApp, event_id: str) -> None:
    answer = server.producer.post("/epcis/events", json=bare_event(event_id=event_id))
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == "/epcis/events/" + quote(event_id, safe="")
    found = server.producer.get(answer.headers["location"])
    assert found.status_code == 200
    (event,) = found.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert event["eventID"] == event_id
    assert found.links["proof"]["url"] == answer.links["proof"]["url"]


def test_get_event_gives_back_what_was_recorded(server: RunningApp) -> None:
    sent = {
        **bare_event(),
        "@context": [bare_event()["@context"][0], {"farm": "https://farm.example/ns/"}],
        "farm:hive": {"farm:number": 7},
    }
    location = server.producer.post("/epcis/events", json=sent).headers["location"]
    answer = server.producer.get(location, headers={"accept": "application/ld+json"})
    body = answer.json()
    assert answer.headers["content-type"] == "application/ld+json"
    assert body["type"] == "EPCISQueryDocument"
    assert {"farm": "https://farm.example/ns/"} in body["@context"]
    (event,) = body["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert event.pop("recordTime").endswith("Z")
    assert event == {name: value for name, value in sent.items() if name != "@context"}


def test_get_event_of_another_organization_shows_what_everyone_may_see(
    server: RunningApp,
) -> None:
    sent = bare_event(
        sourceList=[{"type": "location", "source": "https://id.gs1.org/414/9521234000136"}]
    )
    location = server.producer.post("/epcis/events", json=sent).headers["location"]
    body = server.rival.get(location).json()
    (event,) = body["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert event["quantityList"] == sent["quantityList"]
    assert "sourceList" not in event


def test_get_event_refusals(server: RunningApp) -> None:
    assert server.visitor.get("/epcis/events/urn:x:y").status_code == 401
    assert server.producer.get("/epcis/events/urn:x:y").json()["code"] == "event-unknown"
    odd = server.producer.get("/epcis/events/urn:x:y", headers={"GS1-EPC-Format": "Always_Odd"})
    assert odd.status_code == 406
    assert (
        server.producer.get("/epcis/events/urn:x:y", headers={"accept": "image/png"}).status_code
        == 406
    )
