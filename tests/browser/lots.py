"""A lot whose story two organizations tell: what the page tests look at."""

from __future__ import annotations

import time
from typing import Any

from tests.support.epcis_events import CONTEXT, GTIN, document, event
from tests.support.running_app import RunningApp

WORDS = {"vn": "https://provenance.example/voc/"}
PRODUCT = "Mật ong hoa rừng Pù Luông, chai 500 ml"


def tell_story(server: RunningApp, lot: str) -> list[str]:
    """Record four steps of a lot and wait until they are on chain; gives the record ids."""
    steps = [
        (
            server.producer,
            {
                "eventTime": "2026-03-17T09:00:00.000+07:00",
                "disposition": "active",
                "ilmd": {
                    "vn:productName": PRODUCT,
                    "vn:productionDate": "2026-03-17",
                    "vn:bestBefore": "2028-03-17",
                    "vn:origin": "Bản Đôn, Thanh Hóa",
                },
            },
        ),
        (server.producer, _observe("2026-03-18T07:45:00.000+07:00", "shipping", "in_transit")),
        (server.rival, _observe("2026-03-18T15:10:00.000+07:00", "receiving", "in_progress")),
        (
            server.rival,
            {
                **_observe("2026-03-19T08:30:00.000+07:00", "inspecting", "conformant"),
                "certificationInfo": "https://provenance.example/certificates/TH-MO-2026-0117",
                "sensorElementList": [
                    {
                        "sensorMetadata": {"time": "2026-03-19T08:20:00.000+07:00"},
                        "sensorReport": [{"type": "Temperature", "value": 24.5, "uom": "CEL"}],
                    }
                ],
            },
        ),
    ]
    records = []
    for client, members in steps:
        body = {"@context": [CONTEXT, WORDS], **event(lot=lot), **members}
        answer = client.post("/epcis/events", json=body)
        assert answer.status_code == 201, answer.text
        records.append(answer.json()["recordID"])
    for record in records:
        server.wait_until_anchored(f"/records/{record}")
    return records


def tell_long_story(server: RunningApp, lot: str, steps: int) -> None:
    """Record many steps of a lot in one capture and wait until the last is on chain."""
    events = [
        event(
            lot=lot,
            **_observe(f"2026-03-{1 + at // 24:02}T{at % 24:02}:00:00Z", "storing", "active"),
        )
        for at in range(steps)
    ]
    answer = server.producer.post("/epcis/capture", json=document(events))
    assert answer.status_code == 202, answer.text
    while (job := server.producer.get(answer.headers["location"]).json())["running"]:
        time.sleep(0.05)
    assert job["success"], job
    page = server.visitor.get(story_path(lot), headers={"accept": "application/json"}).json()
    for step in page["events"]:
        server.wait_until_anchored(f"/records/{step['recordID']}")


def story_path(lot: str) -> str:
    """What the lot's code opens."""
    return f"/01/{GTIN}/10/{lot}"


def _observe(at: str, step: str, disposition: str) -> dict[str, Any]:
    return {
        "eventTime": at,
        "action": "OBSERVE",
        "bizStep": step,
        "disposition": disposition,
    }
