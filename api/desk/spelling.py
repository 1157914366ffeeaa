"""Times and sizes as the portal writes them: by the office's clock, in the reader's language."""

from __future__ import annotations

from datetime import datetime, timedelta

from api.web.dates import spell_moment
from api.web.words import Words
from ledger.clock import VIETNAM, from_unix

_UNITS = ("B", "KB", "MB", "GB")


def spell_time(words: Words, at: int) -> str:
    """A time in unix seconds."""
    return spell_clock(words, from_unix(at))


def spell_clock(words: Words, at: datetime) -> str:
    """A moment, with its zone beside it."""
    return spell_moment(words.language, at, VIETNAM.utcoffset(None) or timedelta())


def spell_size(words: Words, size: int) -> str:
    """A number of bytes in units of a thousand, with the language's decimal mark."""
    shown, unit = float(size), 0
    while shown >= 1000 and unit < len(_UNITS) - 1:
        shown, unit = shown / 1000, unit + 1
    text = f"{shown:.0f}" if unit == 0 or shown >= 100 else f"{shown:.1f}"
    return f"{text.replace('.', ',') if words.language == 'vi' else text} {_UNITS[unit]}"
