"""Times between the domain (aware UTC datetimes) and columns (integer milliseconds)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970-01-01T00:00:00Z, rounded down, without floating point."""
    return (at - _EPOCH) // _MILLISECOND


def to_ms_or_none(at: datetime | None) -> int | None:
    """`to_ms`, leaving an absent time absent."""
    return None if at is None else to_ms(at)


def from_ms(milliseconds: int) -> datetime:
    """The inverse of `to_ms`."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def from_ms_or_none(milliseconds: int | None) -> datetime | None:
    """`from_ms`, leaving an absent time absent."""
    return None if milliseconds is None else from_ms(milliseconds)
