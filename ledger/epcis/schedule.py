"""When a standing query is due: the query schedule of EPCIS (1.2, section 8.2.5.3; 2.0, 12.8).

Each field names the values that the second, minute, hour, … of a query time may have; a field that
is not given allows every value. Times are in UTC. A field is a list separated by commas of numbers,
ranges `[10-20]` and, as the standard's own examples write it, steps `0/30`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from ledger.epcis.fields import shown
from ledger.errors import InvalidInput

FIELDS: Mapping[str, tuple[int, int]] = {
    "second": (0, 59),
    "minute": (0, 59),
    "hour": (0, 23),
    "dayOfMonth": (1, 31),
    "month": (1, 12),
    "dayOfWeek": (1, 7),  # 1 is Monday
}
"""The fields and the values they range over."""

_ELEMENT = re.compile(r"(\d{1,2})(?:/(\d{1,2}))?|\[?(\d{1,2})-(\d{1,2})\]?", re.ASCII)
_LONGEST = 200
_YEARS = 8
"""A 29th of February comes again within so many years; what does not is never due."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule that is due again and again. `fields` is how it was written."""

    fields: tuple[tuple[str, str], ...]
    _allowed: Mapping[str, tuple[int, ...]]

    @classmethod
    def read(cls, value: Any) -> Schedule:
        """Read the object of a JSON body, or the parameters of a URL.

        Raises InvalidInput `subscription-controls-malformed`.
        """
        if not isinstance(value, Mapping) or not value:
            _refuse("", f"names at least one of {', '.join(FIELDS)}")
        for name in value:
            if name not in FIELDS:
                _refuse(f"/{name:.40}", f"{shown(name)} is no field; there are {', '.join(FIELDS)}")
        allowed = {
            name: _values(name, value[name]) if name in value else tuple(range(low, high + 1))
            for name, (low, high) in FIELDS.items()
        }
        read = cls(tuple((name, str(value[name])) for name in FIELDS if name in value), allowed)
        if read.next_after(datetime(2000, 1, 1, tzinfo=UTC)) is None:
            _refuse("", "names a day that never comes")
        return read

    def to_json(self) -> dict[str, str]:
        """The object `read` understands."""
        return dict(self.fields)

    def next_after(self, at: datetime) -> datetime | None:
        """The first time after this one that fits, in whole seconds UTC."""
        at = at.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        day = at.replace(hour=0, minute=0, second=0)
        earliest = (at.hour, at.minute, at.second)
        last_year = at.year + _YEARS
        while day.year <= last_year:
            if day.month not in self._allowed["month"]:
                day = _next_month(day)
                earliest = (0, 0, 0)
                continue
            if self._is_day(day):
                found = self._time_of_day(earliest)
                if found is not None:
                    hour, minute, second = found
                    return day.replace(hour=hour, minute=minute, second=second)
            day += timedelta(days=1)
            earliest = (0, 0, 0)
        return None

    def _is_day(self, day: datetime) -> bool:
        return (
            day.day in self._allowed["dayOfMonth"]
            and day.isoweekday() in self._allowed["dayOfWeek"]
        )

    def _time_of_day(self, earliest: tuple[int, int, int]) -> tuple[int, int, int] | None:
        """The first hour, minute and second from there on."""
        hours, minutes, seconds = (self._allowed[name] for name in ("hour", "minute", "second"))
        hour, minute, second = earliest
        for h in hours[bisect_left(hours, hour) :]:
            for m in minutes[bisect_left(minutes, minute if h == hour else 0) :]:
                from_second = second if (h, m) == (hour, minute) else 0
                at = bisect_left(seconds, from_second)
                if at < len(seconds):
                    return h, m, seconds[at]
        return None


def _values(name: str, text: Any) -> tuple[int, ...]:
    low, high = FIELDS[name]
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str) or not text or len(text) > _LONGEST:
        _refuse(f"/{name}", "is a text such as 5, 0,30 or [10-20]")
    found: set[int] = set()
    for element in text.split(","):
        match = _ELEMENT.fullmatch(element.strip())
        if match is None:
            _refuse(f"/{name}", f"{element!r:.20} is neither a number nor a range")
        single, step, first, last = match.groups()
        start = int(first if single is None else single)
        end = int(last) if single is None else high if step else start
        if not low <= start <= end <= high or step in ("0", "00"):
            _refuse(f"/{name}", f"{element!r:.20} is not within {low} and {high}")
        found.update(range(start, end + 1, int(step or 1)))
    return tuple(sorted(found))


def _next_month(day: datetime) -> datetime:
    return day.replace(day=1) + timedelta(days=monthrange(day.year, day.month)[1])


def _refuse(pointer: str, detail: str) -> NoReturn:
    raise InvalidInput(
        "subscription-controls-malformed", f"schedule: {detail}", pointer=f"/schedule{pointer}"
    )
