"""Tables of alerts: what each organization has to know at once, and where it wants to be told."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored


class AlertAddresses(Stored, table=True):
    """Where an organization is told. `token` is sealed, for who has it can forge what we send;
    `attempt_at` is null where nothing waits."""

    __tablename__ = "alert_addresses"
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    dest: str = Field(sa_column=Column(Text, nullable=False))
    token: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    set_at: int = Field(sa_column=Column(BIG, nullable=False))
    attempt_at: int | None = Field(sa_column=Column(BIG, nullable=True))
    taken_at: int | None = Field(sa_column=Column(BIG, nullable=True))


class Alerts(Stored, table=True):
    """Alerts in the order in which they were made, kept after they were taken: they are the inbox.
    `body` never changes. One that `waits` is to be sent; `dead` ones were refused too often."""

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("org", "about", name="uq_alerts_org_about"),
        UniqueConstraint("id", name="uq_alerts_id"),
        Index("ix_alerts_org_waits", "org", "waits"),
    )
    pk: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    id: str = Field(sa_column=Column(Text, nullable=False))
    org: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    about: str = Field(sa_column=Column(Text, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: int = Field(sa_column=Column(BIG, nullable=False))
    waits: bool = Field(sa_column=Column(Boolean, nullable=False))
    dead: bool = Field(sa_column=Column(Boolean, nullable=False))
    attempts: int = Field(sa_column=Column(Integer, nullable=False))
    failure: str | None = Field(sa_column=Column(Text, nullable=True))
    taken_at: int | None = Field(sa_column=Column(BIG, nullable=True))
    acknowledged_at: int | None = Field(sa_column=Column(BIG, nullable=True))
    acknowledged_by: str | None = Field(sa_column=Column(Text, nullable=True))
