"""The whole product in one process that ends itself, without any cleaning up, at a named step.

    python -m tests.support.failpoint_actor DIR DATABASE-URL ACKS STEP WHEN

It starts on DIR, recovers, checks everything in the file ACKS (lines "eventID recordID") and then
captures until the step is reached; it dies just before the step takes effect, or just after. Each
line it prints is a promise or a fact that the test keeps. The product itself knows no failpoints:
the database and the client are replaced by ones that die.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event as sql_event

import ledger.app
import ledger.offline
from ledger.app import App
from ledger.chain.client import ChainClient, Sent
from ledger.config import Settings
from ledger.digest import Digest
from ledger.records.record import RecordId
from ledger.storage.database import Database
from ledger.storage.transaction import Transaction
from ledger.verify.report import Verdict
from ledger.worker import Worker
from tests.support.epcis_events import bare_event, document, event

DIED = 86
STEPS = {
    "job stored": ("INSERT INTO capture_bodies", ""),
    "records committed": ("INSERT INTO submissions", ""),
    "log grown": ("INSERT INTO checkpoints", ""),
    "anchor added": ("INSERT INTO anchors", ""),
    "journal signed": ("INSERT INTO transactions", ""),
    "sending noted": ("UPDATE transactions", "'sent'"),
    "receipt noted": ("UPDATE transactions", "'confirmed'"),
    "head told": ("UPDATE anchors", "'confirmed'"),
    "broadcast": ("", ""),
}
"""What each step writes, by which its transaction is recognised; `broadcast` writes nothing."""


class Armed:
    """Which step is deadly now."""

    step: str | None = None
    when = "after"

    @classmethod
    def reach(cls, step: str, when: str) -> None:
        """Die here if this is the place. Nothing is flushed, closed or given back."""
        if (cls.step, cls.when) == (step, when):
            os._exit(DIED)


class DyingDatabase(Database):
    """A database whose process dies at a commit."""

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        reached: set[str] = set()
        with super().write() as tx:

            def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
                for step, (begin, value) in STEPS.items():
                    if begin and statement.startswith(begin) and value in repr(parameters):
                        reached.add(step)

            sql_event.listen(tx.connection, "before_cursor_execute", note)
            yield tx
            for step in reached:
                Armed.reach(step, "before")
        for step in reached:
            Armed.reach(step, "after")


class DyingClient(ChainClient):
    """A client whose process dies when it hands in a transaction."""

    def send_raw(self, raw: bytes, transaction: Digest) -> Sent:
        Armed.reach("broadcast", "before")
        sent = super().send_raw(raw, transaction)
        Armed.reach("broadcast", "after")
        return sent


def tell(**facts: Any) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def is_settled(app: App) -> bool:
    with app.db.read() as tx:
        state, anchor = tx.log.state(), tx.anchors.latest_confirmed()
        waiting = tx.submissions.pending(1) or tx.anchors.open() or tx.jobs.unfinished_count()
    behind = any(app.journal.unconfirmed(one.address) for one in app.submitters)
    size = anchor.size if anchor is not None else 0
    return state is not None and not waiting and not behind and size == state[0]


def recover(app: App, acks: Path) -> None:
    """Until everything is on chain; then everything acknowledged must be there and verify."""
    started = time.monotonic()
    while not is_settled(app):
        while app.capturing.run_next("recovering:1:1", 30):
            pass
        assert time.monotonic() - started < 40, "not recovered"
        time.sleep(0.02)
    audit = app.auditing.audit()
    assert audit.is_clean, (audit.findings, audit.unchecked)
    promised = [line.split() for line in acks.read_text().splitlines()]
    for _, record in promised:
        report = app.verifying.verify(app.proving.bundle(RecordId.parse(record)).encode())
        assert report.verdict is Verdict.INTACT, report.to_json()
    with app.db.read() as tx:
        for event_id, record in promised:
            rows = tx.epcis.find_event(app.operator, event_id)
            assert [row.record_id.text for row in rows] == [record], event_id
    tell(recovered=time.monotonic() - started, records=audit.records, checked=len(promised))


def capture_until_dead(app: App, secret: str) -> None:
    caller = app.membership.authenticate(secret)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        stored = app.group_commit.capture_event(caller, json.dumps(bare_event()).encode())
        answer = stored.result(20)
        tell(ack=[answer.event_id, answer.record_id.text])
        events = [event() for _ in range(5)]
        body = json.dumps(document(events)).encode()
        job = app.capturing.accept_document(caller, body, "application/json")
        tell(job=job.id, events=[one["eventID"] for one in events])
        if app.capturing.run_next("dying:1:1", 30):
            for one in app.capturing.get_job(caller, job.id).events:
                tell(ack=list(one))
        time.sleep(0.05)
    raise AssertionError(f"{Armed.step} was never reached")


def main(folder: str, database: str, acks: str, step: str, when: str) -> None:
    setattr(ledger.offline, "Database", DyingDatabase)  # noqa: B010 - that is the point
    setattr(ledger.app, "ChainClient", DyingClient)  # noqa: B010
    settings = Settings(data_dir=Path(folder), database_url=database, block_period=0.1)
    with App.start(settings) as app:
        worker = Worker(app, lease_seconds=0.6)
        thread = threading.Thread(target=worker.run)
        thread.start()
        try:
            app.wait_until_active()
            app.capturing.release_dead("", lambda _: True)
            secret = app.write_admin_key().read_text().strip()
            recover(app, Path(acks))
            if step != "none":
                Armed.step, Armed.when = step, when
                capture_until_dead(app, secret)
        finally:
            worker.stop()
            thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
