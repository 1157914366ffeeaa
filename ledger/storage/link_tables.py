"""Tables of the resolver: links of anchors with their history, and whose company prefix is whose.

Both only grow: a change is a new row, so that who once sent scanners where stays known. Whoever can
write here can send scanners elsewhere; the lots' own pages are no links and stay.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored

_IN_FORCE = text("ended_at IS NULL")


class LinkSets(Stored, table=True):
    """Versions of the links of an anchor; the greatest counts. `body` null: there are none.

    `digits` begin with the key's company prefix.
    """

    __tablename__ = "link_sets"
    __table_args__ = (UniqueConstraint("anchor", "version"), Index("ix_link_sets_digits", "digits"))
    pk: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    anchor: str = Field(sa_column=Column(Text, nullable=False))
    version: int = Field(sa_column=Column(Integer, nullable=False))
    digits: str = Field(sa_column=Column(Text, nullable=False))
    org: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    body: str | None = Field(sa_column=Column(Text, nullable=True))
    set_at: int = Field(sa_column=Column(BIG, nullable=False))
    set_by: str = Field(sa_column=Column(Text, nullable=False))


class CompanyPrefixes(Stored, table=True):
    """Which organization owns a GS1 company prefix. At most one row per prefix has not ended."""

    __tablename__ = "company_prefixes"
    __table_args__ = (
        Index(
            "uq_company_prefixes_in_force",
            "prefix",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )
    pk: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    prefix: str = Field(sa_column=Column(Text, nullable=False))
    org: bytes = Field(sa_column=Column(LargeBinary, nullable=False, index=True))
    granted_at: int = Field(sa_column=Column(BIG, nullable=False))
    granted_by: str = Field(sa_column=Column(Text, nullable=False))
    ended_at: int | None = Field(sa_column=Column(BIG, nullable=True))
    ended_by: str | None = Field(sa_column=Column(Text, nullable=True))
