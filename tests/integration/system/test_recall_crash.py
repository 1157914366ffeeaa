"""SIGKILL just before and just after each durable step of a recall: after the next start it is
complete, exactly once, or was never decided; and no receiver gets two contents under one id."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bench.result import at_least, at_most, informs
from tests.support.campaign import IS_CAMPAIGN
from tests.support.campaign_result import write_result
from tests.support.recall_actor import STEPS
from tests.support.receiver import Receiver, receiver

pytestmark = [pytest.mark.chain, pytest.mark.slow]

ROOT = Path(__file__).parents[3]
SEED = 5


def live(folder: Path, url: str, webhook: str, *how: str) -> tuple[int, list[Any], str]:
    """One life: how it ended, what it told, what it complained of."""
    done = subprocess.run(
        [*(sys.executable, "-m", "tests.support.recall_actor"), str(folder), url, webhook, *how],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"')]
    return done.returncode, told, done.stderr[-3000:] + done.stdout[-1000:]


def points(kind: str) -> list[tuple[str, str]]:
    """The deaths of a run: a third of them, another third on PostgreSQL; a campaign has all."""
    found = [(step, when) for step in STEPS for when in ("before", "after")]
    if not IS_CAMPAIGN:
        found = [one for at, one in enumerate(found) if at % 3 == (2 if kind == "sqlite" else 0)]
    random.Random(SEED).shuffle(found)
    return found


def test_killed_recall_is_complete_once_or_was_never_decided(
    database_url: str, tmp_path: Path
) -> None:
    kind = database_url.partition(":")[0]
    data = tmp_path / "data"
    data.mkdir()
    begun: list[str] = []
    deaths = points(kind)
    with receiver() as received:
        for at, (step, when) in enumerate([*deaths, ("none", "after")]):
            (data / "goods").write_text(" ".join(begun))
            name = f"{at:03}"
            code, told, said = live(data, database_url, received.url, step, when, name)
            assert code == (0 if step == "none" else -signal.SIGKILL), f"{step} {when}: {said}"
            assert [one["goods"] for one in told] == begun
            for standing in told:
                check(standing)
            if step != "none":
                begun.append(name)
        check_received(received, told)
    assert any(one["recalls"] for one in told)
    write_result(
        f"recall-crash-{kind}",
        [
            at_least("deaths by SIGKILL at named steps", len(deaths), "deaths", 2 * len(STEPS)),
            informs("recalls decided", sum(bool(one["recalls"]) for one in told), "recalls"),
            at_most("declared twice, or not at all", 0, "subjects", 0),
            at_most("contents under one delivery id", 1, "contents", 1),
        ],
        seed=SEED,
        database=kind,
    )


def check(standing: dict[str, Any]) -> None:
    """Complete exactly once, or not at all."""
    kinds = [kind for _, kind in standing["alerts"]]
    if not standing["recalls"]:
        assert standing["chain"] == [[], [], []], standing
        assert kinds == [], standing
        return
    assert standing["recalls"] in (["declared"], ["lifted"]), standing
    is_over = standing["recalls"] == ["lifted"]
    once = [2, 4] if is_over else [2]
    assert standing["targets"] == (["B", "J", "X"] if standing["made later"] else ["B", "J"])
    assert standing["chain"] == [once, once, once if standing["made later"] else []], standing
    expected = ["recall", *["recall-extended"] * standing["made later"]]
    assert kinds == [*expected, *["recall-lifted"] * is_over], standing


def check_received(received: Receiver, told: Sequence[dict[str, Any]]) -> None:
    """Everything made was taken, and each id always had the same bytes."""
    bodies: dict[str, set[bytes]] = {}
    for one in (*received.taken, *received.refused):
        bodies.setdefault(one.headers["provenance-delivery"], set()).add(one.body)
    assert all(len(found) == 1 for found in bodies.values())
    assert set(bodies) == {name for one in told for name, _ in one["alerts"]}
