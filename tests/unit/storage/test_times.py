from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from ledger.storage.times import from_ms, from_ms_or_none, to_ms, to_ms_or_none


@given(st.integers(min_value=-62_000_000_000_000, max_value=250_000_000_000_000))
def test_times_every_millisecond_survives(milliseconds: int) -> None:
    assert to_ms(from_ms(milliseconds)) == milliseconds


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_round_down_to_the_millisecond(at: datetime) -> None:
    lost = at - from_ms(to_ms(at))
    assert timedelta(0) <= lost < timedelta(milliseconds=1)


def test_times_of_another_zone_are_the_same_instant() -> None:
    hanoi = timezone(timedelta(hours=7))
    assert to_ms(datetime(1970, 1, 1, 7, 0, 0, 1_000, tzinfo=hanoi)) == 1


def test_times_absent_stay_absent() -> None:
    assert to_ms_or_none(None) is None
    assert from_ms_or_none(None) is None
