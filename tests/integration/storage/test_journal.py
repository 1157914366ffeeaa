import threading

import pytest

from ledger.clock import FixedClock
from ledger.digest import Digest, sha256
from ledger.errors import NotFound
from ledger.ports import Journal, TransactionState
from ledger.storage.database import Database
from ledger.storage.journal import DatabaseJournal
from tests.support.stored import NOW, digest, later

PUBLISHER = "0x" + "aa" * 20
ADMIN = "0x" + "bb" * 20


def sign(nonce: int) -> tuple[bytes, Digest]:
    raw = f"signed at {nonce}".encode()
    return raw, digest()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def journal(db: Database, clock: FixedClock) -> Journal:
    return DatabaseJournal(db, clock)


def test_append_takes_next_nonce_but_never_below_floor(journal: Journal) -> None:
    nonces = [journal.append(PUBLISHER, "p", floor, sign).nonce for floor in (5, 0, 6, 20, 3)]
    assert nonces == [5, 6, 7, 20, 21]
    assert journal.append(ADMIN, "p", 0, sign).nonce == 0


def test_append_stores_the_signed_bytes(journal: Journal) -> None:
    entry = journal.append(PUBLISHER, "anchor/7", 0, sign)
    assert entry.raw == b"signed at 0"
    assert (entry.state, entry.block, entry.sent_at) == (TransactionState.SIGNED, None, None)
    assert entry.created_at == NOW
    assert journal.find_purpose("anchor/7") == entry
    assert journal.find_purpose("anchor/8") is None


def test_append_signer_fails_leaves_nonce_unused(journal: Journal) -> None:
    def refuse(nonce: int) -> tuple[bytes, Digest]:
        raise RuntimeError("no signer")

    with pytest.raises(RuntimeError):
        journal.append(PUBLISHER, "p", 0, refuse)
    assert journal.append(PUBLISHER, "p", 0, sign).nonce == 0


def test_mark_moves_entry_through_its_life(journal: Journal, clock: FixedClock) -> None:
    first = journal.append(PUBLISHER, "a", 0, sign)
    second = journal.append(PUBLISHER, "b", 0, sign)
    clock.advance(1)
    journal.mark(first.id, TransactionState.SENT)
    clock.advance(1)
    journal.mark(first.id, TransactionState.SENT)
    block = sha256(b"block")
    journal.mark(first.id, TransactionState.MINED, block=7, block_hash=block)
    (mined, waiting) = journal.unconfirmed(PUBLISHER)
    assert (mined.state, mined.block, mined.block_hash) == (TransactionState.MINED, 7, block)
    assert mined.sent_at == later(1)
    assert waiting == second
    journal.mark(first.id, TransactionState.CONFIRMED, block=7, block_hash=block)
    journal.mark(second.id, TransactionState.FAILED, failure="reverted")
    assert journal.unconfirmed(PUBLISHER) == []
    settled = journal.last_settled(PUBLISHER)
    assert settled is not None
    assert (settled.id, settled.failure) == (second.id, "reverted")
    assert journal.last_settled(ADMIN) is None


def test_mark_vanished_block_is_forgotten(journal: Journal) -> None:
    entry = journal.append(PUBLISHER, "a", 0, sign)
    journal.mark(entry.id, TransactionState.MINED, block=7, block_hash=sha256(b"x"))
    journal.mark(entry.id, TransactionState.SENT)
    (again,) = journal.unconfirmed(PUBLISHER)
    assert (again.block, again.block_hash, again.raw) == (None, None, entry.raw)


def test_mark_unknown_entry_raises_not_found(journal: Journal) -> None:
    with pytest.raises(NotFound):
        journal.mark(404, TransactionState.SENT)


def test_since_gives_every_entry_from_a_nonce_on(journal: Journal) -> None:
    entries = [journal.append(PUBLISHER, f"p{n}", 0, sign) for n in range(4)]
    journal.append(ADMIN, "p", 0, sign)
    assert journal.since(PUBLISHER, 2) == entries[2:]
    assert journal.find_purpose("p0") == entries[0]


def test_append_from_eight_threads_gives_every_nonce_once(journal: Journal) -> None:
    taken: list[int] = []

    def work() -> None:
        for _ in range(10):
            taken.append(journal.append(PUBLISHER, "p", 0, sign).nonce)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(80))
    assert [entry.nonce for entry in journal.since(PUBLISHER, 0)] == list(range(80))
