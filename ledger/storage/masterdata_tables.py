"""Tables of master data: the newest version of each item, and all versions."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Text
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored


class MasterItems(Stored, table=True):
    """The newest version of every item. `gs1_key` is its GTIN or GLN, if it has one; `content` is
    the digest of what was said, without version and predecessor; `parent` is the code or GLN of the
    place that a place lies within."""

    __tablename__ = "master_items"
    __table_args__ = (
        Index("ix_master_items_gs1_key", "gs1_key"),
        Index("ix_master_items_parent", "parent"),
    )
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    kind: str = Field(sa_column=Column(Text, primary_key=True))
    code: str = Field(sa_column=Column(Text, primary_key=True))
    gs1_key: str | None = Field(sa_column=Column(Text, nullable=True))
    version: int = Field(sa_column=Column(Integer, nullable=False))
    record_pk: int = Field(sa_column=Column(BIG, nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    parent: str | None = Field(sa_column=Column(Text, nullable=True))


class MasterVersions(Stored, table=True):
    """Which record holds which version of which item."""

    __tablename__ = "master_versions"
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    kind: str = Field(sa_column=Column(Text, primary_key=True))
    code: str = Field(sa_column=Column(Text, primary_key=True))
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    record_pk: int = Field(sa_column=Column(BIG, nullable=False))
