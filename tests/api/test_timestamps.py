"""Time-stamps over HTTP: the worker asks a real authority, and whoever likes checks its tokens."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.x509 import Certificate

from ledger.timestamps.statement import parse_statement
from ledger.timestamps.token import check_token
from tests.support.epcis_events import bare_event
from tests.support.running_app import RunningApp, running_app
from tests.support.time_authority import Fault, Pki, TimeAuthority, serving

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def authority() -> TimeAuthority:
    return TimeAuthority(Pki.make())


@pytest.fixture(scope="module")
def stamped(
    authority: TimeAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningApp]:
    """An installation with an authority that it asks ten times a second."""
    roots: Path = authority.pki.write_root(tmp_path_factory.mktemp("roots") / "root.pem")
    with (
        serving(authority) as url,
        running_app(
            tmp_path_factory.mktemp("installation"),
            time_authority_url=url,
            time_authority_roots=roots,
            timestamp_interval=0.1,
        ) as server,
    ):
        yield server


def _capture(server: RunningApp) -> str:
    sent = server.producer.post("/epcis/events", json=bare_event())
    return str(sent.raise_for_status().json()["recordID"])


def _check(server: RunningApp, number: int, root: Certificate) -> int:
    at = f"/timestamps/{number}"
    statement = server.visitor.get(f"{at}/statement")
    response = server.visitor.get(f"{at}/response")
    assert response.headers["content-type"] == "application/timestamp-reply"
    check_token(response.content, statement.content, [root])
    whole = server.visitor.get(at).json()
    said = parse_statement(statement.content)
    assert whole["statement"] == said.to_json()
    assert base64.b64decode(whole["response"]) == response.content
    assert said.block_hash == server.app.reader.block_hash(said.block)
    return said.head.size


def test_records_come_under_a_token_of_the_authority(
    stamped: RunningApp, authority: TimeAuthority
) -> None:
    record = _capture(stamped)
    stamped.wait_until_anchored(f"/records/{record}")
    index = stamped.visitor.get(f"/records/{record}").json()["index"]
    stamped.wait_until(
        lambda: stamped.visitor.get("/timestamps").json()["timestamps"][0]["size"] > index
    )
    answer = stamped.visitor.get("/timestamps").json()
    assert answer["authority"] == "working"
    newest = answer["timestamps"][0]
    assert _check(stamped, newest["number"], authority.pki.root) == newest["size"]


def test_outage_is_told_and_ends_with_the_next_token(
    stamped: RunningApp, authority: TimeAuthority
) -> None:
    authority.fault = Fault.ERROR
    record = _capture(stamped)
    stamped.wait_until_anchored(f"/records/{record}")
    stamped.wait_until(lambda: stamped.visitor.get("/readyz").json()["timeAuthority"] == "failing")
    assert stamped.visitor.get("/readyz").json()["unstampedSeconds"] > 0
    assert "provenance_unstamped_seconds" in stamped.visitor.get("/metrics").text
    assert stamped.visitor.get("/timestamps").json()["outages"][0]["endedAt"] is None
    authority.fault = Fault.NONE
    stamped.wait_until(lambda: stamped.visitor.get("/readyz").json()["timeAuthority"] == "working")
    ended = stamped.visitor.get("/timestamps").json()["outages"][0]
    assert ended["endedAt"] >= ended["beganAt"]
    assert ended["code"] == "time-authority-unavailable"


def test_without_an_authority_nothing_is_claimed(server: RunningApp) -> None:
    answer = server.visitor.get("/timestamps").json()
    assert (answer["authority"], answer["timestamps"]) == ("none", [])
    assert server.visitor.get("/readyz").json()["timeAuthority"] == "none"


@pytest.mark.parametrize("path", ["", "/statement", "/response"])
def test_unknown_number_is_not_found(server: RunningApp, path: str) -> None:
    answer = server.visitor.get(f"/timestamps/999999{path}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "timestamp-unknown"
