"""Numbers as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.sheets.number import AmbiguousNumber, check_number, parse_number


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        ("1234", None, 1234),
        ("0012", None, 12),
        ("12,5", None, 12.5),
        ("12.5", None, 12.5),
        ("0,125", None, 0.125),
        ("1.234,5", None, 1234.5),
        ("1,234.5", None, 1234.5),
        ("1.234.567", None, 1234567),
        ("1 234,5", None, 1234.5),
        ("1,234", ",", 1.234),
        ("1.234", ",", 1234),
        ("12.5", ",", 12.5),
        ("2,0", None, 2),
    ],
)
def test_number_read(text: str, decimal: str | None, number: float) -> None:
    found = parse_number(text, decimal)
    assert found == number
    assert type(found) is type(number)


@pytest.mark.parametrize("text", ["", "-1", "1e5", "1,2,3", "1.23.4", "٣", "kg", "1,", ",5", "∞"])
def test_number_that_is_none_refused(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize("text", ["1.234", "1,234", "12,345", "999.999"])
def test_number_with_two_readings_refused(text: str) -> None:
    with pytest.raises(AmbiguousNumber):
        parse_number(text)


@given(st.floats(min_value=0, max_value=1e12, allow_nan=False))
def test_number_of_a_cell_kept(value: float) -> None:
    assert check_number(value) == value


@pytest.mark.parametrize("value", [-0.5, 1e15, float("inf"), float("nan")])
def test_number_of_a_cell_out_of_range_refused(value: float) -> None:
    assert check_number(value) is None


@given(st.text(max_size=12))
def test_number_of_any_text_is_a_number_or_none(text: str) -> None:
    try:
        found = parse_number(text)
    except AmbiguousNumber:
        return
    assert found is None or found >= 0
