"""The queries of the Vietnamese scenario over HTTP: exactly the events that are expected."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.test_capture_and_prove import capture
from tests.support.running_app import RunningApp, running_app

pytestmark = [pytest.mark.chain, pytest.mark.slow]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with running_app(tmp_path_factory.mktemp("queries")) as started:
        yield started


def scenarios(folder: Path) -> list[Path]:
    return sorted((folder / "vn-scenario").glob("*.query-expected.json"))


def parameters(query: dict[str, Any]) -> dict[str, str]:
    """The JSON form of a query as parameters of an address."""
    return {
        name: "|".join(value) if isinstance(value, list) else json.dumps(value).strip('"')
        for name, value in query.items()
    }


def names(folder: Path, scenario: str) -> list[str]:
    """Names of the scenario's events in document order."""
    rows = (folder / "vn-scenario" / f"{scenario}.hashes.tsv").read_text("utf-8").splitlines()
    return [row.partition("\t")[0] for row in rows[1:]]


def test_scenario_queries_find_exactly_what_is_expected(
    running: RunningApp, epcis_data: Path
) -> None:
    asked = 0
    for file in scenarios(epcis_data):
        scenario = file.name.partition(".")[0]
        job = capture(
            running.producer, (epcis_data / "vn-scenario" / f"{scenario}.jsonld").read_bytes()
        )
        assert job["success"], job["errors"]
        name_of = dict(
            zip(
                (event["eventID"] for event in job["events"]),
                names(epcis_data, scenario),
                strict=True,
            )
        )
        for case in json.loads(file.read_text("utf-8"))["cases"]:
            answer = running.producer.get("/epcis/events", params=parameters(case["query"]))
            assert answer.status_code == 200, (case["query"], answer.text)
            events = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
            assert sorted(name_of[event["eventID"]] for event in events) == sorted(
                case["events"]
            ), case["query"]
            asked += 1
    assert asked >= 18
