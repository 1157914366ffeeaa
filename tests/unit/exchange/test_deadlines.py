"""Working days and the deadlines made of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import canonical
from ledger.clock import VIETNAM, from_unix
from ledger.errors import InvalidInput
from ledger.exchange.calendar import WorkCalendar, at_local, find_calendar, local
from ledger.exchange.deadlines import DECREE_30, PROFILES, TWO_DAYS, find_terms

CALENDAR = find_calendar()
DAYS = st.dates(date(2026, 1, 1), date(2027, 11, 1))
MOMENTS = st.integers(1_767_225_600, 1_825_000_000).map(from_unix)


def at(text: str) -> datetime:
    """A moment on Vietnam's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "is_working"),
    [
        ("2026-03-02", True),    # a Monday
        ("2026-03-07", False),   # a Saturday
        ("2026-02-18", False),   # Tết
        ("2026-01-10", True),    # a Saturday worked
        ("2026-01-02", False),   # for this Friday
        ("2026-04-27", False),   # the Hùng Kings' day fell on a Sunday
        ("2026-09-02", False),
    ],
)  # fmt: skip
def test_days(day: str, is_working: bool) -> None:
    assert CALENDAR.is_working(date.fromisoformat(day)) is is_working


def test_nothing_is_guessed_beyond_its_years() -> None:
    with pytest.raises(InvalidInput) as refused:
        CALENDAR.is_working(date(2028, 1, 3))
    assert refused.value.code == "calendar-year-unknown"
    assert CALENDAR.provisional == (2027,)


def test_reads_back_what_it_writes_and_its_digest_is_of_all_of_it() -> None:
    again = WorkCalendar.read(canonical.parse(canonical.encode(CALENDAR.to_json())))
    assert again == CALENDAR
    assert again.digest == CALENDAR.digest
    for other in (
        replace(CALENDAR, source="x"),
        replace(CALENDAR, holidays=CALENDAR.holidays - {date(2026, 1, 1)}),
        replace(CALENDAR, swapped=CALENDAR.swapped | {date(2026, 3, 7)}),
    ):
        assert other.digest != CALENDAR.digest


@pytest.mark.parametrize(
    "change",
    [
        {"swapped": ["2026-03-02"]},
        {"holidays": ["2028-01-01"]},
        {"holidays": ["2026-02-30"]},
        {"lastYear": 2025},
        {"further": 1},
        {"name": ""},
    ],
)
def test_what_is_no_calendar_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        WorkCalendar.read(CALENDAR.to_json() | change)
    assert refused.value.code == "calendar-malformed"


@given(DAYS, st.integers(0, 10))
def test_working_days_are_counted_one_by_one(day: date, after: int) -> None:
    found = CALENDAR.working_day(day, after)
    between = [
        day + timedelta(days=n)
        for n in range((found - day).days + 1)
        if CALENDAR.is_working(day + timedelta(days=n))
    ]
    assert between[-1] == found
    # A day off counts for nothing: counting begins with the first day worked after it.
    assert len(between) == max(1, after + CALENDAR.is_working(day))


def test_a_period_that_ends_on_a_day_off_ends_with_the_next_day_worked() -> None:
    assert CALENDAR.end_of_period(date(2026, 3, 6)) == at("2026-03-07 00:00")
    assert CALENDAR.end_of_period(date(2026, 3, 7)) == at("2026-03-10 00:00")
    assert CALENDAR.end_of_period(date(2026, 2, 14)) == at("2026-02-24 00:00")


def test_ordinary_documents_arrive_the_next_working_morning() -> None:
    for signed, arrives in (
        ("2026-03-02 09:00", "2026-03-03 11:30"),
        ("2026-03-06 16:59", "2026-03-09 11:30"),
        ("2026-02-13 10:00", "2026-02-23 11:30"),
    ):
        terms = find_terms(at(signed), 0, None, DECREE_30, CALENDAR)
        assert from_unix(terms.arrive_by) == at(arrives)
        assert (terms.settle_by, terms.attempts) == (0, 3)
        assert terms.calendar == CALENDAR.digest


def test_urgent_documents_arrive_at_once_day_and_night() -> None:
    night = at("2026-02-17 23:00")
    for priority, minutes in ((1, 120), (2, 60), (3, 30), (4, 30)):
        terms = find_terms(night, priority, None, DECREE_30, CALENDAR)
        assert from_unix(terms.arrive_by) == night + timedelta(minutes=minutes)
        assert terms.answer_within == minutes * 4 * 60


@given(MOMENTS, st.floats(0, 1), st.sampled_from(sorted(PROFILES)))
def test_nobody_is_overdue_before_the_end_of_the_day_the_calendar_gives(
    now: datetime, part: float, name: str
) -> None:
    profile = PROFILES[name]
    terms = find_terms(now, 0, None, profile, CALENDAR)
    assert 0 < terms.answer_within < 2**32
    arrived = now + (from_unix(terms.arrive_by) - now) * part
    there = local(arrived)
    day = there.date() + timedelta(days=there.time() >= time(17))
    due = at_local(CALENDAR.working_day(day, profile.answer.working_days), time(17))
    # The contract counts whole seconds.
    assert arrived + timedelta(seconds=terms.answer_within + 1) >= due


def test_the_longest_wait_is_that_of_who_gets_it_before_the_weekend() -> None:
    terms = find_terms(at("2026-03-06 10:00"), 0, None, DECREE_30, CALENDAR)
    assert timedelta(seconds=terms.answer_within) == timedelta(days=3)
    longer = find_terms(at("2026-03-06 10:00"), 0, None, TWO_DAYS, CALENDAR)
    assert timedelta(seconds=longer.answer_within) == timedelta(days=4, hours=7)


def test_due_dates_are_settled_by_the_end_of_their_day() -> None:
    now = at("2026-03-02 09:00")
    terms = find_terms(now, 0, date(2026, 3, 20), DECREE_30, CALENDAR)
    assert from_unix(terms.settle_by) == at("2026-03-21 00:00")
    with pytest.raises(InvalidInput) as refused:
        find_terms(now, 0, date(2026, 3, 2), DECREE_30, CALENDAR)
    assert (refused.value.code, refused.value.pointer) == ("due-date-past", "/dueDate")
    urgent = find_terms(now, 3, date(2026, 3, 2), DECREE_30, CALENDAR)
    assert from_unix(urgent.settle_by) == at("2026-03-03 00:00")


def test_calendars_that_do_not_exist_are_unknown() -> None:
    with pytest.raises(InvalidInput) as refused:
        find_calendar("../members")
    assert refused.value.code == "calendar-unknown"
