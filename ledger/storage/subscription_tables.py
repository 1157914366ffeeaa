"""Tables of standing queries: their definitions, who subscribed, and what is on its way to whom."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Text
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored


class NamedQueries(Stored, table=True):
    """Named queries, unique within their organization. `definition` is the query as JSON."""

    __tablename__ = "named_queries"
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    name: str = Field(sa_column=Column(Text, primary_key=True))
    definition: str = Field(sa_column=Column(Text, nullable=False))
    created_at: int = Field(sa_column=Column(BIG, nullable=False))


class Subscriptions(Stored, table=True):
    """Subscriptions. `position` is the place in the log up to which events were looked at; `token`
    is sealed, for who has it can forge what we send. `due_at` is null for a stream, `attempt_at`
    where nothing waits; `notified` counts the notifications made so far; `granted` is the last of
    the organization's `grant_news` that was looked at, null for none."""

    __tablename__ = "subscriptions"
    __table_args__ = (Index("ix_subscriptions_org_query", "org", "query"),)
    id: str = Field(sa_column=Column(Text, primary_key=True))
    org: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    query: str = Field(sa_column=Column(Text, nullable=False))
    dest: str = Field(sa_column=Column(Text, nullable=False))
    token: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    schedule: str | None = Field(sa_column=Column(Text, nullable=True))
    report_if_empty: bool = Field(sa_column=Column(Boolean, nullable=False))
    epc_format: str = Field(sa_column=Column(Text, nullable=False))
    created_at: int = Field(sa_column=Column(BIG, nullable=False))
    initial_at: int = Field(sa_column=Column(BIG, nullable=False))
    executed_at: int | None = Field(sa_column=Column(BIG, nullable=True))
    due_at: int | None = Field(sa_column=Column(BIG, nullable=True))
    notified_at: int | None = Field(sa_column=Column(BIG, nullable=True))
    attempt_at: int | None = Field(sa_column=Column(BIG, nullable=True))
    position: int = Field(sa_column=Column(BIG, nullable=False))
    notified: int = Field(sa_column=Column(BIG, nullable=False))
    granted: int | None = Field(sa_column=Column(BIG, nullable=True))


class Deliveries(Stored, table=True):
    """Notifications that were not yet taken, numbered within their subscription in the order in
    which they are to be. `dead` ones were refused too often and are kept to be looked at."""

    __tablename__ = "deliveries"
    subscription: str = Field(sa_column=Column(Text, primary_key=True))
    number: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: int = Field(sa_column=Column(BIG, nullable=False))
    attempts: int = Field(sa_column=Column(Integer, nullable=False))
    dead: bool = Field(sa_column=Column(Boolean, nullable=False))
    failure: str | None = Field(sa_column=Column(Text, nullable=True))
