"""One look around: what works is named, and a part that cannot be asked does not work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.clock import FixedClock
from ledger.digest import Digest, sha256
from ledger.services.watching import Watch, Watching
from ledger.storage.database import Database
from tests.support.recorded_chain import RecordedChain

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
PINNED = (31337, Digest(b"\x11" * 32))
ANSWERING = {"unreachable": False, "chainId": 31337, "genesis": "0x" + "11" * 32}


@pytest.fixture
def db(tmp_path: Path) -> Database:
    database = Database.open(f"sqlite:///{tmp_path}/ledger.sqlite3")
    database.migrate()
    return database


def look(db: Database, recorded: dict[str, object], at: datetime = NOW) -> Watch:
    return Watching(db, FixedClock(at), RecordedChain(recorded), PINNED, "worker").look()


def _append(db: Database, size: int, at: datetime) -> Digest:
    root = sha256(b"root", bytes([size]))
    with db.write() as tx:
        tx.log.add_checkpoint(size, root, "note", at)
    return root


def test_look_nothing_there_yet_names_what_is_missing(db: Database) -> None:
    watch = look(db, ANSWERING)
    assert (watch.database, watch.chain, watch.worker) == (True, True, False)
    assert (watch.log_size, watch.anchored_size, watch.unanchored_seconds) == (0, 0, 0.0)


def test_look_chain_that_cannot_be_asked_does_not_work(db: Database) -> None:
    watch = look(db, {"unreachable": True})
    assert (watch.database, watch.chain) == (True, False)


def test_look_foreign_chain_does_not_count_as_ours(db: Database) -> None:
    assert not look(db, {**ANSWERING, "genesis": "0x" + "22" * 32}).chain


def test_look_worker_works_until_its_lease_ends(db: Database) -> None:
    with db.write() as tx:
        tx.leases.acquire("worker", "host:1", NOW, 6.0)
    assert look(db, ANSWERING, NOW + timedelta(seconds=5)).worker
    assert not look(db, ANSWERING, NOW + timedelta(seconds=7)).worker


def test_look_age_is_that_of_the_oldest_unanchored_checkpoint(db: Database) -> None:
    first = _append(db, 3, NOW)
    _append(db, 5, NOW + timedelta(seconds=10))
    late = NOW + timedelta(seconds=30)
    assert look(db, ANSWERING, late).unanchored_seconds == 30.0
    with db.write() as tx:
        tx.anchors.add(3, first, "anchor/3")
        tx.anchors.confirm(3, 7, sha256(b"block"), 1_772_352_000, sha256(b"transaction"))
    watch = look(db, ANSWERING, late)
    assert (watch.log_size, watch.anchored_size, watch.unanchored_seconds) == (5, 3, 20.0)


def test_look_database_that_is_gone_is_told_and_not_raised(tmp_path: Path) -> None:
    watch = look(Database.open(f"sqlite:///{tmp_path}/no/such/folder/x.sqlite3"), ANSWERING)
    assert (watch.database, watch.worker, watch.chain) == (False, False, True)


def test_look_twice_at_once_asks_once(db: Database) -> None:
    watching = Watching(db, FixedClock(NOW), RecordedChain(ANSWERING), PINNED, "worker")
    first = watching.look()
    _append(db, 3, NOW)
    assert watching.look() is first
