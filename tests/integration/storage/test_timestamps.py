"""What of the journal a token covers, on both kinds of database."""

from __future__ import annotations

from datetime import datetime

from ledger.clock import FixedClock
from ledger.digest import sha256
from ledger.ports import TransactionState
from ledger.storage.database import Database
from ledger.storage.journal import DatabaseJournal
from ledger.storage.timestamps import Uncovered
from tests.support.stored import NOW, later


def _sign(db: Database, at: datetime, name: str) -> int:
    hashed = sha256(name.encode())
    journal = DatabaseJournal(db, FixedClock(at))
    return journal.append("0xsender", name, 0, lambda _: (b"raw", hashed)).id


def _settle(db: Database, entry: int, block: int) -> None:
    DatabaseJournal(db, FixedClock(NOW)).mark(
        entry, TransactionState.CONFIRMED, block=block, block_hash=sha256(b"block")
    )


def _stamp(db: Database, block: int, uncovered: Uncovered) -> None:
    with db.write() as tx:
        tx.timestamps.add(
            block=block,
            size=block,
            statement=b"statement",
            response=b"response",
            time=NOW,
            uncovered=uncovered,
        )


def test_uncovered_names_the_oldest_settled_and_how_far_the_journal_is_covered(
    db: Database,
) -> None:
    with db.read() as tx:
        assert tx.timestamps.uncovered(9) is None
        assert tx.timestamps.oldest_uncovered() is None
    first, stuck, third = (_sign(db, later(n), f"act/{n}") for n in (1, 2, 3))
    with db.read() as tx:
        assert tx.timestamps.uncovered(9) is None
        assert tx.timestamps.oldest_uncovered() == later(1)
    _settle(db, first, 4)
    _settle(db, third, 5)
    with db.read() as tx:
        found = tx.timestamps.uncovered(4)
        assert found == tx.timestamps.uncovered(5) == Uncovered(later(1), stuck - 1)
        assert tx.timestamps.uncovered(3) is None
    assert found is not None
    _stamp(db, 5, found)
    with db.read() as tx:
        assert tx.timestamps.uncovered(9) is None
        assert tx.timestamps.oldest_uncovered() == later(2)
    _settle(db, stuck, 6)
    with db.read() as tx:
        rest = tx.timestamps.uncovered(9)
    assert rest == Uncovered(later(2), third)
    _stamp(db, 9, rest)
    with db.read() as tx:
        assert tx.timestamps.oldest_uncovered() is None
        assert [row.block for row in tx.timestamps.list(10)] == [9, 5]
        assert [row.block for row in tx.timestamps.list(10, before=2)] == [5]


def test_uncovered_failed_transactions_wait_for_nothing(db: Database) -> None:
    failed = _sign(db, NOW, "act/1")
    DatabaseJournal(db, FixedClock(NOW)).mark(failed, TransactionState.FAILED, failure="reverted")
    with db.read() as tx:
        assert tx.timestamps.uncovered(9) is None
        assert tx.timestamps.oldest_uncovered() is None


def test_uncovered_what_is_on_its_way_is_not_asked_for_again(db: Database) -> None:
    first = _sign(db, later(1), "act/1")
    _settle(db, first, 1)
    second = _sign(db, later(2), "act/2")
    _settle(db, second, 2)
    with db.read() as tx:
        assert tx.timestamps.uncovered(2, since=second) is None
        assert tx.timestamps.uncovered(2, since=first) == Uncovered(later(2), second)


def test_outage_is_one_row_from_the_first_failure_to_the_next_token(db: Database) -> None:
    with db.write() as tx:
        tx.timestamps.end_outage(NOW)
        tx.timestamps.note_failure(later(1), "time-authority-unavailable", "status 503")
        tx.timestamps.note_failure(later(2), "timestamp-untrusted", "other root")
        tx.timestamps.end_outage(later(3))
        tx.timestamps.note_failure(later(4), "time-authority-unavailable", "status 503")
    with db.read() as tx:
        second, first = tx.timestamps.outages(10)
    assert (first.began_at, first.last_at, first.ended_at) == (later(1), later(2), later(3))
    assert (first.attempts, first.code) == (2, "timestamp-untrusted")
    assert (second.attempts, second.ended_at) == (1, None)
