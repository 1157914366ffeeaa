"""The cold-chain rule of a product: the temperatures it bears, and how long it bears others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from ledger.masterdata.members import Members, refuse, without_absent

_LONGEST = 60 * 24 * 365


@dataclass(frozen=True, slots=True)
class ColdChainRule:
    """Degrees Celsius, at least one bound, and the whole minutes a reading may lie outside before
    the rule is broken; 0: no reading may."""

    min_temperature: float | None
    max_temperature: float | None
    minutes: int = 0

    @classmethod
    def read(cls, value: Any, at: str) -> Self:
        """Read the JSON object."""
        members = Members(value, at)
        found = cls(
            min_temperature=members.find_number("minTemperature", -273.15, 200),
            max_temperature=members.find_number("maxTemperature", -273.15, 200),
            minutes=members.find_integer("minutes", 0, _LONGEST) or 0,
        )
        members.end()
        low, high = found.min_temperature, found.max_temperature
        if low is None and high is None:
            refuse("a rule has minTemperature, maxTemperature or both", at)
        if low is not None and high is not None and high < low:
            refuse("the highest temperature lies below the lowest", members.place("maxTemperature"))
        return found

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return without_absent(
            {
                "minTemperature": self.min_temperature,
                "maxTemperature": self.max_temperature,
                "minutes": self.minutes,
            }
        )
