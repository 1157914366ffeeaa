"""A broken cold chain is told to who made the goods and who has them, once for each episode."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from ledger.gs1.keys import check_digit
from tests.support.boxes import new_sscc, pack
from tests.support.devices import Device
from tests.support.epcis_events import GTIN
from tests.support.jars import amount, record
from tests.support.masterdata import product
from tests.support.receiver import receiver
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

RULE = {"minCelsius": 2.0, "maxCelsius": 8.0, "allowedMinutes": 0}


def _lot(server: RunningApp, gtin: str = GTIN) -> str:
    lot = f"https://id.gs1.org/01/{gtin}/10/L{uuid.uuid4().hex[:10].upper()}"
    record(server.producer, "ObjectEvent", action="ADD", quantityList=[amount(lot, 100)])
    return lot


def _read(server: RunningApp, device: Device, counter: int, at: str, celsius: float) -> bool:
    answer = server.visitor.post(
        "/devices/readings",
        content=device.reading(counter, f"2026-03-{at}:00+07:00", celsius),
        headers={"content-type": "application/jose"},
    )
    alarm: bool = answer.raise_for_status().json()["alarm"]
    return alarm


def _alerts(client: httpx.Client, item: str, count: int) -> list[dict[str, Any]]:
    """The alerts about this item, oldest first, once there are so many; a moment later still."""
    deadline = time.monotonic() + 15
    while True:
        rows = client.get("/alerts").json()
        found = [one for one in rows if one["body"].get("coldChain", {}).get("item") == item]
        if len(found) >= count:
            break
        assert time.monotonic() < deadline, f"{len(found)} of {count}"
        time.sleep(0.1)
    time.sleep(0.5)
    rows = client.get("/alerts").json()
    return [one for one in rows if one["body"].get("coldChain", {}).get("item") == item][::-1]


def test_breach_in_a_container_is_told_once_an_episode(server: RunningApp) -> None:
    """The producer sets the rule and packs, a carrier's device travels with the container."""
    lot, box, pallet, device = _lot(server), new_sscc(), new_sscc(), Device()
    server.manager.put(f"/cold-chain/{GTIN}", json=RULE).raise_for_status()
    carrier = server.rival.get("/caller").json()["org"]
    body = device.registration(carrier, [pallet])
    server.rival.put("/devices", json=body).raise_for_status()
    pack(server.producer, "ADD", box, "2026-03-02T08:00:00.000+07:00", lot)
    pack(server.producer, "ADD", pallet, "2026-03-02T09:00:00.000+07:00", box)
    record(
        server.rival,
        "ObjectEvent",
        action="OBSERVE",
        bizStep="receiving",
        eventTime="2026-03-02T10:00:00.000+07:00",
        epcList=[pallet],
    )
    with receiver() as received:
        wanted = {"dest": received.url, "signatureToken": "một-bí-mật-của-hợp-tác-xã"}
        server.rival.put("/alerts/address", json=wanted).raise_for_status()
        told = [
            _read(server, device, 1, "02T08:30", 15.0),  # nothing was in it yet
            _read(server, device, 2, "02T11:00", 5.0),
            _read(server, device, 3, "02T12:00", 9.5),
            _read(server, device, 4, "02T12:30", 9.9),
            _read(server, device, 5, "02T12:15", 9.7),  # late, of the same episode
        ]
        assert told == [False, False, True, True, True]
        (first,) = _alerts(server.producer, pallet, 1)
        assert [first["kind"], first["body"]["coldChain"]["goods"]] == ["cold-chain", [lot]]
        said = first["body"]["coldChain"]
        assert (said["since"], said["ruleOf"]) == ("2026-03-02T05:00:00.000Z", server.producer_org)
        assert said["maxCelsius"] == 8.0
        (mine,) = _alerts(server.rival, pallet, 1)
        assert mine["body"]["coldChain"] == said
        assert _read(server, device, 6, "02T13:00", 4.0) is False
        assert _read(server, device, 7, "02T14:00", 1.0) is True
        assert len(_alerts(server.producer, pallet, 2)) == 2
        bodies = [json.loads(one.body) for one in received.wait(2)]
        pack(server.producer, "DELETE", pallet, "2026-03-02T15:00:00.000+07:00", box)
        assert _read(server, device, 8, "02T16:00", 20.0) is False
        server.rival.delete("/alerts/address").raise_for_status()
    mine_now = {one["id"] for one in _alerts(server.rival, pallet, 2)}
    assert {one["id"] for one in bodies if one["coldChain"]["item"] == pallet} == mine_now
    server.wait_until_anchored(f"/records/{said['recordID']}")
    server.manager.delete(f"/cold-chain/{GTIN}").raise_for_status()


