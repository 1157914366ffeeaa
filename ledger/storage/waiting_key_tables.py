"""Table of signing keys that the chain does not hold yet."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, Text
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored


class WaitingKeys(Stored, table=True):
    """Further keys of organizations, on their way to the registry. None signs anything before the
    chain has it; then it moves to `signing_keys`."""

    __tablename__ = "waiting_keys"
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    address: str = Field(sa_column=Column(Text, primary_key=True))
    purposes: int = Field(sa_column=Column(Integer, nullable=False))
    valid_from: int = Field(sa_column=Column(BIG, nullable=False))
    valid_until: int | None = Field(sa_column=Column(BIG, nullable=True))
