"""Time-stamping in batches, against a real authority on loopback HTTP that can be made to fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.chain.blocks import Block
from ledger.clock import FixedClock
from ledger.digest import Digest, sha256
from ledger.errors import NotFound
from ledger.ports import TransactionState
from ledger.services.stamping import MOST_PARALLEL, Stamping
from ledger.services.time_authority import TimeAuthority
from ledger.services.watching import Watch, Watching
from ledger.storage.database import Database
from ledger.storage.journal import DatabaseJournal
from ledger.timestamps.statement import parse_statement
from ledger.timestamps.token import check_token
from tests.support.recorded_chain import RecordedChain
from tests.support.time_authority import Fault, Pki, serving
from tests.support.time_authority import TimeAuthority as Authority

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
PINNED = (31337, Digest(b"\x11" * 32))
ANSWERING = {"unreachable": False, "chainId": 31337, "genesis": "0x" + "11" * 32}


@pytest.fixture(scope="module")
def pki() -> Pki:
    return Pki.make()


@dataclass
class Ledger:
    """A database whose chain grows by `anchor`, and an authority with the same clock."""

    db: Database
    clock: FixedClock
    authority: Authority
    url: str
    block: int = 0
    size: int = 0
    closing: list[Stamping] = field(default_factory=list)

    def stamping(self, *, interval: float = 60.0, seconds: float = 5.0) -> Stamping:
        made = Stamping(
            self.db,
            self.clock,
            lambda: _block(self.block),
            TimeAuthority(self.url, [self.authority.pki.root], answer_seconds=seconds),
            chain=PINNED,
            origin="example/log",
            interval_seconds=interval,
        )
        self.closing.append(made)
        return made

    def anchor(self) -> int:
        """One more head of the log, confirmed in one more block."""
        self.block += 1
        self.size += 3
        journal = DatabaseJournal(self.db, self.clock)
        hashed = sha256(b"transaction", bytes([self.block % 256, self.block // 256]))
        entry = journal.append(
            "0xsender", f"anchor/{self.size}", 0, lambda _: (b"raw" + hashed, hashed)
        )
        journal.mark(
            entry.id,
            TransactionState.CONFIRMED,
            block=self.block,
            block_hash=_block(self.block).hash,
        )
        root = sha256(b"root", self.size.to_bytes(4, "big"))
        with self.db.write() as tx:
            tx.log.add_checkpoint(self.size, root, "note", self.clock.now())
            tx.anchors.add(self.size, root, f"anchor/{self.size}")
            tx.anchors.confirm(self.size, self.block, _block(self.block).hash, 1, hashed)
        return self.size

    def watch(self) -> Watch:
        chain = RecordedChain(ANSWERING)
        return Watching(self.db, self.clock, chain, PINNED, "worker", is_stamping=True).look()


@pytest.fixture
def ledger(tmp_path: Path, pki: Pki) -> Iterator[Ledger]:
    db = Database.open(f"sqlite:///{tmp_path}/ledger.sqlite3")
    db.migrate()
    clock = FixedClock(NOW)
    authority = Authority(pki, clock.now)
    with serving(authority) as url:
        made = Ledger(db, clock, authority, url)
        yield made
        for stamping in made.closing:
            stamping.close()
    db.close()


def _block(number: int) -> Block:
    return Block(
        number=number,
        hash=sha256(b"block", number.to_bytes(4, "big")),
        parent=sha256(b"parent"),
        time=0,
        gas_limit=1,
        base_fee=None,
    )


def test_run_once_stamps_the_newest_block_and_head(ledger: Ledger, pki: Pki) -> None:
    ledger.anchor()
    size = ledger.anchor()
    stamping = ledger.stamping()
    assert stamping.run_once()
    (row,) = stamping.list(10)
    said = parse_statement(row.statement)
    assert (said.block, said.block_hash, said.head.size) == (2, _block(2).hash, size)
    assert (said.chain_id, said.genesis, said.head.origin) == (*PINNED, "example/log")
    assert check_token(row.response, row.statement, [pki.root]).time == row.time == NOW
    assert stamping.get(row.id) == row


def test_run_once_nothing_new_asks_nobody(ledger: Ledger) -> None:
    stamping = ledger.stamping()
    assert not stamping.run_once()
    ledger.anchor()
    assert stamping.run_once()
    assert not stamping.run_once()
    assert ledger.authority.asked == 1


def test_run_once_before_the_first_head_stamps_the_block_alone(ledger: Ledger) -> None:
    journal = DatabaseJournal(ledger.db, ledger.clock)
    entry = journal.append("0xsender", "enrol/1", 0, lambda _: (b"raw", sha256(b"enrol")))
    journal.mark(entry.id, TransactionState.CONFIRMED, block=1, block_hash=_block(1).hash)
    ledger.block = 1
    stamping = ledger.stamping()
    assert stamping.run_once()
    assert parse_statement(stamping.list(1)[0].statement).head.root == sha256(b"")


def test_four_hours_without_the_authority_are_visible_and_caught_up_by_one_token(
    ledger: Ledger,
) -> None:
    ledger.anchor()
    stamping = ledger.stamping()
    assert stamping.run_once()
    ledger.authority.fault = Fault.ERROR
    for _ in range(4 * 60):
        ledger.clock.advance(60)
        ledger.anchor()
        assert not stamping.run_once()
    assert ledger.watch().time_authority == "failing"
    assert ledger.watch().unstamped_seconds == 239 * 60
    (outage,) = stamping.outages()
    assert (outage.attempts, outage.ended_at) == (240, None)
    assert outage.code == "time-authority-unavailable"
    ledger.authority.fault = Fault.NONE
    ledger.clock.advance(60)
    assert stamping.run_once()
    watch = ledger.watch()
    assert (watch.time_authority, watch.unstamped_seconds) == ("working", 0.0)
    newest, first = stamping.list(10)
    assert (newest.block, newest.size) == (ledger.block, ledger.size)
    assert newest.time - newest.oldest_at == timedelta(hours=4)
    (outage,) = stamping.outages()
    assert (outage.began_at, outage.ended_at) == (NOW + timedelta(minutes=1), newest.time)
    with ledger.db.read() as tx:
        assert tx.timestamps.find_covering(0) == first
        for leaf in range(3, ledger.size):
            assert tx.timestamps.find_covering(leaf) == newest
        assert tx.timestamps.find_covering(ledger.size) is None
        assert tx.timestamps.find_covering_block(2) == newest
        assert tx.timestamps.find_covering_block(ledger.block + 1) is None


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.WRONG_NONCE, "timestamp-nonce-differs"),
        (Fault.WRONG_IMPRINT, "timestamp-data-differs"),
        (Fault.REJECTED, "timestamp-not-granted"),
        (Fault.GARBAGE, "timestamp-malformed"),
        (Fault.HUGE, "time-authority-unavailable"),
        (Fault.ERROR, "time-authority-unavailable"),
        (Fault.NO_PURPOSE, "timestamp-untrusted"),
    ],
)
def test_run_once_token_that_does_not_hold_is_not_kept(
    ledger: Ledger, fault: Fault, code: str
) -> None:
    ledger.anchor()
    ledger.authority.fault = fault
    stamping = ledger.stamping()
    assert not stamping.run_once()
    assert stamping.list(10) == []
    assert [one.code for one in stamping.outages()] == [code]


def test_run_once_authority_of_another_root_is_not_believed(ledger: Ledger) -> None:
    ledger.anchor()
    stamping = ledger.stamping()
    ledger.authority.pki = Pki.make("Somebody else")
    assert not stamping.run_once()
    assert stamping.outages()[0].code == "timestamp-untrusted"


def test_run_once_nobody_listens_is_an_outage(ledger: Ledger) -> None:
    ledger.anchor()
    ledger.url = "http://127.0.0.1:1/tsa"
    stamping = ledger.stamping()
    assert not stamping.run_once()
    assert stamping.outages()[0].code == "time-authority-unavailable"


def test_run_once_answer_that_takes_too_long_is_an_outage(ledger: Ledger) -> None:
    ledger.anchor()
    ledger.authority.hold = threading.Event()
    stamping = ledger.stamping(seconds=0.2)
    assert not stamping.run_once()
    assert stamping.outages()[0].code == "time-authority-unavailable"
    ledger.authority.hold.set()


def test_run_when_due_slow_authority_holds_nothing_up_and_is_asked_four_times_at_most(
    ledger: Ledger,
) -> None:
    ledger.authority.hold = threading.Event()
    stamping = ledger.stamping(interval=0.0, seconds=30.0)
    started = time.monotonic()
    for _ in range(MOST_PARALLEL + 2):
        ledger.anchor()
        stamping.run_when_due()
    assert time.monotonic() - started < 10
    _until(lambda: ledger.authority.asked == MOST_PARALLEL)
    ledger.authority.hold.set()
    _until(lambda: len(stamping.list(10)) == MOST_PARALLEL)
    assert sorted(row.block for row in stamping.list(10)) == [1, 2, 3, 4]
    ledger.authority.hold = None
    _until(stamping.run_when_due)
    _until(lambda: len(stamping.list(10)) == MOST_PARALLEL + 1)
    assert stamping.list(1)[0].block == ledger.block
    assert not stamping.run_when_due()


def test_run_when_due_waits_for_the_interval_after_a_request(ledger: Ledger) -> None:
    ledger.anchor()
    stamping = ledger.stamping(interval=60.0)
    assert stamping.run_when_due()
    ledger.anchor()
    assert not stamping.run_when_due()


def test_get_unknown_number_is_not_found(ledger: Ledger) -> None:
    with pytest.raises(NotFound, match="number 7"):
        ledger.stamping().get(7)


def _until(condition: object) -> None:
    assert callable(condition)
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)
