"""Deaths that another process makes good: a standby worker, the next intake process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ledger.chain.anvil import AnvilEngine
from ledger.records.record import RecordId
from ledger.storage.database import Database
from tests.support.epcis_events import bare_event, document, event
from tests.support.installation import PROVENANCE, Installation, environment
from tests.support.strangers import check_intact, wait_until
from tests.support.world import World

pytestmark = [pytest.mark.chain, pytest.mark.slow]

TAKEOVER_SECONDS = 10.0


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[AnvilEngine]:
    running = AnvilEngine(tmp_path / "engine", block_period=0.1)
    running.start()
    yield running
    running.stop()


@contextlib.contextmanager
def worker_process(world: World) -> Iterator[subprocess.Popen[str]]:
    """`provenance worker`, killed at the end at the latest."""
    process = subprocess.Popen(
        [PROVENANCE, "worker", "--data", str(world.settings.data_dir), "--json"],
        env=environment(
            PROVENANCE_DATABASE_URL=world.settings.database,
            PROVENANCE_RPC_URLS=json.dumps(world.settings.rpc_urls),
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"working": "worker"}
        yield process
    finally:
        process.kill()
        process.communicate()


def leader(world: World) -> int:
    """Process id of who holds the worker's lease; 0 when nobody does."""
    with world.app.db.read() as tx:
        lease = tx.leases.find("worker")
    if lease is None or lease.expires_at < world.app.clock.now():
        return 0
    return int(lease.holder.split(":")[1])


def capture(world: World) -> RecordId:
    body = json.dumps(bare_event()).encode()
    return world.app.group_commit.capture_event(world.caller, body).result(30).record_id


def is_anchored(world: World, record: RecordId) -> bool:
    return world.app.proving.record_view(record).state == "anchored"


def test_standby_worker_takes_over_within_ten_seconds(
    engine: AnvilEngine, database_url: str
) -> None:
    with contextlib.closing(World(engine.rpc_url, database_url)) as world:
        wait_until(lambda: leader(world) == 0, 5, "our own lease runs out")
        with worker_process(world) as one, worker_process(world) as two:
            by_pid = {one.pid: one, two.pid: two}
            first = capture(world)
            wait_until(lambda: is_anchored(world, first), 20, "the first worker works")
            led = leader(world)
            assert led in by_pid
            by_pid.pop(led).send_signal(signal.SIGKILL)
            killed = time.monotonic()
            second = capture(world)
            wait_until(lambda: leader(world) in by_pid, TAKEOVER_SECONDS, "taking over")
            wait_until(
                lambda: is_anchored(world, second),
                TAKEOVER_SECONDS - (time.monotonic() - killed) + 2,
                "the second worker anchors",
            )
        audit = world.app.auditing.audit()
        assert audit.is_clean, (audit.findings, audit.unchecked)


def test_job_of_a_killed_intake_process_is_taken_up_within_seconds(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "data", {"PROVENANCE_BLOCK_PERIOD": "0.2"})
    try:
        installation.start("--no-demo")
        key = Path(installation.ready["admin_key_file"]).read_text().strip()
        db = Database.open(f"sqlite:///{installation.data / 'ledger.sqlite3'}")
        with httpx.Client(
            base_url=installation.url, headers={"Authorization": f"Bearer {key}"}, timeout=30
        ) as client:
            body = json.dumps(document([event() for _ in range(8000)])).encode()
            answer = client.post(
                "/epcis/capture", content=body, headers={"Content-Type": "application/json"}
            )
            path = answer.headers["location"]
            claimed: list[str] = []

            def is_claimed() -> bool:
                with db.read() as tx:
                    claimed[:] = tx.jobs.claimants()
                return bool(claimed)

            wait_until(is_claimed, 10, "claimed")
            os.kill(int(claimed[0].split(":")[1]), signal.SIGKILL)
            wait_until(lambda: not client.get(path).json()["running"], TAKEOVER_SECONDS, "taken up")
            job = client.get(path).json()
        db.close()
        assert job["success"]
        assert len({one["recordID"] for one in job["events"]}) == 8000
        audit = installation.run("audit", "--json")
        assert audit.json["findings"] == []
        assert audit.json["records"] == 8000
        records = [one["recordID"] for one in job["events"][:3]]
        wait_until(
            lambda: (
                httpx.get(f"{installation.url}/records/{records[-1]}").json()["state"] == "anchored"
            ),
            20,
            "anchored",
        )
        assert check_intact(installation.url, installation.trust, records) == 3
    finally:
        installation.kill()
