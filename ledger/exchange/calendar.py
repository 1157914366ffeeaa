"""Working days of Vietnam's administration: which days are off is data, named and hashed.

Weekends are Saturday and Sunday; holidays and days swapped (a weekend day worked for a working day
off) are announced year by year, so each calendar says which years it knows and nothing is guessed
beyond them. The digest goes with every deadline computed by it: who disagrees about a deadline can
see by which calendar it was made.

Vietnam is UTC+7 and has no daylight saving.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from typing import Any, Self

from ledger import canonical
from ledger.clock import VIETNAM
from ledger.digest import Digest, sha256
from ledger.errors import InvalidInput
from ledger.exchange.members import Members

DEFAULT_CALENDAR = "vietnam-2026-2027"

_DOMAIN = b"provenance/calendar/v1\n"
_CODE = "calendar-malformed"
_MOST_DAYS = 200
_MOST_TEXT = 500
_SATURDAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days are worked in the years from `first_year` to `last_year`.

    `holidays` are days off that would be worked otherwise, `swapped` weekend days that are worked.
    `provisional` names the years whose days no authority has announced yet. Raises InvalidInput
    `calendar-malformed`.
    """

    name: str
    source: str
    first_year: int
    last_year: int
    holidays: frozenset[date]
    swapped: frozenset[date]
    provisional: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.first_year <= self.last_year <= 9998:
            raise InvalidInput(_CODE, "the years are in no order", pointer="/firstYear")
        for day in self.holidays | self.swapped:
            if not self.first_year <= day.year <= self.last_year:
                raise InvalidInput(_CODE, f"{day} is in none of its years", pointer="/holidays")
        if any(day.weekday() < _SATURDAY for day in self.swapped) or self.swapped & self.holidays:
            raise InvalidInput(
                _CODE, "a swapped day is a weekend day that is worked", pointer="/swapped"
            )

    @classmethod
    def read(cls, value: Any) -> Self:
        """Read the JSON object."""
        members = Members(value, "", _CODE)
        found = cls(
            name=members.text("name", 100),
            source=members.text("source", _MOST_TEXT),
            first_year=members.integer("firstYear", 1, 9998),
            last_year=members.integer("lastYear", 1, 9998),
            holidays=frozenset(members.items("holidays", _MOST_DAYS, _read_day)),
            swapped=frozenset(members.items("swapped", _MOST_DAYS, _read_day)),
            provisional=members.items("provisional", 100, _read_year),
        )
        members.end()
        return found

    def to_json(self) -> dict[str, Any]:
        """The JSON object whose canonical bytes are hashed."""
        return {
            "name": self.name,
            "source": self.source,
            "firstYear": self.first_year,
            "lastYear": self.last_year,
            "holidays": [day.isoformat() for day in sorted(self.holidays)],
            "swapped": [day.isoformat() for day in sorted(self.swapped)],
            "provisional": list(self.provisional),
        }

    @property
    def digest(self) -> Digest:
        """SHA256("provenance/calendar/v1\\n" ‖ JCS)."""
        return sha256(_DOMAIN, canonical.encode(self.to_json()))

    def is_working(self, day: date) -> bool:
        """Whether offices work on that day. Raises InvalidInput `calendar-year-unknown`."""
        if not self.first_year <= day.year <= self.last_year:
            raise InvalidInput("calendar-year-unknown", f"{self.name} does not know {day.year}")
        return day in self.swapped or (day.weekday() < _SATURDAY and day not in self.holidays)

    def working_days_from(self, day: date) -> Iterator[date]:
        """The working days from that day on, itself included."""
        while True:
            if self.is_working(day):
                yield day
            day += _DAY

    def working_day(self, day: date, after: int = 0) -> date:
        """The working day that many after that day; 0 gives the day itself, or the next worked."""
        days = self.working_days_from(day)
        first = next(days)
        if first != day and after:
            after -= 1
        return first if after == 0 else [next(days) for _ in range(after)][-1]

    def end_of_period(self, day: date) -> datetime:
        """When a period that ends on that day ends: at the end of the day, or of the next working
        day where it is off (Civil Code 2015, Article 148)."""
        return at_local(self.working_day(day) + _DAY, time(0))


def at_local(day: date, clock: time) -> datetime:
    """A moment on Vietnam's clock, in UTC."""
    return datetime.combine(day, clock, VIETNAM).astimezone(UTC)


def local(at: datetime) -> datetime:
    """The moment on Vietnam's clock."""
    return at.astimezone(VIETNAM)


@cache
def find_calendar(name: str = DEFAULT_CALENDAR) -> WorkCalendar:
    """A calendar that comes with the program. Raises InvalidInput `calendar-unknown`."""
    folder = resources.files("ledger.exchange") / "calendars"
    known = {entry.name.removesuffix(".json"): entry for entry in folder.iterdir()}
    if name not in known:
        raise InvalidInput("calendar-unknown", f"there is no calendar {name!r:.60}")
    return WorkCalendar.read(canonical.parse(known[name].read_bytes()))


def _read_day(value: Any, at: str) -> date:
    return Members({"day": value}, at, _CODE).day("day")


def _read_year(value: Any, at: str) -> int:
    return Members({"year": value}, at, _CODE).integer("year", 1, 9998)
