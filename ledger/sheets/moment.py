"""Dates and times of day as people write them in Vietnam, and as spreadsheets number them.

A date has its day first: 02/03/2026 is the second of March. ISO dates are read too; two-digit years
are not, because they have been lost on the way.
"""

from __future__ import annotations

import re
from datetime import date, time, timedelta

from ledger.sheets.cell import Scalar

OFFSET = "+07:00"
"""Vietnam has one time zone and no summer time."""

_EPOCH = date(1899, 12, 30)
_EPOCH_1904 = date(1904, 1, 1)
_EARLIEST, _LATEST = date(1990, 1, 1), date(2100, 1, 1)

_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ]00:00(?::00)?)?")
_SERIAL = re.compile(r"[0-9]{5}(?:[.,]0+)?")
_TIME = re.compile(r"([0-9]{1,2})(?:[:hg]([0-9]{1,2}))(?::([0-9]{2}))?(?:p|')?|([0-9]{1,2})[hg]")
_FRACTION = re.compile(r"0[.,][0-9]+")
_SECONDS = 86_400


def parse_date(content: Scalar, *, counts_from_1904: bool = False) -> date | None:
    """The day the cell names, or None. A time within a date cell is no date: None."""
    if type(content) is str:
        if _SERIAL.fullmatch(content):
            content = int(content[:5])
        else:
            return _parse_text(content)
    if type(content) is float and content.is_integer():
        content = int(content)
    if type(content) is not int or not 0 < content < 100_000:
        return None
    epoch = _EPOCH_1904 if counts_from_1904 else _EPOCH
    return _within(epoch + timedelta(days=content))


def parse_time(content: Scalar) -> time | None:
    """The time of day: `05:40`, `5h40`, `5h`, or a fraction of a day as spreadsheets keep it."""
    if type(content) is str:
        match = _TIME.fullmatch(content.casefold().replace(" ", ""))
        if match is not None:
            hour, minute, second = match[1] or match[4], match[2] or "0", match[3] or "0"
            try:
                return time(int(hour), int(minute), int(second))
            except ValueError:
                return None
        if not _FRACTION.fullmatch(content):
            return None
        content = float(content.replace(",", "."))
    if isinstance(content, bool) or not isinstance(content, int | float) or not 0 <= content < 1:
        return None
    minutes, second = divmod(round(content * _SECONDS), 60)
    return time(minutes // 60, minutes % 60, second) if minutes < 1_440 else None


def event_time(day: date, at: time | None) -> str:
    """The moment as an event spells it, in Vietnamese time; the start of the day without `at`."""
    return f"{day.isoformat()}T{(at or time()).isoformat()}{OFFSET}"


def _parse_text(text: str) -> date | None:
    match = _DAY_FIRST.fullmatch(text)
    if match is not None:
        day, month, year = match.groups()
    else:
        match = _ISO.fullmatch(text)
        if match is None:
            return None
        year, month, day = match.groups()
    try:
        return _within(date(int(year), int(month), int(day)))
    except ValueError:
        return None


def _within(day: date) -> date | None:
    return day if _EARLIEST <= day < _LATEST else None
