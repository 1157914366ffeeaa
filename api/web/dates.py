"""Days and moments as people write them: 26/11/2026 in Vietnamese, 26 Nov 2026 in English.

A time always stands beside the offset of the clock that showed it. The pages' scripts write the
same (static/page/dates.js).
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def spell_day(language: str, day: date) -> str:
    """A day of the calendar."""
    if language == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day:%d/%m/}{day.year}"


def spell_moment(language: str, at: datetime, offset: timedelta) -> str:
    """A moment, `at` with its zone, as a clock at this offset shows it."""
    shown = at + (offset - (at.utcoffset() or timedelta()))
    minutes = int(offset.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    zone = f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
    return f"{spell_day(language, shown.date())} {shown:%H:%M} ({zone})"


def spell_date(language: str, text: str) -> str:
    """A calendar date, `2026-11-26`; any other text as it stands."""
    if _DATE.fullmatch(text) is None:
        return text
    try:
        return spell_day(language, date.fromisoformat(text))
    except ValueError:
        return text
