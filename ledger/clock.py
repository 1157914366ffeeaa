"""The only door to the time of day, and the one spelling of times.

Inside the project a time is an aware UTC datetime; in JSON it is RFC 3339 with milliseconds and
`Z`; on chain and in EIP-712 it is unix seconds.
"""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

from ledger.errors import InvalidInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
VIETNAM = timezone(timedelta(hours=7))
"""The clock on an office's wall: no summer time since 1975."""

_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


class Clock(Protocol):
    """Whoever needs the time asks one of these, so that tests decide what time it is."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""


class SystemClock:
    """The host's clock."""

    def now(self) -> datetime:
        """The host's time in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that moves only when told to; `step` seconds are added after each reading."""

    def __init__(self, at: datetime, step: float = 0.0) -> None:
        self._at = at.astimezone(UTC)
        self._step = timedelta(seconds=step)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The set time; then advance by the step."""
        with self._lock:
            at = self._at
            self._at += self._step
            return at

    def advance(self, seconds: float) -> None:
        """Move the hands."""
        with self._lock:
            self._at += timedelta(seconds=seconds)


def format_time(at: datetime) -> str:
    """RFC 3339, UTC, exactly three decimals: `2026-03-01T08:00:00.000Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """Read RFC 3339 with a zone; digits finer than a microsecond are cut.

    Raises InvalidInput `time-malformed`.
    """
    if not isinstance(text, str) or _RFC3339.fullmatch(text) is None:
        raise InvalidInput("time-malformed", f"not an RFC 3339 time with a zone: {text!r:.60}")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("time-malformed", f"no such time: {text!r:.60}") from error


def unix_seconds(at: datetime) -> int:
    """Whole seconds since 1970-01-01T00:00:00Z, rounded down."""
    return int(at.timestamp() // 1)


def unix_milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970-01-01T00:00:00Z, rounded down, without floating point."""
    return (at - _EPOCH) // _MILLISECOND


def from_unix(seconds: int) -> datetime:
    """The inverse of `unix_seconds`."""
    return datetime.fromtimestamp(seconds, UTC)
