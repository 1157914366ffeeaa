"""The table of the words and places that events have used."""

from __future__ import annotations

from sqlalchemy import Column, SmallInteger, Text
from sqlmodel import Field

from ledger.storage.tables import Stored


class EpcisTerms(Stored, table=True):
    """Each event type, business step, disposition and place that any event has named, once."""

    __tablename__ = "epcis_terms"
    __table_args__ = ({"sqlite_with_rowid": False},)
    kind: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    term: str = Field(sa_column=Column(Text, primary_key=True))
