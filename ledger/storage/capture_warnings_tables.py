"""Table of what finished capture jobs warn of."""

from __future__ import annotations

from sqlalchemy import Column, Text
from sqlmodel import Field

from ledger.storage.tables import Stored


class CaptureWarnings(Stored, table=True):
    """One row per finished job that has warnings: most have none."""

    __tablename__ = "capture_warnings"
    job_id: str = Field(sa_column=Column(Text, primary_key=True))
    warnings: str = Field(sa_column=Column(Text, nullable=False))
