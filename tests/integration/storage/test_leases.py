import pytest

from ledger.errors import Conflict
from ledger.storage.database import Database
from tests.support.stored import NOW, later


def test_lease_has_one_holder_and_passes_on_after_its_time(db: Database) -> None:
    with db.write() as tx:
        first = tx.leases.acquire("worker", "a", NOW, 6)
        assert first is not None
        assert tx.leases.acquire("worker", "b", later(5.9), 6) is None
        assert tx.leases.acquire("other", "b", NOW, 6) is not None
    with db.write() as tx:
        second = tx.leases.acquire("worker", "b", later(6), 6)
        assert second is not None
        assert second.token > first.token
        assert tx.leases.find("worker") == second
        tx.leases.check(second)


def test_lease_stale_holder_is_refused_with_its_writes(db: Database) -> None:
    with db.write() as tx:
        stale = tx.leases.acquire("worker", "a", NOW, 6)
        assert stale is not None
    with db.write() as tx:
        tx.leases.acquire("worker", "b", later(7), 6)

    def write_stale() -> None:
        with db.write() as tx:
            tx.facts.put("written by", "a")
            tx.leases.check(stale)

    with pytest.raises(Conflict) as caught:
        write_stale()
    assert caught.value.code == "lease-lost"
    with pytest.raises(Conflict), db.write() as tx:
        tx.leases.renew(stale, later(8), 6)
    with db.write() as tx:
        tx.leases.release(stale)
        assert tx.facts.get("written by") is None
        held = tx.leases.find("worker")
        assert held is not None
        assert held.holder == "b"


def test_lease_renewed_is_kept_and_released_is_free(db: Database) -> None:
    with db.write() as tx:
        lease = tx.leases.acquire("worker", "a", NOW, 6)
        assert lease is not None
        lease = tx.leases.renew(lease, later(5), 6)
        assert tx.leases.acquire("worker", "b", later(10), 6) is None
        tx.leases.release(lease)
        assert tx.leases.find("worker") is None
        taken = tx.leases.acquire("worker", "b", later(10), 6)
        assert taken is not None
        assert taken.token == lease.token + 1


def test_lease_same_holder_again_gets_new_token(db: Database) -> None:
    with db.write() as tx:
        before = tx.leases.acquire("worker", "a", NOW, 6)
        after = tx.leases.acquire("worker", "a", NOW, 6)
        assert before is not None
        assert after is not None
        assert after.token == before.token + 1
        with pytest.raises(Conflict):
            tx.leases.check(before)


def test_fact_pinned_once_refuses_another_value(db: Database) -> None:
    with db.write() as tx:
        assert tx.facts.get("chain id") is None
        tx.facts.put_once("chain id", "31337")
        tx.facts.put_once("chain id", "31337")
    with pytest.raises(Conflict) as caught, db.write() as tx:
        tx.facts.put_once("chain id", "1")
    assert caught.value.code == "fact-changed"
    with db.write() as tx:
        tx.facts.put("origin", "a")
        tx.facts.put("origin", "b")
        assert tx.facts.get("origin") == "b"
        assert tx.facts.get("chain id") == "31337"
