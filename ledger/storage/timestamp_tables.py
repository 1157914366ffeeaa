"""Tables of time-stamps, and of the times without an authority."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Text
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored


class Timestamps(Stored, table=True):
    """Tokens of an authority with what they are about. Whoever edits one makes it worthless: a
    token proves itself or nothing. `covered_id`: every transaction of the journal up to this id is
    in a covered block, or failed. Times in milliseconds."""

    __tablename__ = "timestamps"
    __table_args__ = (Index("ix_timestamps_size", "size"), Index("ix_timestamps_block", "block"))
    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    block: int = Field(sa_column=Column(BIG, nullable=False))
    size: int = Field(sa_column=Column(BIG, nullable=False))
    statement: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    response: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    time: int = Field(sa_column=Column(BIG, nullable=False))
    covered_id: int = Field(sa_column=Column(BIG, nullable=False))
    oldest_at: int = Field(sa_column=Column(BIG, nullable=False))


class TimestampOutages(Stored, table=True):
    """Times in which the authority gave no token that holds: begun by the first failure, ended by
    the next token. Times in milliseconds."""

    __tablename__ = "timestamp_outages"
    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    began_at: int = Field(sa_column=Column(BIG, nullable=False))
    last_at: int = Field(sa_column=Column(BIG, nullable=False))
    ended_at: int | None = Field(sa_column=Column(BIG, nullable=True))
    attempts: int = Field(sa_column=Column(BIG, nullable=False))
    code: str = Field(sa_column=Column(Text, nullable=False))
    detail: str = Field(sa_column=Column(Text, nullable=False))
