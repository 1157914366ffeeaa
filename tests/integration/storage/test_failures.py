"""What the database cannot do is Unavailable with the cause's code, and leaves nothing behind."""

import os
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from ledger.errors import Misconfigured, Unavailable
from ledger.storage import engines, writer_queue
from ledger.storage.database import Database
from tests.support.postgres import PostgresServer
from tests.support.stored import NOW, capture, found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
def sqlite(path: Path) -> Iterator[Database]:
    database = Database.open(f"sqlite:///{path}")
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Iterator[Database]:
    with postgres_server.database() as url:
        database = Database.open(url)
        database.migrate()
        yield database
        database.close()


def test_sqlite_disk_full_rolls_back_and_recovers(sqlite: Database) -> None:
    org = found(sqlite)
    with sqlite.write() as tx:
        capture(tx, org, ["before"])
        pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 20}")

    def overflow() -> None:
        with sqlite.write() as tx:
            capture(tx, org, [f"e{number}" for number in range(2_000)])

    for _ in range(3):
        with pytest.raises(Unavailable) as caught:
            overflow()
        assert caught.value.code == "storage-full"
    with sqlite.write() as tx:
        assert tx.submissions.pending_count() == 1
        assert tx.epcis.find_event(org, "e0") == []
        tx.connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    overflow()
    with sqlite.read() as tx:
        assert tx.submissions.pending_count() == 2_001


def test_sqlite_lock_file_unwritable_still_writes(sqlite: Database, path: Path) -> None:
    # where no lock file can be made, SQLite's own lock is enough
    lock = path.with_name(path.name + ".lock")
    lock.unlink()
    lock.mkdir()
    org = found(sqlite)
    with sqlite.read() as tx:
        assert tx.organizations.find(org) is not None


def test_sqlite_held_by_foreign_program_is_busy(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0.2)
    database = Database.open(f"sqlite:///{path}")
    database.migrate()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable) as caught, database.write() as tx:
        tx.facts.put("a", "b")
    assert caught.value.code == "storage-busy"
    with database.read() as tx:  # readers are not held up
        assert tx.facts.get("a") is None
    holder.execute("ROLLBACK")
    with database.write() as tx:
        tx.facts.put("a", "b")
    holder.close()
    database.close()


def test_sqlite_turn_not_given_in_time_is_busy(
    sqlite: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_queue, "BUSY_SECONDS", 0.2)
    standing_still = writer_queue.WriterQueue(Path(f"{path}.lock"))
    with standing_still:
        with pytest.raises(Unavailable) as caught, sqlite.write() as tx:
            tx.facts.put("a", "b")
        assert caught.value.code == "storage-busy"
    with sqlite.write() as tx:
        tx.facts.put("a", "b")


def test_sqlite_nested_write_in_one_thread_is_busy_not_a_deadlock(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_queue, "BUSY_SECONDS", 0.2)

    def nest() -> None:
        with sqlite.write() as outer:
            outer.facts.put("a", "b")
            with sqlite.write():
                pass

    with pytest.raises(Unavailable) as caught:
        nest()
    assert caught.value.code == "storage-busy"
    with sqlite.write() as tx:
        assert tx.facts.get("a") is None


def test_sqlite_made_read_only_is_refused(path: Path) -> None:
    writable = Database.open(f"sqlite:///{path}")
    writable.migrate()
    writable.close()
    database = Database.open(f"sqlite:///{path}")
    with database.write() as tx:
        tx.connection.exec_driver_sql("PRAGMA query_only=ON")
    with pytest.raises(Unavailable) as caught, database.write() as tx:
        tx.facts.put("a", "b")
    assert caught.value.code == "storage-read-only"
    database.close()


def test_sqlite_file_not_a_database_is_damaged(path: Path) -> None:
    path.write_bytes(b"not a database " * 1000)
    database = Database.open(f"sqlite:///{path}")
    with pytest.raises(Unavailable) as caught:
        database.migrate()
    assert caught.value.code == "storage-damaged"
    database.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small file system")
