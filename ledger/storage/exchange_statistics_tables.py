"""Table of the monthly statistics that organizations signed."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Text
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored


class ExchangeStatisticsRecords(Stored, table=True):
    """Which record says an organization's statistics of a month (`2026-03`). Only finds records:
    whoever edits it hides one, and adds nothing that anybody signed."""

    __tablename__ = "exchange_statistics"
    __table_args__ = (Index("ix_exchange_statistics_org", "org", "month", "pk"),)
    pk: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    org: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    month: str = Field(sa_column=Column(Text, nullable=False))
    record_id: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
