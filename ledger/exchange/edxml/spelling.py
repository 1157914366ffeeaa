"""Dates and times of edXML, which are Vietnam's: UTC+7, without daylight saving."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

from ledger.clock import VIETNAM
from ledger.exchange.edxml.leaves import Leaves, malformed

_YEAR_FIRST = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", re.ASCII)
_TIME = re.compile(
    r"(?P<day>\S{8,10}?)[ T](?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:\.\d{1,9})?)?(?P<zone>Z|[+-]\d{2}:\d{2})?",
    re.ASCII,
)


def read_date(text: str, at: str) -> date:
    """`2026/03/02`; also with hyphens, and day first. Raises InvalidInput `edxml-malformed`."""
    year_first, day_first = _YEAR_FIRST.fullmatch(text), _DAY_FIRST.fullmatch(text)
    try:
        if year_first is not None:
            return date(*map(int, year_first.groups()))
        if day_first is not None:
            return date(*map(int, reversed(day_first.groups())))
    except ValueError:
        pass
    raise malformed("there must be a date like 2026/03/02 here", at)


def find_date(leaves: Leaves, path: str) -> date | None:
    """The date at a path; None where there is none."""
    text = leaves.find(path, 20)
    return None if text is None else read_date(text, leaves.place(path))


def read_time(text: str, at: str) -> datetime:
    """`2026/03/02 10:00:00`, in Vietnam unless it names a zone; fractions of seconds are cut.
    Raises InvalidInput `edxml-malformed`."""
    found = _TIME.fullmatch(text)
    try:
        if found is not None:
            clock = time(int(found["hour"]), int(found["minute"]), int(found["second"] or 0))
            day = read_date(found["day"], at)
            return datetime.combine(day, clock, _zone(found["zone"])).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise malformed("there must be a time like 2026/03/02 10:00:00 here", at)


def spell_date(day: date) -> str:
    """The spelling of QCVN 102."""
    return f"{day.year:04}/{day.month:02}/{day.day:02}"


def spell_time(at: datetime) -> str:
    """The spelling of QCVN 102, on Vietnam's clock."""
    local = at.astimezone(VIETNAM)
    return f"{spell_date(local.date())} {local.hour:02}:{local.minute:02}:{local.second:02}"


def _zone(text: str | None) -> timezone:
    if text is None:
        return VIETNAM
    if text == "Z":
        return timezone.utc  # noqa: UP017 - a timezone, as the others
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[4:6])))
