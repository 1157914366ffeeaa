"""The cold-chain rule of a product: how warm and how cold it may be, and for how long not.

An excursion begins with the first reading outside of the bounds and lasts until a reading within
them. It is a breach once it has lasted longer than the rule allows, by the times of the readings:
what nobody measured is not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from ledger.epcis.fields import parse_time
from ledger.epcis.measurement_units import to_base
from ledger.errors import InvalidInput

_CELSIUS = Fraction("273.15")
_VALUES = ("value", "minValue", "maxValue")
_COLDEST, _WARMEST, _LONGEST = -273.15, 1_000.0, 525_600


@dataclass(frozen=True, slots=True)
class ColdChainRule:
    """Degrees Celsius between which the product stays, and the minutes it may be outside.

    A bound that is None does not bind; one of them is there.
    """

    min_celsius: float | None
    max_celsius: float | None
    allowed_minutes: int

    def __post_init__(self) -> None:
        """Raises InvalidInput `cold-chain-rule-malformed`."""
        low, high = self.min_celsius, self.max_celsius
        if low is None and high is None:
            raise InvalidInput(
                "cold-chain-rule-malformed", "a rule without a bound", pointer="/minCelsius"
            )
        least = _COLDEST if low is None else low
        most = _WARMEST if high is None else high
        if not _COLDEST <= least <= most <= _WARMEST:
            raise InvalidInput(
                "cold-chain-rule-malformed",
                f"{least} to {most} °C is no range of temperatures",
                pointer="/maxCelsius" if low is None else "/minCelsius",
            )
        if not 0 <= self.allowed_minutes <= _LONGEST:
            raise InvalidInput(
                "cold-chain-rule-malformed",
                f"{self.allowed_minutes} minutes cannot be allowed",
                pointer="/allowedMinutes",
            )

    def holds(self, celsius: float) -> bool:
        """Whether a temperature is within the bounds."""
        low, high = self.min_celsius, self.max_celsius
        return (low is None or low <= celsius) and (high is None or celsius <= high)


@dataclass(frozen=True, slots=True)
class Reading:
    """The temperatures of one moment: one value, or the lowest and highest since the last."""

    time: datetime
    celsius: tuple[float, ...]


def readings_of(event: Mapping[str, Any]) -> list[Reading]:
    """The temperatures a checked sensor event tells of; other measurements are left out."""
    found = []
    for element in event.get("sensorElementList", ()):
        shared = element.get("sensorMetadata", {}).get("time", event["eventTime"])
        for report in element["sensorReport"]:
            if report.get("type") != "Temperature" or "exception" in report:
                continue
            values = tuple(_celsius(report[n], report.get("uom")) for n in _VALUES if n in report)
            celsius = tuple(value for value in values if value is not None)
            if celsius:
                found.append(Reading(parse_time(report.get("time", shared)), celsius))
    return found


def excursion(rule: ColdChainRule, readings: Iterable[Reading]) -> timedelta | None:
    """How long the product has been outside at the last of these readings, in whatever order they
    come; None when it is within the bounds then, or nothing was read."""
    since: datetime | None = None
    last: datetime | None = None
    for reading in sorted(readings, key=lambda one: one.time):
        last = reading.time
        if all(rule.holds(celsius) for celsius in reading.celsius):
            since = None
        elif since is None:
            since = reading.time
    return None if since is None or last is None else last - since


def is_breach(rule: ColdChainRule, outside: timedelta | None) -> bool:
    """Whether an excursion of that length is more than the rule allows."""
    return outside is not None and outside >= timedelta(minutes=rule.allowed_minutes)


def _celsius(value: float, unit: str | None) -> float | None:
    dimension, kelvin = to_base(Fraction(repr(value)), unit or "CEL")
    return float(kelvin - _CELSIUS) if dimension == "temperature" else None
