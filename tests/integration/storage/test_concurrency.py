"""Several writers at once, and searches against a plain model."""

import tempfile
import threading
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Conflict
from ledger.identity.organization import OrgId
from ledger.storage import epcis
from ledger.storage.database import Database
from ledger.storage.epcis import event_key
from tests.support.stored import LOT, capture, found


def test_same_events_captured_by_many_threads_are_stored_once(db: Database) -> None:
    org = found(db)
    names = [f"e{number}" for number in range(60)]
    duplicates: list[str] = []

    def work(offset: int) -> None:
        for start in range(0, 60, 10):
            wanted = [names[(start + offset + at) % 60] for at in range(15)]
            try:
                with db.write() as tx:
                    known = tx.epcis.known(org, [event_key(org, name) for name in wanted])
                    fresh = [name for name in wanted if event_key(org, name) not in known]
                    if fresh:
                        capture(tx, org, fresh)
            except Conflict as error:
                duplicates.append(error.code)

    threads = [threading.Thread(target=work, args=(offset,)) for offset in range(0, 48, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert duplicates == []  # asking first holds the others back: nobody had to try again
    with db.write() as tx:
        assert len(tx.epcis.known(org, [event_key(org, name) for name in names])) == 60
        assert tx.submissions.pending_count() == 60


def test_two_organizations_do_not_hold_each_other_back_on_the_same_event(db: Database) -> None:
    producer, carrier = found(db), found(db)
    with db.write() as tx:
        for org in (producer, carrier):
            assert tx.epcis.known(org, [event_key(org, "e")]) == {}
            capture(tx, org, ["e"])
    with db.read() as tx:
        assert len(tx.epcis.find_event(None, "e")) == 2


def test_readers_see_only_whole_submissions_while_others_write(db: Database) -> None:
    org = found(db)
    done = threading.Event()
    torn: list[tuple[int, int]] = []

    def read() -> None:
        while not done.is_set():
            with db.read() as tx:
                promised = tx.submissions.pending_count()
                stored = len(tx.records.iterate(-1, 10_000))
            if promised != stored:
                torn.append((promised, stored))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(30):
        with db.write() as tx:
            capture(tx, org, [f"e{number}-{at}" for at in range(7)])
    done.set()
    for reader in readers:
        reader.join()
    assert torn == []


_TIMES = st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=6), min_size=1, max_size=6)


@settings(max_examples=25, deadline=None)
@given(times=_TIMES, page=st.integers(1, 5), segment=st.integers(1, 9))
def test_events_by_key_in_any_pages_and_segments_equals_a_sorted_list(
    times: list[list[int]], page: int, segment: int
) -> None:
    ordinary = epcis.SEGMENT_KEYS
    epcis.SEGMENT_KEYS = segment
    try:
        with tempfile.TemporaryDirectory() as folder:
            _compare(Path(folder), times, page)
    finally:
        epcis.SEGMENT_KEYS = ordinary


def _compare(folder: Path, times: list[list[int]], page: int) -> None:
    database = Database.open(f"sqlite:///{folder / 'ledger.sqlite3'}")
    database.migrate()
    org = OrgId(b"o" * 32)
    model: list[tuple[int, int, str]] = []
    for batch, at_times in enumerate(times):
        with database.write() as tx:
            for number, at in enumerate(at_times):
                name = f"{batch}/{number}"
                capture(tx, org, [name], start=at)
                (row,) = tx.epcis.find_event(org, name)
                model.append((row.time_ms, row.record_pk, name))
    seen: list[str] = []
    before: tuple[int, int] | None = None
    with database.read() as tx:
        while rows := tx.epcis.events_by_key([LOT], page, before):
            assert len(rows) <= page
            seen += [row.event_id for row in rows]
            before = (rows[-1].time_ms, rows[-1].record_pk)
    assert seen == [name for _, _, name in sorted(model, reverse=True)]
    database.close()
