"""An event declared in error: both versions stay, each tells of the other."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.support.epcis_events import GTIN, bare_event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

JSON = {"accept": "application/json"}


def post(server: RunningApp, event: dict[str, Any]) -> dict[str, Any]:
    answer = server.producer.post("/epcis/events", json=event)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def declared(event: dict[str, Any], *instead: str) -> dict[str, Any]:
    return {
        **event,
        "errorDeclaration": {
            "declarationTime": "2026-03-02T08:00:00+07:00",
            "reason": "incorrect_data",
            "correctiveEventIDs": list(instead),
        },
    }


def test_event_declared_in_error_gives_both_versions(server: RunningApp) -> None:
    original = bare_event()
    better = bare_event(lot="TH-02")
    first = post(server, original)
    second = post(server, declared(original, better["eventID"]))
    assert second["eventID"] == first["eventID"]
    assert second["recordID"] != first["recordID"]
    answer = server.producer.get(f"/epcis/events/{quote(first['eventID'], safe='')}")
    events = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert ["errorDeclaration" in event for event in events] == [False, True]
    assert events[1]["errorDeclaration"]["reason"] == "incorrect_data"
    for told in (first, second):
        assert f"</records/{told['recordID']}/proof>" in answer.headers["link"]


def test_declaration_sent_again_is_one_record(server: RunningApp) -> None:
    event = bare_event()
    post(server, event)
    assert post(server, declared(event)) == post(server, declared(event))
    changed = {**event, "bizStep": "packing"}
    assert server.producer.post("/epcis/events", json=changed).status_code == 409


def test_event_without_id_declared_under_its_hash(server: RunningApp) -> None:
    event = bare_event(lot="NO-ID")
    del event["eventID"]
    first = post(server, event)
    assert first["eventID"].startswith("ni:///sha-256;")
    assert post(server, event) == first
    second = post(server, declared(event))
    assert second["eventID"] == first["eventID"]
    assert second["recordID"] != first["recordID"]


def test_declaration_of_another_organization_leaves_the_event_alone(server: RunningApp) -> None:
    event = bare_event()
    first = post(server, event)
    answer = server.rival.post("/epcis/events", json=declared(event))
    assert answer.status_code == 201
    path = f"/epcis/events/{quote(first['eventID'], safe='')}"
    events = server.producer.get(path).json()["epcisBody"]["queryResults"]["resultsBody"]
    assert len(events["eventList"]) == 1


def test_story_tells_both_versions_and_what_stands_instead(server: RunningApp) -> None:
    lot = "CORRECTED"
    wrong = bare_event(lot=lot, ilmd={"vn:name": "sai"})
    wrong["@context"].append({"vn": "https://provenance.example/voc/"})
    right = bare_event(lot=lot, eventTime="2026-03-01T09:00:00.000+07:00")
    first = post(server, wrong)
    second = post(server, declared(wrong, right["eventID"]))
    third = post(server, right)
    story = server.visitor.get(f"/01/{GTIN}/10/{lot}", headers=JSON).json()
    corrections = {step["recordID"]: step["correction"] for step in story["events"]}
    assert corrections[third["recordID"]] is None
    assert corrections[first["recordID"]] == corrections[second["recordID"]]
    assert corrections[first["recordID"]] == {
        "declaredBy": second["recordID"],
        "declarationTime": "2026-03-02T08:00:00+07:00",
        "reason": "incorrect_data",
        "correctiveEvents": [{"eventID": right["eventID"], "recordID": third["recordID"]}],
    }
    assert story["product"] == {}
    for language, said in (("vi", "dữ liệu bị sai"), ("en", "its data are wrong")):
        page = server.visitor.get(
            f"/01/{GTIN}/10/{lot}", params={"lang": language}, headers={"accept": "text/html"}
        )
        assert page.text.count(said) == 2
