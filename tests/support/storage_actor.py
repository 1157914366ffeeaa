"""Another process that uses the database, for tests that kill it.

    python -m tests.support.storage_actor ACTION URL NAME

Each line it prints tells of something already durable, or of the moment the test waits for.
"""

from __future__ import annotations

import secrets
import sys
import time

from ledger.clock import SystemClock
from ledger.digest import sha256
from ledger.identity.organization import OrgId
from ledger.storage.database import Database
from ledger.storage.journal import DatabaseJournal
from tests.support.stored import capture

ORG = OrgId(bytes(range(32)))
EVENTS = 40
CLOCK = SystemClock()


def tell(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def write_half(db: Database, name: str) -> None:
    """Write much, commit nothing, wait to be killed while holding the write lock."""
    with db.write() as tx:
        for part in range(20):
            capture(tx, ORG, [f"{name}-{part}-{at}" for at in range(500)])
        tx.facts.put("half", name)
        tell("half written")
        time.sleep(600)


def capture_for_ever(db: Database, name: str) -> None:
    """Commit submission after submission; acknowledge each only once it is durable."""
    number = 0
    while True:
        number += 1
        prefix = f"{name}-{number}"
        with db.write() as tx:
            capture(tx, ORG, [f"{prefix}-{at}" for at in range(EVENTS)])
        tell(prefix)


def work_jobs(db: Database, name: str) -> None:
    """Claim and finish jobs until none is left; tell each."""
    while True:
        with db.write() as tx:
            job = tx.jobs.claim(name, CLOCK.now(), 60)
        if job is None:
            return
        with db.write() as tx:
            capture(tx, ORG, [f"{job.id}-event"], job_id=job.id)
            tx.jobs.finish(job.id, CLOCK.now(), success=True, worker=name)
        tell(job.id)


def hold_lease(db: Database, name: str) -> None:
    """Take the lease as soon as it is free and renew it until killed."""
    lease = None
    while True:
        with db.write() as tx:
            if lease is not None:
                lease = tx.leases.renew(lease, CLOCK.now(), 2.0)
            else:
                lease = tx.leases.acquire("worker", name, CLOCK.now(), 2.0)
                if lease is not None:
                    tell(f"{name} {lease.token}")
        time.sleep(0.2)


def journal_for_ever(db: Database, name: str) -> None:
    """Append to the journal; acknowledge each nonce once it is durable."""
    journal = DatabaseJournal(db, CLOCK)
    while True:
        entry = journal.append(
            "0xpublisher", name, 0, lambda nonce: (b"raw", sha256(secrets.token_bytes(9)))
        )
        tell(str(entry.nonce))


ACTIONS = {
    action.__name__: action
    for action in (write_half, capture_for_ever, work_jobs, hold_lease, journal_for_ever)
}

if __name__ == "__main__":
    ACTIONS[sys.argv[1]](Database.open(sys.argv[2]), sys.argv[3])
