"""Times and their one spelling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.clock import (
    FixedClock,
    SystemClock,
    format_time,
    from_unix,
    parse_time,
    unix_seconds,
)
from ledger.errors import InvalidInput

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HANOI = timezone(timedelta(hours=7))


def test_system_clock_is_aware_and_moves_on() -> None:
    clock = SystemClock()
    first = clock.now()
    assert first.utcoffset() == timedelta(0)
    assert clock.now() >= first


def test_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock(NOON.astimezone(HANOI))
    assert clock.now() == clock.now() == NOON
    assert clock.now().tzinfo is UTC
    clock.advance(1.5)
    assert clock.now() == NOON + timedelta(seconds=1.5)


def test_fixed_clock_with_step_advances_after_each_reading() -> None:
    clock = FixedClock(NOON, step=0.25)
    assert [clock.now() for _ in range(3)] == [NOON + timedelta(seconds=0.25 * n) for n in range(3)]


def test_format_time_has_milliseconds_and_z() -> None:
    assert format_time(NOON) == "2026-03-01T12:00:00.000Z"
    assert format_time(NOON.astimezone(HANOI)) == "2026-03-01T12:00:00.000Z"
    assert format_time(NOON.replace(microsecond=999_999)) == "2026-03-01T12:00:00.999Z"


@given(st.datetimes(timezones=st.just(UTC)))
def test_time_round_trips_to_the_millisecond(at: datetime) -> None:
    cut = at.replace(microsecond=at.microsecond // 1000 * 1000)
    assert parse_time(format_time(at)) == cut


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-01T12:00:00Z", NOON),
        ("2026-03-01t12:00:00z", NOON),
        ("2026-03-01T19:00:00+07:00", NOON),
        ("2026-03-01T12:00:00.5Z", NOON + timedelta(milliseconds=500)),
        ("2026-03-01T12:00:00.123456789Z", NOON + timedelta(microseconds=123_456)),
        ("2026-02-28T22:30:00-13:30", NOON),
    ],
)
def test_parse_time_of_rfc3339_is_read(text: str, at: datetime) -> None:
    assert parse_time(text) == at


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-01",
        "2026-03-01T12:00:00",
        "2026-03-01 12:00:00Z",
        "2026-03-01T12:00Z",
        "2026-3-1T12:00:00Z",
        "2026-03-01T12:00:00+0700",
        "2026-03-01T12:00:00.Z",
        "2026-03-01T12:00:00.1234567890Z",
        "2026-02-30T12:00:00Z",
        "2026-03-01T25:00:00Z",
        "2026-03-01T12:60:00Z",
        "2026-03-01T12:00:61Z",
        "0001-01-01T00:00:00+01:00",
        "2026-03-01T12:00:00Z\n",
        "٢٠٢٦-03-01T12:00:00Z",
        "2026-03-01T12:00:00+99:00",
        None,
        5,
    ],
)
def test_parse_time_other_form_is_refused(text: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_time(text)  # type: ignore[arg-type]
    assert refused.value.code == "time-malformed"


def test_unix_seconds_round_down() -> None:
    assert unix_seconds(NOON) == 1_772_366_400
    assert unix_seconds(NOON + timedelta(milliseconds=999)) == 1_772_366_400
    assert unix_seconds(datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)) == -1
    assert from_unix(1_772_366_400) == NOON
    assert from_unix(unix_seconds(NOON)).tzinfo is UTC
