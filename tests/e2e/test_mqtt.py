"""`provenance up` with a broker: a device's signed reading becomes a provable event, and a broken
cold chain is told to whoever has to know."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from paho.mqtt.publish import single

from tests.e2e.conftest import HOUSEHOLD, admit_and_capture
from tests.support.devices import Device
from tests.support.installation import Installation, provenance
from tests.support.mosquitto import running_mosquitto
from tests.support.receiver import receiver

pytestmark = [pytest.mark.chain, pytest.mark.slow]

PATIENCE_SECONDS = 60.0


def household_lot() -> tuple[str, str]:
    """GTIN and key of the first lot the household's document names."""
    text = HOUSEHOLD.read_text(encoding="utf-8")
    path = text.partition("https://id.gs1.org/01/")[2].partition('"')[0]
    return path[:14], f"https://id.gs1.org/01/{path}"


def wait_for(see: Any, what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := see()):
        assert time.monotonic() < deadline, what
        time.sleep(0.2)
    return found


def test_reading_by_mqtt_is_provable_and_its_breach_is_told(tmp_path: Path) -> None:
    (tmp_path / "broker").mkdir()
    with running_mosquitto(tmp_path / "broker") as port, receiver() as received:
        installation = Installation(
            tmp_path / "data",
            {
                "PROVENANCE_MQTT_URL": f"mqtt://127.0.0.1:{port}",
                "PROVENANCE_WEBHOOK_LOOPBACK": "true",
                "PROVENANCE_BLOCK_PERIOD": "0.5",
            },
        )
        try:
            installation.start("--no-demo")
            check(installation, tmp_path, port, received)
            code, _ = installation.stop()
            assert (code, installation.err) == (0, "")
        finally:
            installation.kill()


def check(installation: Installation, folder: Path, port: int, received: Any) -> None:
    producer = admit_and_capture(installation, folder / "key")
    admin = folder / "admin.key"
    issued = installation.run(
        *("key", "issue", producer.org, "-o", str(admin), "--json"),
        *("--scope", "admin", "--scope", "read"),
    )
    assert issued.code == 0, issued.err
    secret = admin.read_text(encoding="utf-8").strip()
    gtin, lot = household_lot()
    device = Device()
    with httpx.Client(
        base_url=installation.url, headers={"Authorization": f"Bearer {secret}"}, timeout=20
    ) as client:
        for path, body in (
            ("/alerts/address", {"dest": received.url, "signatureToken": "s" * 32}),
            (f"/cold-chain/{gtin}", {"minCelsius": 2.0, "maxCelsius": 8.0, "allowedMinutes": 0}),
            ("/devices", device.registration(producer.org, [lot])),
        ):
            client.put(path, json=body).raise_for_status()
        for counter, celsius in ((1, 4.5), (2, 11.5), (2, 11.5), (3, 12.0)):
            at = f"2026-03-20T0{counter}:00:00+07:00"
            text = device.reading(counter, at, celsius)
            single("provenance/readings/kho-1", text, qos=1, hostname="127.0.0.1", port=port)
        single("provenance/readings/kho-1", "no reading", qos=1, hostname="127.0.0.1", port=port)

        def readings() -> list[dict[str, Any]]:
            found = client.get("/epcis/events", params={"EQ_bizStep": "sensor_reporting"}).json()
            events: list[dict[str, Any]] = found["epcisBody"]["queryResults"]["resultsBody"][
                "eventList"
            ]
            return events if len(events) == 3 else []

        events = wait_for(readings, "three readings are events")
        alarms = [one["eventTime"] for one in events if one.get("disposition") == "non_conformant"]
        assert len(alarms) == 2
        told = json.loads(received.wait(1)[0].body)
        assert told["kind"] == "cold-chain"
        assert told["coldChain"]["item"] == told["coldChain"]["goods"][0]
        record = told["coldChain"]["recordID"]
        wait_for(lambda: client.get(f"/records/{record}").json()["state"] == "anchored", "anchored")
        assert len(client.get("/alerts").json()) == 1
    time.sleep(1.0)
    assert len(received.taken) == 1  # the second reading outside is of the same episode
    bundle = folder / "reading.bundle.json"
    proven = installation.run("prove", record, "-o", str(bundle), "--wait", "30")
    assert proven.code == 0, proven.err
    verdict = provenance("verify", str(bundle), "--trust", str(installation.trust), "--json")
    assert (verdict.code, verdict.json["verdict"]) == (0, "intact"), verdict.out
    story = httpx.get(
        installation.url + lot.removeprefix("https://id.gs1.org"),
        headers={"accept": "application/json"},
    ).json()
    assert record in {step["recordID"] for step in story["events"]}
