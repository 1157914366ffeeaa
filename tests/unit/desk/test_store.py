"""The desk's memory: numbers, partners, the journal, what a crash leaves."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.desk.hand_ins import (
    HandIn,
    Kind,
    drop_hand_in,
    find_hand_in,
    list_hand_ins,
    put_hand_in,
)
from ledger.desk.partners import find_partner, get_partner, list_partners, put_partner
from ledger.desk.registers import (
    ARRIVALS,
    claim_number,
    give_back_number,
    next_number,
    office_date,
    take_number,
)
from ledger.desk.store import Store, find_fact, fold, put_fact
from ledger.errors import Conflict, Misconfigured, NotFound
from ledger.exchange.evidence import ExchangeParty
from ledger.identity.organization import OrgId

AGENCY = ExchangeParty(OrgId(b"\x01" * 32), "H56.01", "Sở A")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "desk.sqlite")


def test_what_was_committed_is_there_after_reopening(tmp_path: Path) -> None:
    store = Store(tmp_path / "desk.sqlite")
    with store.write() as tx:
        put_fact(tx, "feed", "7")
    store.close()
    with Store(tmp_path / "desk.sqlite").read() as tx:
        assert find_fact(tx, "feed") == "7"


def test_an_interrupted_transaction_leaves_nothing(store: Store) -> None:
    def take_and_stop() -> None:
        with store.write() as tx:
            take_number(tx, ARRIVALS, 2026)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_and_stop()
    with store.read() as tx:
        assert next_number(tx, ARRIVALS, 2026) == 1


def test_a_database_of_another_version_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "desk.sqlite")
    with store.write() as tx:
        tx.execute("PRAGMA user_version=99")
    store.close()
    with pytest.raises(Misconfigured, match="version 99") as caught:
        Store(tmp_path / "desk.sqlite")
    assert caught.value.code == "desk-store-unusable"


def test_a_database_of_the_first_version_is_brought_on_with_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "desk.sqlite"
    first = resources.files("ledger.desk").joinpath("schema.sql").read_text(encoding="utf-8")
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.executescript(first)
        old.execute("INSERT INTO facts VALUES ('feed', '7')")
        old.execute("PRAGMA user_version=1")
        old.commit()
    fresh = Store(tmp_path / "fresh.sqlite")
    for _ in range(2):
        store = Store(path)
        with store.read() as tx, fresh.read() as other:
            assert find_fact(tx, "feed") == "7"
            assert _columns(tx) == _columns(other)
        store.close()
    fresh.close()


def _columns(tx: sqlite3.Connection) -> list[tuple[str, str]]:
    rows = tx.execute(
        "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c ORDER BY 1, 2"
    )
    return [tuple(row) for row in rows.fetchall()]


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "desk.sqlite").write_bytes(b"not a database, and long enough to be read as one" * 9)
    with pytest.raises(Misconfigured):
        Store(tmp_path / "desk.sqlite")


@settings(deadline=None, max_examples=40)
@given(
    steps=st.lists(
        st.one_of(st.just("take"), st.just("give back"), st.integers(min_value=1, max_value=30)),
        max_size=25,
    )
)
def test_numbers_are_given_once_and_without_a_gap_of_our_making(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str | int]
) -> None:
    store = Store(tmp_path_factory.mktemp("numbers") / "desk.sqlite")
    given_out: list[int] = []
    for step in steps:
        with store.write() as tx:
            if step == "take":
                number = take_number(tx, ARRIVALS, 2026)
                assert number == (given_out[-1] if given_out else 0) + 1
                given_out.append(number)
            elif step == "give back":
                if given_out:
                    give_back_number(tx, ARRIVALS, 2026, given_out.pop())
                    last = given_out[-1] if given_out else 0
                    # A number claimed beyond the next one leaves a gap that is the office's own.
                    claimed = next_number(tx, ARRIVALS, 2026) - 1
                    given_out.extend([claimed] if claimed > last else [])
            else:
                assert isinstance(step, int)
                try:
                    claim_number(tx, ARRIVALS, 2026, step)
                except Conflict:
                    assert given_out
                    assert step <= given_out[-1]
                else:
                    given_out.append(step)
    assert given_out == sorted(set(given_out))
    store.close()


def test_each_year_and_register_counts_from_one(store: Store) -> None:
    with store.write() as tx:
        assert [take_number(tx, ARRIVALS, 2026) for _ in range(2)] == [1, 2]
        assert take_number(tx, ARRIVALS, 2027) == 1
        assert take_number(tx, "outgoing", 2026) == 1


def test_only_the_last_number_is_given_again(store: Store) -> None:
    with store.write() as tx:
        take_number(tx, ARRIVALS, 2026)
        take_number(tx, ARRIVALS, 2026)
        give_back_number(tx, ARRIVALS, 2026, 1)
        assert next_number(tx, ARRIVALS, 2026) == 3
        give_back_number(tx, ARRIVALS, 2026, 2)
        assert next_number(tx, ARRIVALS, 2026) == 2


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 12, 31, 16, 59, tzinfo=UTC), "2026-12-31"),
        (datetime(2026, 12, 31, 17, 0, tzinfo=UTC), "2027-01-01"),
    ],
)
def test_the_year_of_the_office_turns_by_its_own_clock(at: datetime, day: str) -> None:
    assert office_date(at).isoformat() == day


def test_a_code_stands_for_one_organization(store: Store) -> None:
    with store.write() as tx:
        put_partner(tx, AGENCY)
        put_partner(tx, ExchangeParty(AGENCY.org, AGENCY.organ_id, "Sở A (mới)"))
        assert get_partner(tx, "H56.01").name == "Sở A (mới)"
        for wrong in (
            ExchangeParty(OrgId(b"\x02" * 32), "H56.01"),
            ExchangeParty(AGENCY.org, "H56.02"),
        ):
            with pytest.raises(Conflict) as caught:
                put_partner(tx, wrong)
            assert caught.value.code == "desk-partner-taken"
        assert [one.organ_id for one in list_partners(tx)] == ["H56.01"]
        assert find_partner(tx, b"\x02" * 32) is None
        with pytest.raises(NotFound):
            get_partner(tx, "H56.02")


def test_one_request_of_a_subject_is_under_way(store: Store) -> None:
    first = HandIn(Kind.STEP, b"leg", "/there", b"{}", 1)
    with store.write() as tx:
        put_hand_in(tx, first)
        put_hand_in(tx, HandIn(Kind.MESSAGE, b"message", "/here", b"{}", 2))
    with pytest.raises(Exception, match="UNIQUE"), store.write() as tx:
        put_hand_in(tx, first)
    with store.write() as tx:
        found = find_hand_in(tx, b"leg")
        assert found is not None
        assert (found.path, found.body) == ("/there", b"{}")
        assert [one.subject for one in list_hand_ins(tx, Kind.STEP)] == [b"leg"]
        drop_hand_in(tx, b"leg")
        assert find_hand_in(tx, b"leg") is None


def test_search_folds_case_and_composition_and_keeps_marks() -> None:
    assert fold("Kế HOẠCH") == fold("ke\u0302\u0301 hoa\u0323ch")
    assert fold("bà") != fold("ba")
