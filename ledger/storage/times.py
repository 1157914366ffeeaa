"""Times between the domain (aware UTC datetimes) and columns (integer milliseconds)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ledger.clock import unix_milliseconds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ms(at: datetime) -> int:
    """As columns hold it: `unix_milliseconds`."""
    return unix_milliseconds(at)


def to_ms_or_none(at: datetime | None) -> int | None:
    """`to_ms`, leaving an absent time absent."""
    return None if at is None else to_ms(at)


def from_ms(milliseconds: int) -> datetime:
    """The inverse of `to_ms`."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def from_ms_or_none(milliseconds: int | None) -> datetime | None:
    """`from_ms`, leaving an absent time absent."""
    return None if milliseconds is None else from_ms(milliseconds)
