"""Tables of the exchange's webhooks: where each organization is told, and what is on its way."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Text
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored


class ExchangeWebhooks(Stored, table=True):
    """Where an organization is told. `token` is sealed, for who has it can forge what we send;
    `seq` is how far in the feed it is: everything up to there was taken or stands in line."""

    __tablename__ = "exchange_webhooks"
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    dest: str = Field(sa_column=Column(Text, nullable=False))
    token: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    seq: int = Field(sa_column=Column(BIG, nullable=False))
    set_at: int = Field(sa_column=Column(BIG, nullable=False))


class ExchangeDeliveries(Stored, table=True):
    """Numbers of the feed on their way to an organization; gone once taken. The legs of one
    organization are lines of their own; a `dead` one was refused too often and lets the next of its
    leg pass."""

    __tablename__ = "exchange_deliveries"
    __table_args__ = (
        Index("ix_exchange_deliveries_line", "org", "leg_pk", "seq"),
        Index("ix_exchange_deliveries_due", "dead", "attempt_at"),
    )
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    seq: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    leg_pk: int = Field(sa_column=Column(BIG, nullable=False))
    dead: bool = Field(sa_column=Column(Boolean, nullable=False))
    attempts: int = Field(sa_column=Column(Integer, nullable=False))
    attempt_at: int = Field(sa_column=Column(BIG, nullable=False))
    failure: str | None = Field(sa_column=Column(Text, nullable=True))
