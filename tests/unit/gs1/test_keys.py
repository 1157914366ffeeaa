from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput
from ledger.gs1.check_pair import check_pair, has_check_pair
from ledger.gs1.components import CSET82
from ledger.gs1.keys import Gln, Gtin, Gtin13, Sscc, check_digit, has_check_digit, parse_key

DIGITS = st.text("0123456789", min_size=1, max_size=17)


@given(DIGITS)
def test_check_digit_of_any_digits_completes_them(digits: str) -> None:
    assert has_check_digit(digits + check_digit(digits))


@given(DIGITS, st.data())
def test_check_digit_one_digit_wrong_found(digits: str, data: st.DataObject) -> None:
    whole = digits + check_digit(digits)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.sampled_from([char for char in "0123456789" if char != whole[at]]))
    assert not has_check_digit(whole[:at] + other + whole[at + 1 :])


def test_gtin_padded_has_fourteen_digits() -> None:
    assert Gtin("9521234001058").padded == "09521234001058"


@pytest.mark.parametrize(
    "value", ["", "952123400105", "95212340010580", "９５２１２３４００１０５８"]
)
def test_gtin13_wrong_length_or_digits_refused(value: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        Gtin13(value)
    assert raised.value.code == "gs1-key-malformed"


def test_gln_wrong_check_digit_names_right_one() -> None:
    with pytest.raises(InvalidInput, match="is 7 and should be 6") as raised:
        Gln("9521234000137")
    assert raised.value.code == "gs1-check-digit-wrong"


def test_parse_key_unknown_kind_refused() -> None:
    assert isinstance(parse_key("sscc", "095212340000000013"), Sscc)
    with pytest.raises(InvalidInput, match="unknown kind"):
        parse_key("ISBN", "9521234001058")


@pytest.mark.parametrize("value", ["1987654Ad4X4bL5ttr2310c2K", "12345_ABCDEFGHIJKLMCP", "22"])
def test_check_pair_of_the_standard_holds(value: str) -> None:
    assert has_check_pair(value)


@given(st.text(CSET82, max_size=23), st.data())
def test_check_pair_one_character_wrong_found(body: str, data: st.DataObject) -> None:
    whole = body + check_pair(body)
    assert has_check_pair(whole)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.sampled_from([char for char in CSET82 if char != whole[at]]))
    assert not has_check_pair(whole[:at] + other + whole[at + 1 :])
