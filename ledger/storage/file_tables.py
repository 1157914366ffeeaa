"""Table of kept files: who keeps which, and how large it is."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Text
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored


class KeptFiles(Stored, table=True):
    """Files by organization and SHA-256; the bytes are in the file store. `size` in bytes."""

    __tablename__ = "kept_files"
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    sha256: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    media_type: str = Field(sa_column=Column(Text, nullable=False))
    size: int = Field(sa_column=Column(BIG, nullable=False))
    created_at: int = Field(sa_column=Column(BIG, nullable=False))
