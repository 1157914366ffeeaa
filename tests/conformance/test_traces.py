"""The trace answers of the scenarios, asked over HTTP of what was captured over HTTP."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from api.schemas.trace import TraceAnswer
from tests.support.running_app import RunningApp, running_app

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with running_app(tmp_path_factory.mktemp("traces")) as started:
        yield started


@pytest.fixture(scope="module")
def scenarios(running: RunningApp, epcis_data: Path) -> list[dict[str, Any]]:
    """Every scenario with expected traces, captured."""
    files = sorted((epcis_data / "vn-scenario").glob("*.trace-expected.json"))
    assert files
    for file in files:
        document = file.with_name(file.name.replace(".trace-expected.json", ".jsonld"))
        accepted = running.producer.post(
            "/epcis/capture",
            content=document.read_bytes(),
            headers={"Content-Type": "application/ld+json"},
        )
        assert accepted.status_code == 202, accepted.text
        while (job := running.producer.get(accepted.headers["location"]).json())["running"]:
            time.sleep(0.02)
        assert job["success"], job["errors"]
    return [json.loads(file.read_bytes()) for file in files]


def _ask(running: RunningApp, uri: str, direction: str) -> dict[str, Any]:
    answer = running.visitor.get("/trace", params={"id": uri, "direction": direction})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert (found["id"], found["direction"]) == (uri, direction)
    return found


def test_scenarios_traced_as_expected(running: RunningApp, scenarios: list[dict[str, Any]]) -> None:
    for scenario in scenarios:
        for direction in ("back", "forward"):
            for uri, items in scenario[f"trace_{direction}"].items():
                assert _ask(running, uri, direction)["items"] == sorted(items), uri


def test_scenarios_bodies_are_to_the_byte_what_the_published_schema_writes(
    running: RunningApp, scenarios: list[dict[str, Any]]
) -> None:
    for scenario in scenarios:
        for direction in ("back", "forward"):
            for uri in scenario[f"trace_{direction}"]:
                for client in (running.visitor, running.producer):
                    answer = client.get("/trace", params={"id": uri, "direction": direction})
                    model = TraceAnswer.model_validate_json(answer.content, strict=True)
                    assert answer.content == orjson.dumps(model.model_dump(by_alias=True)), uri


def test_scenarios_containers_hold_what_is_expected(
    running: RunningApp, scenarios: list[dict[str, Any]]
) -> None:
    for scenario in scenarios:
        at = scenario["containers"]["at"]
        for container, items in scenario["containers"]["contents"].items():
            answer = running.visitor.get("/trace/contents", params={"id": container, "at": at})
            assert answer.status_code == 200, answer.text
            assert answer.json()["items"] == sorted(items), container


def test_scenarios_name_events_holders_and_no_false_warning(
    running: RunningApp, scenarios: list[dict[str, Any]]
) -> None:
    for scenario in scenarios:
        for uri in scenario["trace_back"]:
            found = _ask(running, uri, "back")
            assert found["warnings"] == []
            assert found["events"] == [step["eventID"] for step in found["steps"]]
            recorders = {one["party"] for one in found["holders"] if one["part"] == "recorder"}
            assert recorders == {running.producer_org}
            for step in found["steps"]:
                assert running.visitor.get(step["proof"]).status_code == 200


def test_scenarios_buyers_shown_to_their_own_organization_only(
    running: RunningApp, scenarios: list[dict[str, Any]]
) -> None:
    parts: dict[str, set[str]] = {}
    for name, client in (("visitor", running.visitor), ("owner", running.producer)):
        seen = set()
        for scenario in scenarios:
            for uri in scenario["trace_forward"]:
                answer = client.get("/trace", params={"id": uri, "direction": "forward"}).json()
                seen |= {holder["part"] for holder in answer["holders"]}
        parts[name] = seen
    assert parts["visitor"] == {"recorder", "location"}
    assert parts["owner"] == {"recorder", "location", "source", "destination"}


def test_scenarios_as_a_table_name_the_same_items(
    running: RunningApp, scenarios: list[dict[str, Any]]
) -> None:
    for scenario in scenarios:
        for uri, items in scenario["trace_back"].items():
            answer = running.visitor.get(
                "/trace", params={"id": uri}, headers={"Accept": "text/csv"}
            )
            assert answer.headers["content-type"] == "text/csv; charset=utf-8"
            rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
            assert {row["item"] for row in rows} >= {uri, *items}
