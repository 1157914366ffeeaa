"""The statistics of a month: counted right, the same from the same events, and checkable."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import canonical
from ledger.errors import InvalidInput
from ledger.exchange.evidence import FileCode
from ledger.exchange.history import LegHistory, Month
from ledger.exchange.registers import Register
from ledger.exchange.rules import LegAction
from ledger.exchange.settlement import TOTAL
from ledger.exchange.statistics import OUTPUTS, SignedStatistics, Statistics, write_csv, write_json
from ledger.records.record import RecordId
from tests.support.leg_histories import AGENCIES, LegStory

A, B, C = AGENCIES
MARCH = Month.parse("2026-03")
DAY = 86_400
M = MARCH.begins
FILE = FileCode("H56.TEST.02", 2026, "12/HS-VP")

SENT, ARRIVED, HANDED, RECEIVED = (
    LegAction.SUBMIT, LegAction.ARRIVE, LegAction.HAND_OVER, LegAction.RECEIVE,
)  # fmt: skip


def received(story: LegStory, at: int) -> LegStory:
    return (
        story.then(SENT, at).then(ARRIVED, at + 60).then(HANDED, at + 120).then(RECEIVED, at + 180)
    )


def done(story: LegStory, at: int) -> LegStory:
    story.then(LegAction.ASSIGN, at, "Phòng A xử lý").then(LegAction.BEGIN, at + 1)
    return story.then(LegAction.FINISH, at + 2)


def stories() -> list[LegStory]:
    return [
        # Sent in February, received in March, done too late.
        done(
            LegStory(A, B, "1", settle_by=M + 5 * DAY, file=FILE)
            .then(SENT, M - DAY)
            .then(ARRIVED, M - DAY + 60)
            .then(HANDED, M + 1)
            .then(RECEIVED, M + 2),
            M + 6 * DAY,
        ),
        # Sent and done in March, in time.
        done(received(LegStory(A, B, "2", settle_by=M + 9 * DAY, file=FILE), M + DAY), M + 8 * DAY),
        # Sent to C, refused.
        LegStory(A, C, "2")
        .then(SENT, M + DAY)
        .then(ARRIVED, M + DAY)
        .then(LegAction.REFUSE, M + 2 * DAY),
        # Not settled when March ends, though it was due; done in April.
        done(received(LegStory(A, B, "3", settle_by=M + 20 * DAY), M + 10 * DAY), MARCH.ends + DAY),
        # Came, and nobody answered.
        LegStory(B, A, "4")
        .then(SENT, M + DAY)
        .then(ARRIVED, M + DAY)
        .then(LegAction.EXPIRE, M + 4 * DAY),
        # Never arrived.
        LegStory(A, C, "5").then(SENT, M + 3 * DAY).then(LegAction.MARK_OVERDUE, M + 5 * DAY),
        # Nothing to do with A.
        received(LegStory(B, C, "6"), M + DAY),
        # April's.
        received(LegStory(A, B, "7"), MARCH.ends),
    ]


def legs() -> list[LegHistory]:
    return [story.history for story in stories()]


def totals(table: Register, name: str = TOTAL) -> dict[str, Any]:
    (row,) = (row for row in table.rows if row[0] == name)
    return {column: cell for column, cell in zip(table.columns, row, strict=True) if cell}


def test_outgoing_documents_are_counted() -> None:
    table = Statistics.compute(legs(), A.org, MARCH).outputs["outgoingSettlement"]
    assert totals(table) == {
        "Organization": TOTAL, "carriedOver": 1, "submitted": 4, "arrived": 3, "received": 3,
        "refused": 1, "settledInTime": 1, "settledLate": 1, "onTheWay": 1, "unsettledOverdue": 1,
    }  # fmt: skip
    assert totals(table, C.org.text) == {
        "Organization": C.org.text, "submitted": 2, "arrived": 1, "refused": 1, "onTheWay": 1,
    }  # fmt: skip


def test_incoming_documents_are_counted() -> None:
    incoming = Statistics.compute(legs(), A.org, MARCH).outputs["incomingSettlement"]
    assert totals(incoming) == {"Organization": TOTAL, "arrived": 1, "expired": 1}
    table = Statistics.compute(legs(), B.org, MARCH).outputs["incomingSettlement"]
    assert totals(table, A.org.text) == {
        "Organization": A.org.text, "carriedOver": 1, "arrived": 2, "received": 3,
        "settledInTime": 1, "settledLate": 1, "unsettledOverdue": 1,
    }  # fmt: skip


def test_registers_list_what_the_decree_asks_for() -> None:
    mine = Statistics.compute(legs(), A.org, MARCH).outputs["outgoingRegister"]
    rows = [dict(zip(mine.columns, row, strict=True)) for row in mine.rows]
    assert [(row["CodeNumber"], row["To"], row["State"]) for row in rows] == [
        ("2", "H56.TEST.02; H56.TEST.03", "DONE; REFUSED"),
        ("3", "H56.TEST.02", "RECEIVED"),
        ("5", "H56.TEST.03", "SUBMITTED"),
    ]
    theirs = Statistics.compute(legs(), B.org, MARCH).outputs["incomingRegister"]
    rows = [dict(zip(theirs.columns, row, strict=True)) for row in theirs.rows]
    assert [row["ArrivalNumber"] for row in rows] == [401, 402, 403]
    assert rows[0]["TraceHeaderList"] == "ASSIGN: Phòng A xử lý; BEGIN; FINISH"
    assert rows[0]["FileCode"] == "H56.TEST.02.2026.12/HS-VP"


def test_files_list_their_documents_in_order() -> None:
    table = Statistics.compute(legs(), B.org, MARCH).outputs["incomingFiles"]
    found = [(row[0], row[1], row[3]) for row in table.rows]
    assert found == [(None, 1, "3"), (FILE.text, 1, "1"), (FILE.text, 2, "2")]


def test_there_are_six_outputs_and_csv_holds_them() -> None:
    statistics = Statistics.compute(legs(), A.org, MARCH)
    assert len(OUTPUTS) == 6
    for table in statistics.outputs.values():
        lines = list(csv.reader(io.StringIO(write_csv(table).decode(), newline="")))
        assert tuple(lines[0]) == table.columns
        assert len(lines) == 1 + len(table.rows)


def test_csv_runs_nothing() -> None:
    assert write_csv(Register(("a",), (("=1+1",), (5,), (None,)))) == b'a\r\n\'=1+1\r\n5\r\n""\r\n'


@given(st.permutations(legs()))
def test_the_same_events_give_the_same_bytes_in_any_order(shuffled: list[LegHistory]) -> None:
    mine = Statistics.compute(legs(), A.org, MARCH)
    assert write_json(Statistics.compute(shuffled, A.org, MARCH)) == write_json(mine)


def test_what_happens_later_or_to_others_changes_nothing() -> None:
    mine = Statistics.compute(legs(), A.org, MARCH)
    known = [leg.until(MARCH.ends) for leg in legs() if A.org in (leg.sender, leg.recipient)]
    again = Statistics.compute([leg for leg in known if leg], A.org, MARCH)
    assert write_json(again) == write_json(mine)


@given(st.integers(0, 7), st.integers(0, 6), st.sampled_from(["state", "time", "commitment"]))
def test_every_event_is_in_the_basis(at: int, event: int, what: str) -> None:
    found = legs()
    leg = found[at]
    event %= len(leg.events)
    old = leg.events[event]
    new = {
        "state": replace(old, state=type(old.state)((old.state + 1) % 19)),
        "time": replace(old, at=old.at + 1),
        "commitment": replace(old, commitment=type(old.commitment)(b"\x01" * 32)),
    }[what]
    found[at] = replace(leg, events=(*leg.events[:event], new, *leg.events[event + 1 :]))
    concerned = A.org in (leg.sender, leg.recipient) and old.at < MARCH.ends
    same = (
        Statistics.compute(found, A.org, MARCH).basis
        == Statistics.compute(legs(), A.org, MARCH).basis
    )
    assert same is not concerned


def test_a_record_is_checked_by_computing_it_again() -> None:
    statistics = Statistics.compute(legs(), A.org, MARCH)
    record = statistics.record(RecordId(b"\x07" * 16), datetime(2026, 4, 1, tzinfo=UTC))
    body = canonical.parse(canonical.encode(record.envelope()))["body"]
    statistics.check(body)
    body["outgoing"]["refused"] = 0
    with pytest.raises(InvalidInput) as refused:
        statistics.check(body)
    assert (refused.value.code, refused.value.pointer) == ("statistics-differ", "/outgoing/refused")
    with pytest.raises(InvalidInput, match="computed again"):
        Statistics.compute(legs()[1:], A.org, MARCH).check(statistics.summary())
    with pytest.raises(InvalidInput):
        statistics.check([])


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"v": 2}, "/v"),
        ({"month": "2026-13"}, None),
        ({"legs": -1}, "/legs"),
        ({"basis": "x"}, "/basis"),
        ({"further": 1}, "/further"),
        ({"outputs": {}}, "/outputs/outgoingRegister"),
        ({"outgoing": {}}, "/outgoing/carriedOver"),
    ],
)
def test_a_signed_body_has_exactly_its_members(change: dict[str, Any], pointer: str | None) -> None:
    body = Statistics.compute(legs(), A.org, MARCH).summary()
    assert SignedStatistics.read(body).month == MARCH
    with pytest.raises(InvalidInput) as refused:
        SignedStatistics.read(body | change)
    assert refused.value.pointer == pointer


def test_statistics_of_nothing_are_empty_and_whole() -> None:
    nothing = Statistics.compute([], A.org, MARCH)
    assert nothing.summary()["outgoing"]["submitted"] == 0
    assert all(
        not table.rows for name, table in nothing.outputs.items() if not name.endswith("Settlement")
    )


def test_months_are_vietnam_s() -> None:
    assert MARCH.begins == int(datetime(2026, 2, 28, 17, tzinfo=UTC).timestamp())
    assert Month.of(datetime(2026, 2, 28, 17, tzinfo=UTC)) == MARCH
    assert Month(2026, 12).next == Month(2027, 1)
    assert date(2026, 3, 1).strftime("%Y-%m") == MARCH.text
    for text in ("2026-13", "2026-3", "26-03", "2026-03-01", ""):
        with pytest.raises(InvalidInput):
            Month.parse(text)
