"""Time-stamps on the wire."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Self

import orjson
from pydantic import Field

from api.schemas.wire import Answer
from ledger.clock import format_time

if TYPE_CHECKING:
    from ledger.storage.timestamps import OutageRow, TimestampRow


class Timestamp(Answer):
    """One token: it covers every block up to `block` and the log's first `size` leaves."""

    number: int
    time: str = Field(description="The token's own time.")
    block: int
    size: int
    waited_seconds: float = Field(
        description="Age, at the token's time, of the oldest transaction it was the first to cover."
    )

    @classmethod
    def of(cls, row: TimestampRow) -> Self:
        """The wire form of a stored token."""
        return cls(
            number=row.id,
            time=format_time(row.time),
            block=row.block,
            size=row.size,
            waited_seconds=max(0.0, round((row.time - row.oldest_at).total_seconds(), 3)),
        )


class WholeTimestamp(Timestamp):
    """A token with what it is about; whoever checks needs nothing else but the authority's root."""

    statement: dict[str, Any] = Field(
        description="Stamped as its canonical JSON (RFC 8785), docs/formats/timestamp.md."
    )
    response: str = Field(description="The authority's answer (TimeStampResp, DER) in base64.")

    @classmethod
    def of(cls, row: TimestampRow) -> Self:
        """The wire form of a stored token."""
        return cls(
            **Timestamp.of(row).model_dump(),
            statement=orjson.loads(row.statement),
            response=base64.b64encode(row.response).decode(),
        )


class Outage(Answer):
    """A time in which the authority gave no token that holds; `endedAt` is null while it lasts."""

    began_at: str
    ended_at: str | None
    attempts: int
    code: str = Field(description="Error code of the last failure.")

    @classmethod
    def of(cls, row: OutageRow) -> Self:
        """The wire form of a stored outage."""
        return cls(
            began_at=format_time(row.began_at),
            ended_at=_format(row.ended_at),
            attempts=row.attempts,
            code=row.code,
        )


class Timestamps(Answer):
    """How time-stamping stands, and the newest tokens first."""

    authority: Literal["none", "working", "failing"]
    unstamped_seconds: float = Field(
        description="Age of the oldest transaction that no time-stamp covers."
    )
    outages: list[Outage]
    timestamps: list[Timestamp]
    next: int | None = Field(description="Give it as `before` to see older ones; null at the end.")


def _format(at: datetime | None) -> str | None:
    return None if at is None else format_time(at)
