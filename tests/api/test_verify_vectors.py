"""Every vector of a bundle, of a record or a leg, through POST /verify, with the vector's trust,
chain and time."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ledger.clock import FixedClock, parse_time
from ledger.proof.bundle import MAX_BUNDLE_BYTES, MEDIA_TYPE
from ledger.proof.container import MAX_CONTAINER_BYTES
from ledger.proof.container import MEDIA_TYPE as CONTAINER
from ledger.proof.trust import parse_trust
from ledger.services.verifying import Verifying
from tests.support.recorded_chain import load_chain
from tests.support.running_app import RunningApp

VECTORS = Path(__file__).parents[1] / "vectors"
BUNDLES = sorted((VECTORS / "bundle").iterdir())
LEGS = sorted((VECTORS / "leg").iterdir())
ONLINE = [folder for folder in BUNDLES if (folder / "chain.json").exists()]
"""The server always asks its chain: vectors without one are not for it."""


def test_verify_vectors_over_http(server: RunningApp, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ONLINE:
        trust = parse_trust((folder / "trust.json").read_bytes())
        chain = load_chain(folder)
        assert chain is not None
        clock = FixedClock(parse_time((folder / "now.txt").read_text().strip()))
        verifying = Verifying(partial(replace, trust), chain, clock)
        monkeypatch.setattr(server.app, "verifying", verifying)
        answer = post(server, folder / "bundle.json", MEDIA_TYPE)
        check_report(folder, answer)


@pytest.mark.parametrize("media_type", [CONTAINER, "application/octet-stream"])
def test_verify_leg_vectors_over_http(
    media_type: str, server: RunningApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(LEGS) >= 28
    for folder in LEGS:
        trust = parse_trust((folder / "trust.json").read_bytes())
        clock = FixedClock(parse_time((folder / "now.txt").read_text().strip()))
        monkeypatch.setattr(
            server.app, "verifying", Verifying(partial(replace, trust), None, clock)
        )
        report = check_report(folder, post(server, folder / "leg.asice", media_type))
        assert report["type"] == "provenance.leg-report"
        codes = {str(check["number"]): check["code"] for check in report["checks"] if check["code"]}
        expected = json.loads((folder / "expected.json").read_bytes())
        assert codes == expected["codes"], folder.name
        assert (report["facts"] == {}) is (report["verdict"] in ("does not match", "unknown"))


def test_verify_leg_of_another_chain_is_not_the_servers_to_judge(server: RunningApp) -> None:
    report = post(server, LEGS[0] / "leg.asice", CONTAINER).json()
    assert report["verdict"] == "unknown"
    assert report["checks"][8]["code"] == "ledger-foreign"


def test_verify_bounds_each_kind_by_its_own_size(server: RunningApp) -> None:
    def send(content: bytes) -> Any:
        return server.visitor.post("/verify", content=content, headers={"Content-Type": CONTAINER})

    large = send(b" " * (MAX_BUNDLE_BYTES + 2))
    assert (large.status_code, large.json()["code"]) == (413, "body-too-large")
    assert send(b"PK" + bytes(MAX_BUNDLE_BYTES)).json()["checks"][0]["code"].startswith("container")
    whole = send(b"PK" + bytes(MAX_CONTAINER_BYTES - 1)).json()
    assert whole["checks"][0]["code"] == "container-too-large"
    assert send(b"PK" + bytes(MAX_CONTAINER_BYTES)).status_code == 413


def post(server: RunningApp, bundle: Path, media_type: str) -> Any:
    return server.visitor.post(
        "/verify", content=bundle.read_bytes(), headers={"Content-Type": media_type}
    )


def check_report(folder: Path, answer: Any) -> dict[str, Any]:
    expected = json.loads((folder / "expected.json").read_bytes())
    assert answer.status_code == 200, (folder.name, answer.text)
    report: dict[str, Any] = answer.json()
    assert report["verdict"] == expected["verdict"], folder.name
    outcomes = {str(check["number"]): check["outcome"] for check in report["checks"]}
    assert outcomes == expected["checks"], folder.name
    assert [notice["code"] for notice in report["notices"]] == expected["notices"]
    return report
