"""Table of page tokens that were revoked."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Text
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored


class RevokedPageTokens(Stored, table=True):
    """Page tokens to be refused, by whom they were revoked, and until when that must be known."""

    __tablename__ = "revoked_page_tokens"
    __table_args__ = (
        Index("ix_revoked_page_tokens_org", "org"),
        Index("ix_revoked_page_tokens_expires_at", "expires_at"),
    )
    name: str = Field(sa_column=Column(Text, primary_key=True))
    org: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    expires_at: int = Field(sa_column=Column(BIG, nullable=False))
