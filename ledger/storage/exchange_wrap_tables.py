"""Later wraps of data keys: for a recipient whose key has changed since a leg was opened.

What an edit gains: denial alone. A wrap opens for one key, message and leg, or not at all; the
first one stands in the leg's own row.
"""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Text
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored


class ExchangeWraps(Stored, table=True):
    """One per leg, key and party that handed it in; the text is as in `exchange_legs`."""

    __tablename__ = "exchange_wraps"
    leg_pk: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    key_id: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    wrapped_key: str = Field(sa_column=Column(Text, nullable=False))
    received_at: int = Field(sa_column=Column(BIG, nullable=False))
