"""Units against Recommendation 20, and the laws of conversion."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.epcis.measurement_units import _UNITS, Unit, to_base, to_base_difference

CODES = st.sampled_from(sorted(_UNITS))
VALUES = st.fractions(min_value=-(10**9), max_value=10**9)


def back(value: Fraction, code: str) -> Fraction:
    unit = _UNITS[code]
    return (value - unit.offset) / unit.factor


@given(VALUES, CODES)
def test_there_and_back_is_the_same_value(value: Fraction, code: str) -> None:
    dimension, based = to_base(value, code)
    assert dimension == _UNITS[code].dimension
    assert back(based, code) == value


@given(VALUES, CODES, CODES)
def test_through_another_unit_of_the_dimension_and_back_is_the_same_value(
    value: Fraction, code: str, other: str
) -> None:
    dimension, based = to_base(value, code)
    if _UNITS[other].dimension == dimension:
        assert to_base(back(based, other), other) == (dimension, based)


@given(VALUES, VALUES, CODES)
def test_a_difference_is_converted_as_the_difference_of_what_is_converted(
    value: Fraction, other: Fraction, code: str
) -> None:
    (dimension, one), (_, two) = to_base(value, code), to_base(other, code)
    assert to_base_difference(value - other, code) == (dimension, one - two)


@given(VALUES, VALUES, CODES)
def test_conversion_keeps_the_order(value: Fraction, other: Fraction, code: str) -> None:
    assert (value < other) == (to_base(value, code)[1] < to_base(other, code)[1])


def test_every_dimension_has_one_scale() -> None:
    for dimension in {unit.dimension for unit in _UNITS.values()}:
        assert Unit(dimension, Fraction(1)) in _UNITS.values(), dimension


def test_unknown_code_is_a_dimension_of_its_own() -> None:
    assert to_base(Fraction(3), "ZZZ") == ("unit ZZZ", Fraction(3))
    assert to_base_difference(Fraction(3), "ZZZ") == ("unit ZZZ", Fraction(3))


@pytest.mark.parametrize(
    ("code", "dimension", "published"),
    [
        # Annex I, revision 17, as it is printed there: six digits and more
        ("ONZ", "mass", "0.02834952"),
        ("LTN", "mass", "1016.047"),
        ("STN", "mass", "907.1847"),
        ("STI", "mass", "6.350293"),
        ("YDK", "area", "0.8361274"),
        ("GLI", "volume", "0.004546092"),
        ("GLL", "volume", "0.003785412"),
        ("OZA", "volume", "0.00002957353"),
        ("OZI", "volume", "0.00002841306"),
        ("PTL", "volume", "0.0004731765"),
        ("QTL", "volume", "0.0009463529"),
        ("BLL", "volume", "0.1589873"),
        ("FTQ", "volume", "0.02831685"),
        ("YDQ", "volume", "0.764555"),
        ("KNT", "speed", "0.514444"),
        ("KMH", "speed", "0.277778"),
        ("PS", "pressure", "6894.757"),
        ("MQH", "volume flow", "0.000277778"),
        ("L2", "volume flow", "0.0000166667"),
        ("LD", "volume flow", "0.0000000115741"),
        ("E93", "mass flow", "0.000277778"),
        ("D70", "energy", "4.1868"),
        ("H61", "conductivity", "0.1"),
        ("CUR", "radioactivity", "37000000000"),
    ],
)
def test_factor_is_the_published_one(code: str, dimension: str, published: str) -> None:
    unit, wanted = _UNITS[code], Fraction(published)
    assert unit.dimension == dimension
    assert abs(unit.factor - wanted) <= wanted / 10**5


@pytest.mark.parametrize(
    ("value", "code", "kelvin"),
    [("4", "CEL", "277.15"), ("39.2", "FAH", "277.15"), ("491.67", "A48", "273.15")],
)
def test_temperatures(value: str, code: str, kelvin: str) -> None:
    assert to_base(Fraction(value), code) == ("temperature", Fraction(kelvin))
