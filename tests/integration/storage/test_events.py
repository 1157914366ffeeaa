import secrets

import pytest

from ledger.errors import Conflict
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from ledger.storage import epcis
from ledger.storage.database import Database
from ledger.storage.epcis import event_key
from tests.support.stored import LOT, NOW, capture, event_row, found, submission


def test_record_stored_is_found_with_place_and_leaf(db: Database) -> None:
    org = found(db)
    with db.write() as tx:
        capture(tx, org, ["e0"])
        ids = capture(tx, org, ["e1", "e2", "e3"])
    with db.write() as tx:
        row = tx.records.find(RecordId(ids[2]))
        assert row is not None
        assert (row.org, row.kind, row.captured_at) == (org, "epcis.event", NOW)
        assert row.body == b'{"n":2}'
        assert row.salt is not None
        assert len(row.salt) == 32
        assert (row.position, row.first_index, row.leaf_index) == (2, None, None)
        tx.submissions.set_first_index(row.submission_pk, 100)
        placed = tx.records.find_by_leaf(102)
        assert placed is not None
        assert placed.record_id == RecordId(ids[2])
        assert placed.leaf_index == 102
        assert tx.records.find_by_leaf(103) is None
        assert tx.records.find_by_leaf(99) is None
        assert tx.records.find_by_pk(row.pk) == placed
        assert tx.records.find(RecordId(secrets.token_bytes(16))) is None


def test_records_iterate_gives_all_in_order(db: Database) -> None:
    org = found(db)
    with db.write() as tx:
        ids = capture(tx, org, ["a", "b"]) + capture(tx, org, ["c"])
    with db.read() as tx:
        first = tx.records.iterate(-1, 2)
        rest = tx.records.iterate(first[-1].pk, 2)
        assert [row.record_id for row in [*first, *rest]] == [RecordId(i) for i in ids]


def test_record_id_taken_is_duplicate_and_nothing_else_stays(db: Database) -> None:
    org = found(db)
    with db.write() as tx:
        (record_id,) = capture(tx, org, ["e1"])

    def replay() -> None:
        with db.write() as tx:
            pk = tx.submissions.add(submission(org, 1))
            tx.records.add_many([(record_id, pk, 0, "epcis.event", NOW, b"{}", b"s" * 32)])

    with pytest.raises(Conflict) as caught:
        replay()
    assert caught.value.code == "storage-duplicate"
    with db.read() as tx:
        assert tx.submissions.pending_count() == 1


def test_known_names_only_this_organizations_events(db: Database) -> None:
    producer, carrier = found(db), found(db)
    names = [f"e{number}" for number in range(2_500)]
    with db.write() as tx:
        ids = capture(tx, producer, names)
    asked = [event_key(producer, name) for name in [*names, "unknown"]]
    with db.write() as tx:
        assert tx.epcis.known(producer, asked) == {
            event_key(producer, name): (b"c" * 16, record_id)
            for name, record_id in zip(names, ids, strict=True)
        }
        assert tx.epcis.known(carrier, [event_key(carrier, name) for name in names]) == {}
        assert tx.epcis.known(producer, []) == {}


def test_event_key_taken_is_duplicate(db: Database) -> None:
    org = found(db)
    with db.write() as tx:
        capture(tx, org, ["e1"])
    with pytest.raises(Conflict) as caught, db.write() as tx:
        capture(tx, org, ["e2", "e1"])
    assert caught.value.code == "storage-duplicate"
    with db.read() as tx:
        assert tx.epcis.find_event(org, "e2") == []


def test_find_event_of_one_or_every_organization(db: Database) -> None:
    producer, carrier = found(db), found(db)
    with db.write() as tx:
        (ours,) = capture(tx, producer, ["urn:e"])
        (theirs,) = capture(tx, carrier, ["urn:e"])
    with db.read() as tx:
        (one,) = tx.epcis.find_event(producer, "urn:e")
        assert (one.record_id, one.org, one.body) == (RecordId(ours), producer, b'{"n":0}')
        assert {row.record_id for row in tx.epcis.find_event(None, "urn:e")} == {
            RecordId(ours),
            RecordId(theirs),
        }
        assert one.leaf_index is None
        assert tx.epcis.find_event(None, "urn:f") == []
        assert tx.epcis.find_event(OrgId.random(), "urn:e") == []


def test_events_by_key_newest_first_in_pages(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    # tiny segments: on SQLite the search must merge many of them
    monkeypatch.setattr(epcis, "SEGMENT_KEYS", 4)
    org = found(db)
    # captured out of event-time order, over several submissions
    for start, names in [(20, ["c0", "c1"]), (0, ["a0", "a1"]), (40, ["d0", "d1"]), (10, ["b0"])]:
        with db.write() as tx:
            capture(tx, org, names, start=start)
    seen: list[str] = []
    before: tuple[int, int] | None = None
    with db.read() as tx:
        while rows := tx.epcis.events_by_key([LOT, "https://id.gs1.org/00/x"], 3, before):
            seen += [row.event_id for row in rows]
            before = (rows[-1].time_ms, rows[-1].record_pk)
        assert seen == ["d1", "d0", "c1", "c0", "b0", "a1", "a0"]
        assert tx.epcis.events_by_key(["https://id.gs1.org/00/x"], 3) == []


def test_events_by_key_named_in_two_roles_appears_once(db: Database) -> None:
    org = found(db)
    with db.write() as tx:
        pk = tx.submissions.add(submission(org, 1))
        (record,) = tx.records.add_many(
            [(secrets.token_bytes(16), pk, 0, "epcis.event", NOW, b"{}", b"s" * 32)]
        )
        keys = [("k1", 1, record, 7), ("k1", 2, record, 7), ("k2", 1, record, 7)]
        tx.epcis.add_many([event_row(org, record, "e", 7)], keys)
    with db.read() as tx:
        assert [row.event_id for row in tx.epcis.events_by_key(["k1", "k2"], 10)] == ["e"]
