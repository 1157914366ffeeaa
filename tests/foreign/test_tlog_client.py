"""A running product read by a stock tile-log client, in another language and without our code."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.chain.geth_binary import find_go
from ledger.errors import Misconfigured
from ledger.merkle.hashes import leaf_hash
from ledger.proof.bundle import parse_bundle
from ledger.records.submission import entry
from tests.support.epcis_events import bare_event, document, event
from tests.support.running_app import RunningApp, running_app
from tests.support.strangers import wait_until

pytestmark = [pytest.mark.chain, pytest.mark.slow]

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def client_binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client, built from modules whose checksums are committed."""
    try:
        go = find_go()
    except Misconfigured as error:
        pytest.skip(f"needs Go: {error.detail}")
    binary = tmp_path_factory.mktemp("go") / "tlog"
    done = subprocess.run(
        [go, "build", "-mod=readonly", "-o", str(binary), "."],
        cwd=HERE / "tlog",
        env={**os.environ, "PATH": os.pathsep.join([str(Path(go).parent), os.environ["PATH"]])},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return binary


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with running_app(tmp_path_factory.mktemp("product")) as started:
        yield started


@pytest.fixture(scope="module")
def grown(running: RunningApp) -> tuple[bytes, list[str]]:
    """A log of more than one tile that grew in two steps: its first checkpoint, its records."""
    records = capture(running, 300)
    wait_for_size(running, 300)
    old = running.visitor.get("/log/checkpoint").content
    answer = running.producer.post("/epcis/events", json=bare_event())
    assert answer.status_code == 201
    records += capture(running, 299)
    wait_for_size(running, 600)
    return old, records


def capture(running: RunningApp, count: int) -> list[str]:
    answer = running.producer.post("/epcis/capture", json=document([event() for _ in range(count)]))
    assert answer.status_code == 202
    path = answer.headers["location"]
    wait_until(lambda: not running.producer.get(path).json()["running"], 30, "captured")
    return [one["recordID"] for one in running.producer.get(path).json()["events"]]


def wait_for_size(running: RunningApp, size: int) -> None:
    wait_until(lambda: running.app.log_reading.size() >= size, 30, f"{size} leaves")


def leaves(running: RunningApp, records: list[str]) -> list[str]:
    """Leaf hashes as a holder of the bundles computes them."""
    found = []
    for record in records:
        bundle = parse_bundle(running.visitor.get(f"/records/{record}/proof").content)
        one = entry(bundle.view.commitment(), bundle.submission.digest())
        found.append(leaf_hash(one).hex())
    return found


def run(
    binary: Path, running: RunningApp, folder: Path, old: bytes, hashes: list[str]
) -> subprocess.CompletedProcess[str]:
    (folder / "old").write_bytes(old)
    (folder / "leaves").write_text("\n".join(hashes))
    key = running.app.log_signer.key.vkey
    return subprocess.run(
        [str(binary), running.url, key, str(folder / "old"), str(folder / "leaves")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_stock_client_finds_every_record_and_that_the_log_only_grew(
    client_binary: Path, running: RunningApp, grown: tuple[bytes, list[str]], tmp_path: Path
) -> None:
    old, records = grown
    hashes = leaves(running, records)
    done = run(client_binary, running, tmp_path, old, hashes)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"600 entries, {len(records)} included\n"


def test_stock_client_refuses_a_leaf_that_is_not_there(
    client_binary: Path, running: RunningApp, grown: tuple[bytes, list[str]], tmp_path: Path
) -> None:
    done = run(client_binary, running, tmp_path, grown[0], ["ab" * 32])
    assert done.returncode == 1
    assert "not among the entries" in done.stderr


def test_stock_client_refuses_a_log_whose_stored_hash_was_edited(
    client_binary: Path, running: RunningApp, grown: tuple[bytes, list[str]], tmp_path: Path
) -> None:
    with running.app.db.write() as tx:
        data = tx.log.load_tile(0, 0)
        edited = bytes(32) + data[32:]
        tx.connection.exec_driver_sql(
            "UPDATE tiles SET data = ? WHERE level = 0 AND idx = 0", (edited,)
        )
    done = run(client_binary, running, tmp_path, grown[0], [])
    with running.app.db.write() as tx:
        tx.connection.exec_driver_sql(
            "UPDATE tiles SET data = ? WHERE level = 0 AND idx = 0", (data,)
        )
    assert done.returncode == 1
    assert "tile" in done.stderr
