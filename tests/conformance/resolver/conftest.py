"""A server with a lot, a stranger who asks it, and links that GS1's Community Edition shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from tests.conformance.resolver.examples import GTIN, KNOWN, taken
from tests.support.epcis_events import bare_event
from tests.support.running_app import RunningApp, running_app


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with running_app(tmp_path_factory.mktemp("resolver")) as started:
        granted = started.operator.put(f"/organizations/{started.producer_org}/prefixes/9506000134")
        assert granted.status_code == 200, granted.text
        started.producer.post(
            "/epcis/events",
            json=bare_event(
                quantityList=[{"epcClass": f"https://id.gs1.org{KNOWN}", "quantity": 1}]
            ),
        ).raise_for_status()
        yield started


@pytest.fixture(scope="module")
def example(epcis_data: Path) -> dict[str, Any]:
    """The first entry of the Community Edition's example, as we take it."""
    path = epcis_data / f"digital-link/resolver-ce/test_01_{GTIN}.json"
    return taken(json.loads(path.read_text(encoding="utf-8"))[0])


@pytest.fixture(scope="module")
def validator(epcis_data: Path) -> jsonschema_rs.Validator:
    schema = json.loads((epcis_data / "schemas/gs1-linkset-schema.json").read_text("utf-8"))
    return jsonschema_rs.validator_for(schema)


@pytest.fixture(scope="module")
def resolver(running: RunningApp, example: dict[str, Any]) -> httpx.Client:
    """A stranger's client of the resolver with the example registered."""
    answer = running.producer.put(f"/links/01/{GTIN}", json=example)
    assert answer.status_code == 201, answer.text
    return running.visitor
