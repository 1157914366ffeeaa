"""Death just before and just after each durable step takes effect, one after the other on the same
installation: each start must recover from the death before it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.result import at_least, at_most, informs
from tests.support.campaign import IS_CAMPAIGN, scale
from tests.support.campaign_result import write_result
from tests.support.failpoint_actor import DIED, STEPS

pytestmark = [pytest.mark.chain, pytest.mark.slow]

ROOT = Path(__file__).parents[3]
ROUNDS = scale(1, 3)


def run(folder: Path, url: str, acks: Path, step: str, when: str) -> tuple[int, list[Any], str]:
    """One life: its exit code, what it told, what it complained of."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.support.failpoint_actor"),
            *(str(folder), url, str(acks), step, when),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"')]
    return done.returncode, told, done.stderr[-2000:] + done.stdout[-1000:]


def test_death_at_every_durable_step_loses_nothing(database_url: str, tmp_path: Path) -> None:
    points = [(step, when) for step in STEPS for when in ("before", "after")]
    luck = random.Random(11)
    kind = database_url.partition(":")[0]
    if not IS_CAMPAIGN:
        # Two thirds of them on SQLite, the others on PostgreSQL; a campaign has all on both.
        points = [
            point for at, point in enumerate(points) if (at % 3 == 2) == (kind == "postgresql")
        ]
    acks = tmp_path / "acks"
    acks.write_text("")
    promised: dict[str, str] = {}
    jobs: set[str] = set()
    recoveries: list[float] = []
    deaths = 0
    for _ in range(ROUNDS):
        luck.shuffle(points)
        for step, when in [*points, ("none", "after")]:
            code, told, said = run(tmp_path / "data", database_url, acks, step, when)
            assert code == (DIED if step != "none" else 0), f"{step} {when}: {said}"
            deaths += step != "none"
            for fact in told:
                if "ack" in fact:
                    event_id, record = fact["ack"]
                    assert promised.setdefault(event_id, record) == record
                elif "job" in fact:
                    jobs.update(fact["events"])
                else:
                    recoveries.append(fact["recovered"])
                    # Everything of every accepted document is stored by now.
                    assert fact["records"] >= len(set(promised) | jobs)
            acks.write_text("".join(f"{one} {record}\n" for one, record in promised.items()))
    assert len(recoveries) == deaths + ROUNDS
    write_result(
        f"failpoints-{kind}",
        [
            at_least("deaths at named steps", deaths, "deaths", 2 * len(STEPS) * ROUNDS),
            informs("events acknowledged", len(set(promised) | jobs), "events"),
            at_most("acknowledged and lost, or stored twice", 0, "events", 0),
            at_most("longest recovery after the start", max(recoveries), "s", 40),
        ],
        seed=11,
        database=kind,
    )
