"""Excursions from the temperatures a product may have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.epcis.cold_chain import ColdChainRule, Reading, excursion, is_breach, readings_of
from ledger.errors import InvalidInput

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
RULE = ColdChainRule(2.0, 8.0, 30)


def series(*values: tuple[int, float]) -> list[Reading]:
    return [Reading(START + timedelta(minutes=minute), (celsius,)) for minute, celsius in values]


@pytest.mark.parametrize(
    ("readings", "minutes", "breach"),
    [
        ([], None, False),
        ([(0, 4.0)], None, False),
        ([(0, 2.0), (10, 8.0)], None, False),  # the bounds themselves are within
        ([(0, 9.0)], 0, False),
        ([(0, 9.0), (29, 9.0)], 29, False),
        ([(0, 9.0), (30, 1.0)], 30, True),  # too warm, then too cold: outside all the time
        ([(0, 9.0), (20, 5.0), (40, 9.0)], 0, False),  # an excursion ends within the bounds
        ([(0, 9.0), (60, 5.0)], None, False),  # over by now
    ],
)
def test_excursion_lasts_from_first_outside_to_last_reading(
    readings: list[tuple[int, float]], minutes: int | None, breach: bool
) -> None:
    outside = excursion(RULE, series(*readings))
    assert outside == (None if minutes is None else timedelta(minutes=minutes))
    assert is_breach(RULE, outside) is breach


def test_no_minutes_allowed_breaks_at_once() -> None:
    rule = ColdChainRule(2.0, 8.0, 0)
    assert is_breach(rule, excursion(rule, series((0, 8.1))))


@pytest.mark.parametrize(
    ("rule", "held"),
    [
        (ColdChainRule(2, 8, 0), [False, False, True, True, False]),
        (ColdChainRule(None, 8, 0), [True, True, True, True, False]),
        (ColdChainRule(2, None, 0), [False, False, True, True, True]),
    ],
)
def test_bounds_there_are_bind_and_are_within(rule: ColdChainRule, held: list[bool]) -> None:
    assert [rule.holds(celsius) for celsius in (-40.0, 1.9, 2.0, 8.0, 8.1)] == held


@given(
    st.lists(st.tuples(st.integers(0, 500), st.floats(-10, 20)), max_size=20), st.integers(0, 99)
)
def test_order_of_arrival_does_not_matter(values: list[tuple[int, float]], seed: int) -> None:
    unique = list(dict(values).items())
    shuffled = unique.copy()
    Random(seed).shuffle(shuffled)
    assert excursion(RULE, series(*unique)) == excursion(RULE, series(*shuffled))


def test_readings_in_any_unit_and_with_their_own_times() -> None:
    event = {
        "eventTime": "2026-03-01T08:00:00Z",
        "sensorElementList": [
            {
                "sensorMetadata": {"time": "2026-03-01T08:00:00Z"},
                "sensorReport": [
                    {"type": "Temperature", "value": 50, "uom": "FAH"},
                    {"type": "Temperature", "minValue": 275.15, "maxValue": 281.15, "uom": "KEL",
                     "time": "2026-03-01T07:00:00Z"},
                    {"type": "RelativeHumidity", "value": 70, "uom": "P1"},
                    {"type": "Temperature", "exception": "ALARM_CONDITION", "minValue": 2},
                ],
            }
        ],
    }  # fmt: skip
    assert readings_of(event) == [
        Reading(START, (10.0,)),
        Reading(START - timedelta(hours=1), (2.0, 8.0)),
    ]


@pytest.mark.parametrize(
    "bounds",
    [
        (8, 2, 1),
        (-300, 2, 1),
        (2, 8, -1),
        (2, float("nan"), 1),
        (None, None, 1),
        (None, -300, 1),
        (2_000, None, 1),
        (None, float("nan"), 1),
    ],
)
def test_rules_that_cannot_be_refused(bounds: tuple[float | None, float | None, int]) -> None:
    with pytest.raises(InvalidInput):
        ColdChainRule(*bounds)
