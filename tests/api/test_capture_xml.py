"""XML over a running server: documents in, jobs and problems out."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from lxml import etree

from ledger.epcis.xml_document import read_xml_document
from tests.api.test_capture import finished
from tests.support.epcis_events import bare_event
from tests.support.running_app import RunningApp
from tests.unit.epcis.test_xml_document import BOMB, EVENT, document

pytestmark = pytest.mark.chain

XML = {"content-type": "application/xml"}
EPCIS = "{urn:epcglobal:epcis:xsd:2}"


def serial(number: int | str) -> str:
    return EVENT.replace("2018", f"{number}")


def capture(client: httpx.Client, body: bytes, **headers: str) -> dict[str, Any]:
    answer = client.post("/epcis/capture", content=body, headers={**XML, **headers})
    assert answer.status_code == 202, answer.text
    return finished(client, answer.headers["location"])


def test_xml_captured_as_the_json_that_json_capture_stores(server: RunningApp) -> None:
    job = capture(server.producer, document(serial(1), serial(2)))
    assert job["success"], job
    stored = server.producer.get(
        path_of(job["events"][0]["eventID"]), headers={"gs1-epc-format": "Never_Translates"}
    ).json()
    (event,) = stored["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert event["epcList"] == ["urn:epc:id:sgtin:0614141.107346.1"]
    assert event["eventID"] == job["events"][0]["eventID"]


def test_xml_by_its_other_name_is_taken(server: RunningApp) -> None:
    job = capture(
        server.producer,
        document(serial("other-name")),
        **{"content-type": "text/xml; charset=utf-8"},
    )
    assert job["success"], job
    assert len(job["events"]) == 1


def test_xml_and_json_of_one_event_are_one_record(server: RunningApp) -> None:
    as_xml = capture(server.producer, document(serial("twin")))
    event = {
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T08:00:00+07:00",
        "eventTimeZoneOffset": "+07:00",
        "epcList": ["urn:epc:id:sgtin:0614141.107346.twin"],
        "action": "OBSERVE",
    }
    context = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"
    again = server.producer.post("/epcis/events", json={"@context": context, **event})
    assert again.json()["recordID"] == as_xml["events"][0]["recordID"]


def test_one_event_spelled_otherwise_is_one_record_and_another_a_conflict(
    server: RunningApp,
) -> None:
    number = f"{time.time_ns()}"
    event = {
        "@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T01:00:00.000Z",
        "eventTimeZoneOffset": "+07:00",
        "epcList": [f"https://id.gs1.org/01/10614141073464/21/{number}"],
        "action": "OBSERVE",
    }
    first = server.producer.post("/epcis/events", json=event).raise_for_status().json()
    twin = EVENT.replace("2018", number)
    other = twin.replace("OBSERVE</action>", "OBSERVE</action><disposition>active</disposition>")
    named = "</eventTimeZoneOffset>" + f"<eventID>{first['eventID']}</eventID>"
    job = capture(
        server.producer,
        document(twin, other.replace("</eventTimeZoneOffset>", named), twin),
        **{"GS1-Capture-Error-Behaviour": "proceed"},
    )
    assert [fault["code"] for fault in job["errors"]] == ["event-id-taken"]
    assert [fault["index"] for fault in job["errors"]] == [1]
    assert {stored["recordID"] for stored in job["events"]} == {first["recordID"]}


def test_two_spellings_in_one_document_are_one_record(server: RunningApp) -> None:
    twin = serial(time.time_ns())
    later = twin.replace("08:00:00+07:00", "08:00:00.00+07:00")
    assert later != twin
    job = capture(server.producer, document(twin, later))
    assert job["success"], job
    assert len({stored["recordID"] for stored in job["events"]}) == 1


def test_faulty_event_named_with_index_pointer_and_line(server: RunningApp) -> None:
    wrong = serial("bad").replace("OBSERVE", "PAINT")
    job = capture(
        server.producer,
        document(serial("good"), wrong),
        **{"GS1-Capture-Error-Behaviour": "proceed"},
    )
    (fault,) = job["errors"]
    assert fault["index"] == 1
    assert fault["pointer"] == "/epcisBody/eventList/1/action"
    assert "line " in fault["detail"]
    assert len(job["events"]) == 1
    assert not job["success"]


def test_job_in_xml(server: RunningApp) -> None:
    answer = server.producer.post(
        "/epcis/capture", content=document(serial("x").replace("ADD", "NO") + "<Odd/>"), headers=XML
    )
    finished(server.producer, answer.headers["location"])
    told = server.producer.get(answer.headers["location"], headers={"accept": "application/xml"})
    assert told.headers["content-type"] == "application/xml"
    job = etree.fromstring(told.content)
    assert job.tag == f"{EPCIS}EPCISCaptureJob"
    assert job.get("running") == "false"
    assert job.get("success") == "false"
    assert job.findtext("captureErrorBehaviour") == "rollback"
    assert job.findtext("errors/error/type") == "epcisException:ValidationException"


@pytest.mark.parametrize("prolog", [BOMB, '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/">'])
def test_bomb_refused_at_once_and_in_the_syntax_asked_for(server: RunningApp, prolog: str) -> None:
    jobs = len(server.producer.get("/epcis/capture?perPage=200").json())
    answer = server.producer.post(
        "/epcis/capture",
        content=document(EVENT, prolog=prolog),
        headers={**XML, "accept": "application/xml"},
    )
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+xml"
    problem = etree.fromstring(answer.content)
    assert problem.tag == f"{EPCIS}EPCISException"
    assert problem.findtext("type") == "epcisException:ValidationException"
    assert problem.findtext("status") == "400"
    assert problem.findtext("{urn:ietf:rfc:7807}code") == "xml-doctype-refused"
    assert len(server.producer.get("/epcis/capture?perPage=200").json()) == jobs


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/json", "application/problem+json"),
        ("*/*", "application/problem+json"),
        ("application/xml, application/json", "application/problem+json"),
        ("application/json;q=0.1, application/xml", "application/problem+xml"),
        ("application/problem+xml", "application/problem+xml"),
        ("application/epcis+xml", "application/problem+json"),
    ],
)
def test_problem_in_the_syntax_asked_for(server: RunningApp, accept: str, media_type: str) -> None:
    for path in ("/epcis/capture/none", "/epcis/events/urn:none", "/records/none"):
        answer = server.producer.get(path, headers={"accept": accept})
        assert answer.status_code >= 400
        assert answer.headers["content-type"] == media_type
        assert int(answer.headers["content-length"]) == len(answer.content)


def test_events_endpoint_takes_json_only_as_the_standard_says(server: RunningApp) -> None:
    answer = server.producer.post("/epcis/events", content=EVENT.encode(), headers=XML)
    assert answer.status_code == 415


def test_event_in_the_future_taken_and_warned_of(server: RunningApp) -> None:
    future = serial("future").replace("2026-03-01", "2199-03-01")
    job = capture(server.producer, document(serial("now"), future))
    assert job["success"]
    (warning,) = job["warnings"]
    assert warning["index"] == 1
    assert "future" in warning["detail"]
    event = {
        "@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
        "type": "ObjectEvent",
        "eventTime": "2199-03-01T08:00:00+07:00",
        "eventTimeZoneOffset": "+07:00",
        "epcList": ["urn:epc:id:sgtin:0614141.107346.later"],
        "action": "OBSERVE",
    }
    answer = server.producer.post("/epcis/events", json=event)
    assert answer.status_code == 201
    assert "future" in answer.json()["warnings"][0]


def path_of(event_id: str) -> str:
    return f"/epcis/events/{quote(event_id, safe='')}"


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        ({}, "urn:epcglobal:cbv:bizstep:packing"),
        ({"gs1-cbv-xml-format": "Always_Web_URI"}, "https://ref.gs1.org/cbv/BizStep-packing"),
    ],
)
def test_event_given_back_in_xml(server: RunningApp, wish: dict[str, str], word: str) -> None:
    stored = server.producer.post("/epcis/events", json=bare_event(bizStep="packing")).json()
    answer = server.producer.get(
        path_of(stored["eventID"]), headers={"accept": "application/xml", **wish}
    )
    assert answer.headers["content-type"] == "application/xml"
    assert 'rel="proof"' in answer.headers["link"]
    assert etree.fromstring(answer.content).findtext(".//bizStep") == word
    (event,) = read_xml_document(answer.content).events
    assert event["eventID"] == stored["eventID"]


def test_events_queried_in_xml(server: RunningApp) -> None:
    capture(server.producer, document(serial("q1"), serial("q2")))
    answer = server.producer.get(
        "/epcis/events?MATCH_epc=urn:epc:id:sgtin:0614141.107346.q1",
        headers={"accept": "application/xml", "gs1-epc-format": "Never_Translates"},
    )
    (event,) = read_xml_document(answer.raise_for_status().content).events
    assert event["epcList"] == ["urn:epc:id:sgtin:0614141.107346.q1"]


def test_unknown_spelling_of_words_refused(server: RunningApp) -> None:
    answer = server.producer.get(
        "/epcis/events", headers={"accept": "application/xml", "gs1-cbv-xml-format": "Klingon"}
    )
    assert answer.status_code == 406
    assert answer.headers["content-type"] == "application/problem+xml"
