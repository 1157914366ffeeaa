"""Tables of recalls: what is recalled, what has to be declared for it, and who was told."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, SmallInteger, Text
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored


class Recalls(Stored, table=True):
    """Recalls with their state. `content` is the canonical JSON that `digest` is over; the keys
    are ids of API keys. An edit here changes nothing on the chain and is found by its digest."""

    __tablename__ = "recalls"
    __table_args__ = (
        Index("ix_recalls_org_digest", "org", "digest"),
        Index("ix_recalls_state", "state"),
    )
    pk: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    id: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    org: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    proposed_by: str = Field(sa_column=Column(Text, nullable=False))
    approved_by: str | None = Field(sa_column=Column(Text, nullable=True))
    created_at: int = Field(sa_column=Column(BIG, nullable=False))
    declared_at: int | None = Field(sa_column=Column(BIG, nullable=True))
    lift_reason: str | None = Field(sa_column=Column(Text, nullable=True))
    lift_proposed_by: str | None = Field(sa_column=Column(Text, nullable=True))
    lifted_at: int | None = Field(sa_column=Column(BIG, nullable=True))


class RecallTargets(Stored, table=True):
    """Every subject to be declared: goods by their key, records by their id. `declared` and
    `lifted` once the chain has confirmed it."""

    __tablename__ = "recall_targets"
    __table_args__ = (Index("ix_recall_targets_name", "name"),)
    recall_pk: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    subject: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    kind: int = Field(sa_column=Column(SmallInteger, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    declared: bool = Field(sa_column=Column(Boolean, nullable=False))
    lifted: bool = Field(sa_column=Column(Boolean, nullable=False))


class RecallNotices(Stored, table=True):
    """Whom a recall concerns, and when they said that they know."""

    __tablename__ = "recall_notices"
    __table_args__ = (Index("ix_recall_notices_org", "org"),)
    recall_pk: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    created_at: int = Field(sa_column=Column(BIG, nullable=False))
    acknowledged_at: int | None = Field(sa_column=Column(BIG, nullable=True))
    acknowledged_by: str | None = Field(sa_column=Column(Text, nullable=True))


class RecallExtensions(Stored, table=True):
    """Goods that came of recalled goods after the decision, as they were found. `goods` is a JSON
    list of their keys; `declared_at` once the chain has confirmed every one."""

    __tablename__ = "recall_extensions"
    recall_pk: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    goods: str = Field(sa_column=Column(Text, nullable=False))
    found_at: int = Field(sa_column=Column(BIG, nullable=False))
    declared_at: int | None = Field(sa_column=Column(BIG, nullable=True))
