"""Table of the blocks that proofs we gave away rest on."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored


class ProvenBlocks(Stored, table=True):
    """Settled blocks under which a leg was proven, so that trust files name them. Who writes here
    misleads readers without a network who trust this installation's word, as with heads."""

    __tablename__ = "proven_blocks"
    number: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
