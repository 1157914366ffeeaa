import pytest

from ledger.errors import Conflict, InvalidInput, NotFound
from ledger.records.record import RecordId
from ledger.storage.database import Database
from tests.support.stored import NOW, capture, found, job, later


def test_job_claimed_oldest_first_and_only_once(db: Database) -> None:
    org = found(db)
    with db.write() as tx:
        tx.jobs.add(job("j1", org, b"one"))
        tx.jobs.add(job("j2", org, b"two"))
        assert tx.jobs.unfinished_count() == 2
    with db.write() as tx:
        first = tx.jobs.claim("w1", NOW, 10)
        second = tx.jobs.claim("w2", NOW, 10)
        assert first is not None
        assert second is not None
        assert (first.id, first.claimed_by) == ("j1", "w1")
        assert (second.id, second.claimed_by) == ("j2", "w2")
        assert tx.jobs.claim("w3", NOW, 10) is None
        assert tx.jobs.load_body("j1") == b"one"


def test_job_claim_expired_is_taken_over_and_old_worker_refused(db: Database) -> None:
    org = found(db)
    with db.write() as tx:
        tx.jobs.add(job("j1", org))
        tx.jobs.claim("slow", NOW, 10)
    with db.write() as tx:
        assert tx.jobs.claim("next", later(9.9), 10) is None
        taken = tx.jobs.claim("next", later(10), 10)
        assert taken is not None

    def come_back_late() -> None:
        with db.write() as tx:
            capture(tx, org, ["e1"], job_id="j1")
            tx.jobs.finish("j1", later(11), success=True, worker="slow")

    with pytest.raises(Conflict) as caught:
        come_back_late()
    assert caught.value.code == "capture-claim-lost"
    with db.write() as tx:
        assert tx.epcis.find_event(org, "e1") == []
        with pytest.raises(Conflict):
            tx.jobs.extend("j1", "slow", later(11), 10)
        tx.jobs.extend("j1", "next", later(12), 10)
        assert tx.jobs.claim("third", later(21), 10) is None


def test_job_claims_of_dead_workers_are_released_by_name(db: Database) -> None:
    org = found(db)
    with db.write() as tx:
        for number in range(3):
            tx.jobs.add(job(f"j{number}", org))
        for worker in ("host:1:a", "host:2:b", "ho_t:3:c"):
            tx.jobs.claim(worker, NOW, 100)
        assert tx.jobs.release("ho_t:") == 1
        assert tx.jobs.release("host:1:") == 1
    with pytest.raises(Conflict), db.write() as tx:
        tx.jobs.finish("j0", NOW, success=True, worker="host:1:a")
    with db.write() as tx:
        again = [tx.jobs.claim("next", NOW, 100) for _ in range(3)]
        assert [row.id if row else None for row in again] == ["j0", "j2", None]


def test_job_finished_drops_body_and_lists_events(db: Database) -> None:
    org = found(db)
    with db.write() as tx:
        tx.jobs.add(job("j1", org))
        tx.jobs.claim("w", NOW, 10)
        ids = capture(tx, org, ["e1", "e2", "e3"], job_id="j1")
        tx.jobs.finish(
            "j1",
            later(2),
            success=False,
            errors=[{"code": "x", "index": 3}],
            repeats=[("e0", "urn:uuid:0")],
            worker="w",
        )
    with db.read() as tx:
        row = tx.jobs.find("j1")
        assert row is not None
        assert (row.finished_at, row.success) == (later(2), False)
        assert row.errors == [{"code": "x", "index": 3}]
        assert tx.jobs.unfinished_count() == 0
        assert tx.jobs.stored_events("j1") == [
            *((name, RecordId(i).text) for name, i in zip(["e1", "e2", "e3"], ids, strict=True)),
            ("e0", "urn:uuid:0"),
        ]
        with pytest.raises(NotFound):
            tx.jobs.load_body("j1")
    with pytest.raises(Conflict), db.write() as tx:
        tx.jobs.finish("j1", later(3), success=True)


def test_job_body_of_64_megabytes_comes_back_whole(db: Database) -> None:
    org = found(db)
    body = bytes(range(256)) * (64 * 4096)
    with db.write() as tx:
        tx.jobs.add(job("big", org, body))
    with db.read() as tx:
        assert tx.jobs.load_body("big") == body


def test_jobs_listed_newest_first_in_pages_of_one_organization(db: Database) -> None:
    producer, carrier = found(db), found(db)
    with db.write() as tx:
        for number in range(5):
            tx.jobs.add(job(f"j{number}", producer))
        tx.jobs.add(job("other", carrier))
    seen: list[str] = []
    after: str | None = None
    with db.read() as tx:
        for _ in range(3):
            rows, after = tx.jobs.list(producer, 2, after)
            seen += [row.id for row in rows]
        assert after is None
        assert seen == ["j4", "j3", "j2", "j1", "j0"]
        with pytest.raises(InvalidInput):
            tx.jobs.list(producer, 2, "-1")


def test_job_unknown_is_none(db: Database) -> None:
    with db.read() as tx:
        assert tx.jobs.find("nowhere") is None
        assert tx.jobs.stored_events("nowhere") == []
