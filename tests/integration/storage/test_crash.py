"""Processes killed with SIGKILL: what was acknowledged stays whole, what was not leaves nothing."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from ledger.storage.database import Database
from ledger.storage.epcis import event_key
from tests.support.campaign import scale
from tests.support.storage_actor import EVENTS, ORG
from tests.support.stored import NOW, capture, found, job, organization

ROOT = Path(__file__).parents[3]


@contextmanager
def actor(action: str, url: str, name: str) -> Iterator[subprocess.Popen[str]]:
    """A process of tests.support.storage_actor, killed at the end at the latest."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.storage_actor", action, url, name],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        lines(process).close()


def lines(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def kill(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_writer_killed_in_transaction_leaves_nothing(db: Database, database_url: str) -> None:
    found(db, organization(ORG))
    with actor("write_half", database_url, "x") as writer:
        assert lines(writer).readline() == "half written\n"
        kill(writer)
        began = time.monotonic()
        with db.write() as tx:  # the dead writer's lock is free
            assert tx.facts.get("half") is None
            assert tx.submissions.iterate(0, 10) == []
            assert tx.records.iterate(-1, 10) == []
            assert tx.epcis.find_event(ORG, "x-0-0") == []
            assert (
                tx.epcis.events_by_key(["https://id.gs1.org/01/08930000000019/10/TH-01"], 1) == []
            )
            capture(tx, ORG, ["x-0-0"])
        assert time.monotonic() - began < 5


def test_captures_acknowledged_before_kill_are_whole(db: Database, database_url: str) -> None:
    found(db, organization(ORG))
    acknowledged: list[str] = []
    source = random.Random(4)
    for number in range(scale(4, 100)):
        with actor("capture_for_ever", database_url, f"r{number}") as writer:
            acknowledged.append(lines(writer).readline().strip())
            time.sleep(source.uniform(0, 0.15))
            kill(writer)
            acknowledged += [line.strip() for line in lines(writer) if line.endswith("\n")]
    with db.write() as tx:
        for prefix in acknowledged:
            keys = [event_key(ORG, f"{prefix}-{at}") for at in range(EVENTS)]
            assert len(tx.epcis.known(ORG, keys)) == EVENTS
        # whatever else was committed is whole too: as many records as each submission says
        pk, submissions, records = 0, 0, 0
        while rows := tx.submissions.iterate(pk, 500):
            submissions += len(rows)
            records += sum(row.count for row in rows)
            pk = rows[-1].pk or 0
        assert submissions >= len(acknowledged)
        assert records == submissions * EVENTS
        stored = 0
        after = -1
        while batch := tx.records.iterate(after, 5_000):
            stored += len(batch)
            after = batch[-1].pk
        assert stored == records


def test_journal_killed_appenders_leave_no_nonce_twice_and_none_lost(
    db: Database, database_url: str
) -> None:
    acknowledged: list[int] = []
    for number in range(scale(2, 100)):
        with (
            actor("journal_for_ever", database_url, f"a{number}") as first,
            actor("journal_for_ever", database_url, f"b{number}") as second,
        ):
            for process in (first, second):
                acknowledged.append(int(lines(process).readline()))
            time.sleep(0.1)
            for process in (first, second):
                kill(process)
                acknowledged += [int(line) for line in lines(process) if line.endswith("\n")]
    from ledger.clock import FixedClock
    from ledger.storage.journal import DatabaseJournal

    stored = [entry.nonce for entry in DatabaseJournal(db, FixedClock(NOW)).since("0xpublisher", 0)]
    assert stored == list(range(len(stored)))
    assert len(acknowledged) == len(set(acknowledged))
    assert set(acknowledged) <= set(stored)


def test_jobs_worked_by_two_processes_are_each_done_once(db: Database, database_url: str) -> None:
    found(db, organization(ORG))
    wanted = [f"j{number:02}" for number in range(40)]
    with db.write() as tx:
        for job_id in wanted:
            tx.jobs.add(job(job_id, ORG))
    with (
        actor("work_jobs", database_url, "w1") as first,
        actor("work_jobs", database_url, "w2") as second,
    ):
        done = [[line.strip() for line in lines(process)] for process in (first, second)]
        assert [first.wait(), second.wait()] == [0, 0]
    assert sorted(done[0] + done[1]) == wanted
    with db.read() as tx:
        for job_id in wanted:
            assert [name for name, _ in tx.jobs.stored_events(job_id)] == [f"{job_id}-event"]


def test_lease_of_killed_holder_passes_on_within_ten_seconds(
    db: Database, database_url: str
) -> None:
    with actor("hold_lease", database_url, "first") as first:
        assert lines(first).readline() == "first 1\n"
        with actor("hold_lease", database_url, "second") as second:
            time.sleep(2.5)  # longer than the lease: renewal keeps it
            with db.read() as tx:
                held = tx.leases.find("worker")
                assert held is not None
                assert held.holder == "first"
            kill(first)
            died = time.monotonic()
            assert lines(second).readline() == "second 2\n"
            assert time.monotonic() - died < 10


@pytest.mark.postgres
def test_postgres_server_killed_keeps_what_was_acknowledged() -> None:
    from tests.support.postgres import run_postgres

    with run_postgres() as server, server.database() as url:
        database = Database.open(url)
        database.migrate()
        found(database, organization(ORG))
        with actor("capture_for_ever", url, "r") as writer:
            acknowledged = [lines(writer).readline().strip() for _ in range(20)]
            server.kill()
            writer.wait()  # it could not go on, and said so by ending
            acknowledged += [line.strip() for line in lines(writer) if line.endswith("\n")]
        server.restart()
        with database.write() as tx:
            for prefix in acknowledged:
                keys = [event_key(ORG, f"{prefix}-{at}") for at in range(EVENTS)]
                assert len(tx.epcis.known(ORG, keys)) == EVENTS
        database.close()
