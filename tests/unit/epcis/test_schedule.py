from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.epcis.schedule import FIELDS, Schedule
from ledger.errors import InvalidInput

MONDAY = datetime(2026, 11, 23, 12, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({"hour": "1", "minute": "5", "second": "0"}, "2026-11-24T01:05:00"),
        ({"hour": "1", "minute": "5"}, "2026-11-24T01:05:00"),
        ({"second": "0/30"}, "2026-11-23T12:30:30"),
        ({"second": "10,20"}, "2026-11-23T12:30:20"),
        ({"minute": "[0-10]", "second": "0"}, "2026-11-23T13:00:00"),
        ({"minute": "30", "second": "15"}, "2026-11-23T13:30:15"),
        ({"dayOfWeek": "7", "hour": "0"}, "2026-11-29T00:00:00"),
        ({"month": "2", "dayOfMonth": "29"}, "2028-02-29T00:00:00"),
        ({"month": "12", "dayOfMonth": "31", "hour": "23", "minute": "59", "second": "59"},
         "2026-12-31T23:59:59"),
        ({"dayOfMonth": 1}, "2026-12-01T00:00:00"),
    ],
)  # fmt: skip
def test_schedule_due_next(fields: dict[str, Any], due: str) -> None:
    schedule = Schedule.read(fields)
    assert schedule.next_after(MONDAY) == datetime.fromisoformat(due).replace(tzinfo=UTC)
    assert Schedule.read(schedule.to_json()) == schedule


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({}, "/schedule"),
        (None, "/schedule"),
        ([], "/schedule"),
        ({"year": "2026"}, "/schedule/year"),
        ({"second": "60"}, "/schedule/second"),
        ({"second": ""}, "/schedule/second"),
        ({"second": True}, "/schedule/second"),
        ({"second": "0/0"}, "/schedule/second"),
        ({"minute": "[10-5]"}, "/schedule/minute"),
        ({"minute": "1;2"}, "/schedule/minute"),
        ({"minute": "٣"}, "/schedule/minute"),
        ({"hour": "1," * 200}, "/schedule/hour"),
        ({"dayOfWeek": "0"}, "/schedule/dayOfWeek"),
        ({"month": "2", "dayOfMonth": "30"}, "/schedule"),
    ],
)
def test_schedule_malformed_refused_there(fields: Any, pointer: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        Schedule.read(fields)
    assert raised.value.code == "subscription-controls-malformed"
    assert raised.value.pointer == pointer


FIELD = {
    name: st.lists(st.integers(low, high), min_size=1, max_size=3).map(
        lambda values: ",".join(map(str, values))
    )
    for name, (low, high) in FIELDS.items()
    if name not in ("dayOfMonth", "month")
}
TIMES = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - the strategy wants naive bounds
    datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(st.fixed_dictionaries({}, optional=FIELD).filter(bool), TIMES)
def test_schedule_due_time_fits_and_none_between_does(fields: dict[str, str], at: datetime) -> None:
    schedule = Schedule.read(fields)
    due = schedule.next_after(at)
    assert due is not None
    assert due > at
    assert due.microsecond == 0
    found = {
        "second": due.second, "minute": due.minute, "hour": due.hour, "dayOfWeek": due.isoweekday()
    }  # fmt: skip
    for name, text in fields.items():
        assert str(found[name]) in text.split(",")
    # asking again from just before gives the same time, so none between was passed over
    assert schedule.next_after(due - timedelta(seconds=1)) == due
    middle = at + (due - at) / 2
    assert schedule.next_after(middle) == due


def test_unknown_field_named() -> None:
    with pytest.raises(InvalidInput, match="'weekday' is no field; there are second, minute"):
        Schedule.read({"weekday": "1"})