def test_breach_of_a_lot_is_told_to_its_buyer(server: RunningApp) -> None:
    lot, device = _lot(server), Device()
    server.manager.put(f"/cold-chain/{GTIN}", json=RULE).raise_for_status()
    body = device.registration(server.producer_org, [lot])
    server.manager.put("/devices", json=body).raise_for_status()
    record(
        server.rival,
        "ObjectEvent",
        action="OBSERVE",
        bizStep="receiving",
        eventTime="2026-03-02T10:00:00.000+07:00",
        quantityList=[amount(lot, 90)],
    )
    assert _read(server, device, 1, "02T11:00", 12.0) is True
    assert len(_alerts(server.rival, lot, 1)) == 1
    assert len(_alerts(server.producer, lot, 1)) == 1
    server.manager.delete(f"/cold-chain/{GTIN}").raise_for_status()


def _describe(client: httpx.Client, gtin: str, **rule: float) -> None:
    body = product(producer=None, place=None, coldChain=rule)
    client.put(f"/masterdata/products/{gtin}", json=body).raise_for_status()


def test_master_data_are_the_rule_until_one_is_set(server: RunningApp) -> None:
    """The maker says in public that it bears 8 °C at most; nobody has set a rule."""
    digits = f"0893850{uuid.uuid4().int % 10**6:06d}"
    gtin = digits + str(check_digit(digits))
    lot, device = _lot(server, gtin), Device()
    body = device.registration(server.producer_org, [lot])
    server.manager.put("/devices", json=body).raise_for_status()
    _describe(server.rival, gtin, maxTemperature=-18)  # of another's goods: no rule of theirs
    assert _read(server, device, 1, "02T08:00", 10.0) is False
    _describe(server.producer, gtin, maxTemperature=4)
    _describe(server.producer, gtin, maxTemperature=8)
    assert _read(server, device, 2, "02T09:00", 7.0) is False
    assert _read(server, device, 3, "02T09:30", -30.0) is False
    assert _read(server, device, 4, "02T10:00", 10.0) is True
    assert _read(server, device, 5, "02T10:10", 11.0) is True
    (alert,) = _alerts(server.producer, lot, 1)
    said = alert["body"]["coldChain"]
    assert (said["minCelsius"], said["maxCelsius"], said["allowedMinutes"]) == (None, 8.0, 0)
    assert (said["since"], said["ruleOf"]) == ("2026-03-02T03:00:00.000Z", server.producer_org)
    found = server.producer.get(f"/epcis/events/{quote(said['eventID'], safe='')}").json()
    (event,) = found["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert event["disposition"] == "non_conformant"
    alarm = event["sensorElementList"][0]["sensorReport"][-1]
    assert (alarm["exception"], alarm["maxValue"]) == ("ALARM_CONDITION", 8)
    assert "minValue" not in alarm
    wider = {"minCelsius": None, "maxCelsius": 20.0, "allowedMinutes": 0}
    server.manager.put(f"/cold-chain/{gtin}", json=wider).raise_for_status()
    assert server.producer.get(f"/cold-chain/{gtin}").json() == wider
    assert _read(server, device, 6, "02T11:00", 12.0) is False
    server.manager.delete(f"/cold-chain/{gtin}").raise_for_status()
    assert _read(server, device, 7, "02T12:00", 12.0) is True
