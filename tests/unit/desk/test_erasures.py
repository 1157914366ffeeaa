"""Who has to approve that a document is erased, and what of it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.desk.erasures import (
    APPROVED_FOR_SECONDS,
    Erasure,
    approved,
    end_erasure,
    erasures_to_finish,
    find_erasure,
    note_waits,
    put_erasure,
)
from ledger.desk.people import Person
from ledger.desk.role import DeskRole
from ledger.desk.store import Store, put_fact
from ledger.errors import Conflict, LedgerError
from ledger.identity.organization import Purpose

NOW = 1_800_000_000
OVER, REQUESTED, ORDERED = 2001, 2002, 2003
MESSAGE = b"\x07" * 32
PEOPLE = [
    Person("a", "Lê A", DeskRole.CLERK),
    Person("b", "Trần B", DeskRole.CLERK),
    Person("c", "Vũ C", DeskRole.LEADER),
    Person("d", "Hồ D", DeskRole.LEADER),
    Person("e", "Đỗ E", DeskRole.AUDITOR),
]
LEADERS = {"c", "d"}

acts = st.tuples(
    st.sampled_from(PEOPLE),
    st.sampled_from([None, OVER, REQUESTED, ORDERED]),
    st.sampled_from([None, NOW - 1, NOW + 5]),
    st.sampled_from([0, 1, APPROVED_FOR_SECONDS + 1]),
)


@given(st.lists(acts, max_size=8))
def test_it_is_decided_by_two_people_one_of_them_a_leader_and_after_its_time(
    wanted: list[tuple[Person, int | None, int | None, int]],
) -> None:
    erasure: Erasure | None = None
    now = NOW
    for person, reason, kept_until, later in wanted:
        now += later
        try:
            erasure = approved(erasure, person, reason, kept_until, now)
        except LedgerError:
            continue
        logins = {one.login for one in erasure.approvals}
        assert "e" not in logins
        assert erasure.reason == ORDERED or erasure.kept_until <= now
        if erasure.decided_at is None:
            assert len(erasure.approvals) == 1
            continue
        first, second = erasure.approvals
        assert len(logins) == 2
        assert logins & LEADERS
        assert {first.purpose, second.purpose} == {Purpose.CLERK, Purpose.LEADER}
        assert erasure.leader.login in LEADERS
        assert reason in (None, erasure.reason)
        assert second.at - first.at <= APPROVED_FOR_SECONDS
        return


def test_whoever_approved_may_say_otherwise_until_somebody_else_has() -> None:
    first = approved(None, PEOPLE[0], OVER, NOW - 1, NOW)
    changed = approved(first, PEOPLE[0], REQUESTED, None, NOW)
    assert (changed.reason, changed.kept_until) == (REQUESTED, NOW - 1)
    with pytest.raises(Conflict) as same:
        approved(changed, PEOPLE[0], REQUESTED, None, NOW)
    assert same.value.code == "desk-erasure-same-person"
    with pytest.raises(Conflict) as other:
        approved(changed, PEOPLE[2], OVER, None, NOW)
    assert other.value.code == "erasure-not-approved"
    assert approved(changed, PEOPLE[2], None, None, NOW).decided_at == NOW


def test_what_was_decided_waits_until_it_is_done(tmp_path: Path) -> None:
    store = Store(tmp_path / "desk.sqlite")
    first = approved(None, PEOPLE[2], ORDERED, NOW + 9, NOW)
    decided = approved(first, PEOPLE[3], None, None, NOW + 1)
    for one, waits in ((first, []), (decided, [MESSAGE])):
        with store.write() as tx:
            put_erasure(tx, MESSAGE, one)
            assert find_erasure(tx, MESSAGE) == one
            assert erasures_to_finish(tx) == waits
    with store.write() as tx:
        note_waits(tx, MESSAGE, "held")
        found = find_erasure(tx, MESSAGE)
        assert found is not None
        assert found.waits == "held"
        end_erasure(tx, MESSAGE, NOW + 2)
        found = find_erasure(tx, MESSAGE)
        assert found is not None
        assert (found.waits, found.erased_at) == (None, NOW + 2)
        assert erasures_to_finish(tx) == []
    store.close()


def test_a_cut_log_holds_nothing_of_what_was_deleted(tmp_path: Path) -> None:
    store = Store(tmp_path / "desk.sqlite")
    with store.write() as tx:
        put_fact(tx, "secret", "điều không ai được biết")
    with store.write() as tx:
        tx.execute("DELETE FROM facts WHERE name = 'secret'")
    store.cut_log()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert "điều không ai được biết".encode() not in stored
    store.close()
