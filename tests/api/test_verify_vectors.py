"""Every bundle vector through POST /verify, with the vector's trust, chain and time."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from ledger.clock import FixedClock, parse_time
from ledger.proof.bundle import MEDIA_TYPE
from ledger.proof.trust import parse_trust
from ledger.services.verifying import Verifying
from tests.support.recorded_chain import load_chain
from tests.support.running_app import RunningApp

BUNDLES = sorted((Path(__file__).parents[1] / "vectors" / "bundle").iterdir())
ONLINE = [folder for folder in BUNDLES if (folder / "chain.json").exists()]
"""The server always asks its chain: vectors without one are not for it."""


def test_verify_vectors_over_http(server: RunningApp, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ONLINE:
        expected = json.loads((folder / "expected.json").read_bytes())
        trust = parse_trust((folder / "trust.json").read_bytes())
        chain = load_chain(folder)
        assert chain is not None
        clock = FixedClock(parse_time((folder / "now.txt").read_text().strip()))
        verifying = Verifying(partial(replace, trust), chain, clock)
        monkeypatch.setattr(server.app, "verifying", verifying)
        answer = server.visitor.post(
            "/verify",
            content=(folder / "bundle.json").read_bytes(),
            headers={"Content-Type": MEDIA_TYPE},
        )
        assert answer.status_code == 200, (folder.name, answer.text)
        report = answer.json()
        assert report["verdict"] == expected["verdict"], folder.name
        outcomes = {str(check["number"]): check["outcome"] for check in report["checks"]}
        assert outcomes == expected["checks"], folder.name
        assert [notice["code"] for notice in report["notices"]] == expected["notices"]
