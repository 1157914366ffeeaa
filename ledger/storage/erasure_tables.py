"""Tables of erasure: who approved, who holds a document back, what was destroyed.

Who may write them can hinder an erasure, or have content destroyed that he could as well delete by
himself: denial. A certificate he makes up is not signed by the log's key.
"""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, Text
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored


class ErasureApprovals(Stored, table=True):
    """Approvals as they were signed, the last of each key. Times in unix seconds."""

    __tablename__ = "erasure_approvals"
    leg: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    signer: str = Field(sa_column=Column(Text, primary_key=True))
    reason: int = Field(sa_column=Column(Integer, nullable=False))
    kept_until: int = Field(sa_column=Column(BIG, nullable=False))
    deadline: int = Field(sa_column=Column(BIG, nullable=False))
    signature: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ErasureHolds(Stored, table=True):
    """Documents that somebody needs kept, and who."""

    __tablename__ = "erasure_holds"
    leg: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    placed_at: int = Field(sa_column=Column(BIG, nullable=False))


class Erasures(Stored, table=True):
    """What was destroyed for whom: the certificate, a signed note."""

    __tablename__ = "erasures"
    leg: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    certificate: str = Field(sa_column=Column(Text, nullable=False))
    erased_at: int = Field(sa_column=Column(BIG, nullable=False))
