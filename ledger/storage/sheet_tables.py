"""Tables of the spreadsheets that were handed in."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Text
from sqlmodel import Field

from ledger.storage.tables import Stored


class SheetJobs(Stored, table=True):
    """What a capture job that began as a spreadsheet tells beside the job: how far its reading is,
    and what is odd in it. Who may write here misleads about progress, not about records."""

    __tablename__ = "sheet_jobs"
    job_id: str = Field(sa_column=Column(Text, primary_key=True))
    template: str | None = Field(sa_column=Column(Text, nullable=True))
    rows: int = Field(sa_column=Column(Integer, nullable=False))
    done: int = Field(sa_column=Column(Integer, nullable=False))
    events: int = Field(sa_column=Column(Integer, nullable=False))
    faults: int = Field(sa_column=Column(Integer, nullable=False))
    warnings: str = Field(sa_column=Column(Text, nullable=False))
