"""One installation for all tests that need it running and leave it as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.installation import Installation

HERE = Path(__file__).parent
HOUSEHOLD = HERE.parents[1] / "ledger" / "cli" / "demo" / "1-household.json"


@dataclass(frozen=True)
class Producer:
    """An organization admitted on the command line, its key, and what it captured."""

    org: str
    key_file: Path
    events: list[tuple[str, str]]
    """(eventID, record id)"""


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The product with its demo story, running."""
    running = Installation(tmp_path_factory.mktemp("installation") / "data")
    try:
        running.start()
        yield running
    finally:
        running.kill()


@pytest.fixture(scope="session")
def producer(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Producer:
    """A producer that captured the household's document of the demo in its own name."""
    return admit_and_capture(installation, tmp_path_factory.mktemp("producer") / "key")


def admit_and_capture(installation: Installation, key_file: Path) -> Producer:
    """Organization, key and capture, each by its command."""
    created = installation.run(
        "org", "create", "Hợp tác xã Nga Sơn", "--name-en", "Nga Son", "--wait", "30", "--json"
    )
    assert created.code == 0, created.err
    org = created.json["org"]
    issued = installation.run("key", "issue", org, "-o", str(key_file), "--json")
    assert issued.code == 0, issued.err
    captured = installation.run(
        "capture", str(HOUSEHOLD), "--json", PROVENANCE_KEY_FILE=str(key_file)
    )
    assert captured.code == 0, captured.err
    (outcome,) = captured.json["files"]
    assert outcome["state"] == "stored"
    assert len(outcome["events"]) == len(
        json.loads(HOUSEHOLD.read_bytes())["epcisBody"]["eventList"]
    )
    return Producer(
        org, key_file, [(event["eventID"], event["recordID"]) for event in outcome["events"]]
    )
