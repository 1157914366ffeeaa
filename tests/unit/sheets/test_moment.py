"""Dates and times of day."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.sheets.moment import event_time, parse_date, parse_time


@pytest.mark.parametrize(
    "content",
    [
        "02/03/2026",
        "2/3/2026",
        "02-03-2026",
        "2.3.2026",
        "2026-03-02",
        46083,
        46083.0,
        "46083",
        "2026-03-02 00:00:00",
    ],
)
def test_date_read_with_its_day_first(content: Any) -> None:
    assert parse_date(content) == date(2026, 3, 2)


@pytest.mark.parametrize(
    "content",
    ["03/13/2026", "31/02/2026", "02/03/26", "hôm qua", "", 46083.5, -1, 0, 10**9, True, "2026"],
)
def test_date_that_is_none_refused(content: Any) -> None:
    assert parse_date(content) is None


def test_date_counted_from_1904() -> None:
    assert parse_date(44621, counts_from_1904=True) == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("content", "at"),
    [
        ("05:40", time(5, 40)),
        ("5h40", time(5, 40)),
        ("5h", time(5)),
        ("5g30", time(5, 30)),
        ("17:05:09", time(17, 5, 9)),
        ("0,5", time(12)),
        (0.75, time(18)),
        (0, time(0)),
        (0.236111111111111, time(5, 40)),
    ],
)
def test_time_read(content: Any, at: time) -> None:
    assert parse_time(content) == at


@pytest.mark.parametrize("content", ["25:00", "5:60", "sáng", "", 1, 1.5, -0.1, True, "5"])
def test_time_that_is_none_refused(content: Any) -> None:
    assert parse_time(content) is None


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_date_of_any_form_is_the_same_day(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    for content in (day.strftime("%d/%m/%Y"), day.isoformat(), serial):
        assert parse_date(content) == day


def test_event_time_is_vietnamese_time() -> None:
    assert event_time(date(2026, 3, 2), time(5, 40)) == "2026-03-02T05:40:00+07:00"
    assert event_time(date(2026, 3, 2), None) == "2026-03-02T00:00:00+07:00"
