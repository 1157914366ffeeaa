"""Tables of sensor devices, cold-chain rules and the episodes in which these were broken."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, Text
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored


class Devices(Stored, table=True):
    """Devices that may hand in readings, by the thumbprint of their key. `items` is JSON."""

    __tablename__ = "devices"
    __table_args__ = (Index("ix_devices_org", "org"),)
    kid: str = Field(sa_column=Column(Text, primary_key=True))
    org: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    public_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    device_id: str = Field(sa_column=Column(Text, nullable=False))
    read_point: str = Field(sa_column=Column(Text, nullable=False))
    items: str = Field(sa_column=Column(Text, nullable=False))
    registered_at: int = Field(sa_column=Column(BIG, nullable=False))
    revoked_at: int | None = Field(sa_column=Column(BIG, nullable=True))


class ColdChainRules(Stored, table=True):
    """The rule of a product, as its organization set it. A bound that is null does not bind."""

    __tablename__ = "cold_chain_rules"
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    gtin: str = Field(sa_column=Column(Text, primary_key=True))
    min_celsius: float | None = Field(sa_column=Column(Float, nullable=True))
    max_celsius: float | None = Field(sa_column=Column(Float, nullable=True))
    allowed_minutes: int = Field(sa_column=Column(Integer, nullable=False))


class ColdChainBreaches(Stored, table=True):
    """Episodes of broken rules: what the readings named (`item`), of which product, by whose rule,
    from the first reading outside to the last. `event_id` is the reading at which it was found,
    `detail` JSON; `told_at` is null until whoever has to know was told."""

    __tablename__ = "cold_chain_breaches"
    __table_args__ = (
        Index("ix_cold_chain_breaches_item", "item", "gtin", "org"),
        Index("ix_cold_chain_breaches_told", "told_at"),
    )
    pk: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    org: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    item: str = Field(sa_column=Column(Text, nullable=False))
    gtin: str = Field(sa_column=Column(Text, nullable=False))
    rule_org: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    since: int = Field(sa_column=Column(BIG, nullable=False))
    until: int = Field(sa_column=Column(BIG, nullable=False))
    event_id: str = Field(sa_column=Column(Text, nullable=False))
    detail: str = Field(sa_column=Column(Text, nullable=False))
    seen_at: int = Field(sa_column=Column(BIG, nullable=False))
    told_at: int | None = Field(sa_column=Column(BIG, nullable=True))
