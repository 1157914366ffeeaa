"""Tables of what organizations share of single records, with whom, and how often it was read."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Text
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored


class RecordGrants(Stored, table=True):
    """Organizations that see a record as a partner because its issuer says so."""

    __tablename__ = "record_grants"
    record_id: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    granted_by: str = Field(sa_column=Column(Text, nullable=False))
    granted_at: int = Field(sa_column=Column(BIG, nullable=False))


class GrantNews(Stored, table=True):
    """What was granted to each organization, numbered within it in the order in which the grants
    became visible. A grant that ended stays here: whoever reads asks whether it still stands."""

    __tablename__ = "grant_news"
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    number: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    record_id: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class GrantCounters(Stored, table=True):
    """The last number in `grant_news` of each organization. Its row is held until the grant is
    committed, so that numbers become visible in their order, without gaps."""

    __tablename__ = "grant_counters"
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    last: int = Field(sa_column=Column(BIG, nullable=False))


class RecordLinks(Stored, table=True):
    """Links that show one record to whoever holds them; of the secret only its SHA-256."""

    __tablename__ = "record_links"
    __table_args__ = (Index("ix_record_links_record_id", "record_id"),)
    id: str = Field(sa_column=Column(Text, primary_key=True))
    record_id: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    secret_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    audience: str = Field(sa_column=Column(Text, nullable=False))
    label: str = Field(sa_column=Column(Text, nullable=False))
    created_by: str = Field(sa_column=Column(Text, nullable=False))
    created_at: int = Field(sa_column=Column(BIG, nullable=False))
    expires_at: int = Field(sa_column=Column(BIG, nullable=False))
    revoked_at: int | None = Field(sa_column=Column(BIG, nullable=True))
    uses: int = Field(sa_column=Column(Integer, nullable=False))
    used_at: int | None = Field(sa_column=Column(BIG, nullable=True))