def test_sqlite_on_a_full_file_system_refuses_and_keeps_what_was_acknowledged(
    tmp_path: Path,
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        pytest.skip(f"no small file system here: {made.stderr.strip()}")
    try:
        database = Database.open(f"sqlite:///{disk / 'ledger.sqlite3'}")
        database.migrate()
        org = found(database)
        kept: list[str] = []

        def fill() -> None:
            for number in range(1_000):
                with database.write() as tx:
                    capture(tx, org, [f"e{number}-{at}" for at in range(100)])
                kept.append(f"e{number}-0")

        with pytest.raises(Unavailable) as caught:
            fill()
        assert caught.value.code == "storage-full"
        assert len(kept) > 3
        database.close()
        database = Database.open(f"sqlite:///{disk / 'ledger.sqlite3'}")
        with database.read() as tx:
            assert tx.submissions.pending_count() == 100 * len(kept)
            assert all(tx.epcis.find_event(org, name) for name in kept)
        database.close()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.postgres
def test_postgres_connection_lost_rolls_back_and_next_works(postgres: Database) -> None:
    org = found(postgres)

    def lose(statement: str) -> None:
        with postgres.write() as tx:
            capture(tx, org, ["lost"])
            killer = select(func.pg_terminate_backend(func.pg_backend_pid()))
            tx.connection.execute(killer if statement == "kill" else text(statement))

    with pytest.raises(Unavailable) as caught:
        lose("kill")
    assert caught.value.code == "storage-unavailable"
    with postgres.write() as tx:
        assert tx.epcis.find_event(org, "lost") == []
        capture(tx, org, ["kept"])


@pytest.mark.postgres
def test_postgres_connection_lost_under_copy_is_unavailable(postgres: Database) -> None:
    org = found(postgres)

    def lose() -> None:
        with postgres.write() as tx:
            ours = tx.connection.execute(select(func.pg_backend_pid())).scalar_one()
            with postgres.write() as other:
                other.connection.execute(select(func.pg_terminate_backend(ours)))
            tx.records.add_many([(b"i" * 16, 1, 0, "k", NOW, b"{}", b"s")])

    with pytest.raises(Unavailable) as caught:
        lose()
    assert caught.value.code == "storage-unavailable"
    with postgres.write() as tx:
        capture(tx, org, ["kept"])


@pytest.mark.postgres
def test_postgres_read_only_is_refused(postgres: Database) -> None:
    def write() -> None:
        with postgres.write() as tx:
            tx.connection.execute(text("SET TRANSACTION READ ONLY"))
            tx.facts.put("a", "b")

    with pytest.raises(Unavailable) as caught:
        write()
    assert caught.value.code == "storage-read-only"


@pytest.mark.postgres
def test_postgres_lock_not_given_in_time_is_busy(postgres: Database) -> None:
    def wait() -> None:
        with postgres.write() as holder, postgres.write() as tx:
            holder.connection.execute(text("LOCK TABLE facts"))
            tx.connection.execute(text("SET LOCAL lock_timeout = '100ms'"))
            tx.facts.put("a", "b")

    with pytest.raises(Unavailable) as caught:
        wait()
    assert caught.value.code == "storage-busy"


@pytest.mark.postgres
def test_postgres_that_may_lose_commits_is_refused(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as url:
        options = "&options=-c%20synchronous_commit%3Doff"
        database = Database.open(url + options)
        with pytest.raises(Misconfigured) as caught:
            database.migrate()
        assert caught.value.code == "database-not-durable"
        assert "synchronous_commit" in caught.value.detail
        database.close()


def test_postgres_not_there_is_unavailable(tmp_path: Path) -> None:
    database = Database.open(f"postgresql://nobody@/none?host={tmp_path}")
    with pytest.raises(Unavailable) as caught, database.read():
        pass
    assert caught.value.code == "storage-unavailable"
    database.close()


def test_reading_cannot_write(db: Database) -> None:
    with pytest.raises(Unavailable) as caught, db.read() as tx:
        tx.facts.put("a", "b")
    assert caught.value.code == "storage-read-only"


def test_mistaken_statement_is_a_bug_not_an_outage(db: Database) -> None:
    with pytest.raises(DBAPIError), db.read() as tx:
        tx.connection.execute(text("SELEC 1"))


def test_read_is_one_snapshot(db: Database) -> None:
    with db.read() as tx:
        assert tx.facts.get("a") is None
        with db.write() as other:
            other.facts.put("a", "b")
        assert tx.facts.get("a") is None
    with db.read() as tx:
        assert tx.facts.get("a") == "b"


@pytest.mark.parametrize("url", ["sqlite://", "mysql://x/y", "nonsense", "sqlite:///:memory:", ""])
def test_url_of_no_database_is_misconfigured(url: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        Database.open(url)
    assert caught.value.code == "database-url-malformed"


def test_directory_that_cannot_be_made_is_misconfigured(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Misconfigured) as caught:
        Database.open(f"sqlite:///{tmp_path / 'file' / 'ledger.sqlite3'}")
    assert caught.value.code == "database-not-writable"


def test_database_file_is_private(sqlite: Database, path: Path) -> None:
    found(sqlite)
    for name in (path, path.with_name(path.name + ".lock")):
        assert stat.S_IMODE(name.stat().st_mode) & 0o077 == 0
