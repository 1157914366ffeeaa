"""Devices over a running server: registered, read, replayed, revoked; the cold chain watched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.support.devices import Device
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

GTIN = "09521234543213"
JOSE = {"content-type": "application/jose"}


def lot_of(name: str) -> str:
    return f"https://id.gs1.org/01/{GTIN}/10/{name}"


def registered(server: RunningApp, items: Sequence[str] = ()) -> Device:
    device = Device()
    answer = server.manager.put("/devices", json=device.registration(server.producer_org, items))
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"kid": device.kid}
    return device


def send(server: RunningApp, reading: str) -> httpx.Response:
    return server.visitor.post("/devices/readings", content=reading, headers=JOSE)


def at(minute: int) -> str:
    return f"2026-03-01T{8 + minute // 60:02d}:{minute % 60:02d}:00+07:00"


def event_of(server: RunningApp, answer: httpx.Response) -> dict[str, Any]:
    path = f"/epcis/events/{quote(answer.json()['eventID'], safe='')}"
    found = server.producer.get(path, headers={"gs1-epc-format": "Never_Translates"}).json()
    (event,) = found["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert isinstance(event, dict)
    return event


def test_signed_reading_becomes_an_event_of_the_organization(server: RunningApp) -> None:
    device = registered(server, [lot_of("dev-1")])
    reading = device.reading(1, at(0), 4.5)
    answer = send(server, reading)
    assert answer.status_code == 201, answer.text
    event = event_of(server, answer)
    assert event["bizStep"] == "sensor_reporting"
    assert event["device:reading"] == reading
    assert event["quantityList"] == [{"epcClass": lot_of("dev-1")}]
    told = server.visitor.get(f"/records/{answer.json()['recordID']}")
    assert told.status_code == 200


def test_reading_played_back_is_the_record_that_is_there(server: RunningApp) -> None:
    device = registered(server)
    reading = device.reading(5, at(0), 4.5)
    first, again = send(server, reading), send(server, reading)
    assert again.status_code == 201
    assert again.json() == first.json()
    other = send(server, device.reading(5, at(1), 9.9))
    assert other.status_code == 409
    assert other.json()["code"] == "event-id-taken"
    late = send(server, device.reading(4, at(0), 4.4))
    assert late.status_code == 201


def test_forged_unknown_and_revoked_refused(server: RunningApp) -> None:
    device = registered(server)
    reading = device.reading(1, at(0), 4.5)
    head, payload, _ = reading.split(".")
    forged = send(server, f"{head}.{payload}.{Device().sign({}).split('.')[2]}")
    assert (forged.status_code, forged.json()["code"]) == (422, "device-signature-invalid")
    stranger = send(server, Device().reading(1, at(0), 4.5))
    assert (stranger.status_code, stranger.json()["code"]) == (404, "device-unknown")
    assert server.rival.delete(f"/devices/{device.kid}").status_code == 404
    assert server.manager.delete(f"/devices/{device.kid}").status_code == 204
    late = send(server, reading)
    assert (late.status_code, late.json()["code"]) == (403, "device-revoked")
    assert server.visitor.post("/devices/readings", content="x").status_code == 415
    assert send(server, "x" * 9_000).status_code == 400


def test_key_of_another_organization_is_not_taken_over(server: RunningApp) -> None:
    device = registered(server)
    copied = server.rival.put("/devices", json=device.registration(server.producer_org))
    assert copied.json()["code"] == "device-proof-foreign"
    (listed,) = [one for one in server.producer.get("/devices").json() if one["kid"] == device.kid]
    assert listed["revokedAt"] is None
    assert device.kid not in [one["kid"] for one in server.rival.get("/devices").json()]


def test_impossible_measurement_refused(server: RunningApp) -> None:
    device = registered(server)
    payload = {"counter": 1, "time": at(0), "reports": [{"type": "Mood", "value": "good"}]}
    answer = send(server, device.sign(payload))
    assert answer.status_code == 400
    assert answer.json()["pointer"].startswith("/sensorElementList/0/sensorReport/0")


def test_breach_of_the_cold_chain_said_in_the_record_and_found_by_query(
    server: RunningApp,
) -> None:
    rule = {"minCelsius": 2.0, "maxCelsius": 8.0, "allowedMinutes": 30}
    assert server.manager.put(f"/cold-chain/{GTIN}", json=rule).status_code == 204
    assert server.producer.get(f"/cold-chain/{GTIN}").json() == rule
    assert server.rival.get(f"/cold-chain/{GTIN}").status_code == 404
    device = registered(server, [lot_of("dev-cold")])
    warm = [(0, 4.0), (10, 9.0), (25, 9.5), (45, 9.9)]
    answers = [
        send(server, device.reading(number, at(minute), celsius))
        for number, (minute, celsius) in enumerate(warm)
    ]
    assert [answer.json()["alarm"] for answer in answers] == [False, False, False, True]
    event = event_of(server, answers[-1])
    assert event["disposition"] == "non_conformant"
    alarm = event["sensorElementList"][0]["sensorReport"][-1]
    assert alarm["exception"] == "ALARM_CONDITION"
    assert (alarm["minValue"], alarm["maxValue"]) == (2, 8)
    again = send(server, device.reading(3, at(45), 9.9))
    assert again.json() == answers[-1].json()
    found = server.producer.get(
        "/epcis/events",
        params={"EQ_disposition": "non_conformant", "MATCH_anyEPCClass": lot_of("dev-cold")},
    ).json()
    listed = found["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert [one["eventID"] for one in listed] == [event["eventID"]]
    assert server.manager.delete(f"/cold-chain/{GTIN}").status_code == 204
    assert not send(server, device.reading(9, at(50), 20.0)).json()["alarm"]


def test_bad_rule_and_registration_refused(server: RunningApp) -> None:
    rule = {"minCelsius": 8.0, "maxCelsius": 2.0, "allowedMinutes": 30}
    assert server.manager.put(f"/cold-chain/{GTIN}", json=rule).status_code == 400
    assert server.manager.put("/cold-chain/09521234543214", json=rule).status_code == 400
    body = Device().registration(server.producer_org)
    for name, value in (
        ("deviceID", "no uri"),
        ("publicKey", "AAAA"),
        ("readPoint", "https://id.gs1.org/414/9521234000137"),
        ("items", ["no uri"]),
        ("proof", "x.y.z"),
    ):
        answer = server.manager.put("/devices", json={**body, name: value})
        assert answer.status_code in (400, 422), (name, answer.text)
    assert server.reader.put("/devices", json=body).status_code == 403
