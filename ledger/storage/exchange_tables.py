"""Tables of the exchange: messages, their legs, what happened to these, and the feed of it.

What an edit gains: nothing that `audit` does not name. A message is held by its commitment, an
event by its signature, its place and time by the leg's head on chain.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored

REFUSED = 3
"""`status` of an event that never came about: another may have its nonce."""
_STANDS = text(f"status <> {REFUSED}")
_REFUSED = text(f"status = {REFUSED}")
_UNSETTLED = text("status < 2")
_EXPECTED = text("due_by IS NOT NULL")


def _party_indexes(party: str, other: str) -> tuple[Index, ...]:
    """One per question that a party has about its legs, newest paper first."""
    name = f"ix_exchange_legs_{party}"
    return (
        Index(f"{name}_promulgated", party, "promulgated", "pk"),
        Index(f"{name}_state", party, "state", "promulgated", "pk"),
        Index(f"{name}_other", party, other, "promulgated", "pk"),
        Index(f"{name}_other_state", party, other, "state", "promulgated", "pk"),
        Index(f"{name}_number", party, "code_number", "promulgated", "pk"),
        *(
            Index(f"{name}_{suffix}", *columns, sqlite_where=_EXPECTED, postgresql_where=_EXPECTED)
            for suffix, columns in (
                ("due", (party, "due_by", "pk")),
                ("other_due", (party, other, "due_by", "pk")),
            )
        ),
    )


class ExchangeMessages(Stored, table=True):
    """Messages as their senders disclosed them to us. `view` is the disclosed view (JSON), which
    gives the commitment `message`; the other columns repeat what it shows."""

    __tablename__ = "exchange_messages"
    __table_args__ = (
        UniqueConstraint("sender", "document_id", "version"),
        Index("ix_exchange_messages_number", "sender", "code_number", "code_notation"),
    )
    pk: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    sender: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    document_id: str = Field(sa_column=Column(Text, nullable=False))
    version: int = Field(sa_column=Column(Integer, nullable=False))
    message: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    code_number: str = Field(sa_column=Column(Text, nullable=False))
    code_notation: str = Field(sa_column=Column(Text, nullable=False))
    view: str = Field(sa_column=Column(Text, nullable=False))
    received_at: int = Field(sa_column=Column(BIG, nullable=False))


class ExchangeLegs(Stored, table=True):
    """Legs as all accepted events leave them, so that the next step can be judged; `head`,
    `anchored` (how many events) and `answer_by` follow the chain. `due_by` is when the leg is
    overdue, `lapse_at` when that is to be said on chain; null: never. Times of a leg in unix
    seconds, `promulgated` is the ISO date of the paper."""

    __tablename__ = "exchange_legs"
    __table_args__ = (
        *_party_indexes("sender", "recipient"),
        *_party_indexes("recipient", "sender"),
        Index("ix_exchange_legs_message", "message_pk"),
        Index("ix_exchange_legs_lapse", "lapse_at"),
    )
    pk: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    leg: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    message_pk: int = Field(sa_column=Column(BIG, nullable=False))
    sender: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    recipient: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    salt: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    code_number: str = Field(sa_column=Column(Text, nullable=False))
    code_notation: str = Field(sa_column=Column(Text, nullable=False))
    promulgated: str = Field(sa_column=Column(Text, nullable=False))
    state: int = Field(sa_column=Column(SmallInteger, nullable=False))
    previous: int = Field(sa_column=Column(SmallInteger, nullable=False))
    failures: int = Field(sa_column=Column(SmallInteger, nullable=False))
    attempts: int = Field(sa_column=Column(SmallInteger, nullable=False))
    marks: int = Field(sa_column=Column(SmallInteger, nullable=False))
    events: int = Field(sa_column=Column(BIG, nullable=False))
    arrive_by: int = Field(sa_column=Column(BIG, nullable=False))
    answer_within: int = Field(sa_column=Column(BIG, nullable=False))
    answer_by: int = Field(sa_column=Column(BIG, nullable=False))
    settle_by: int = Field(sa_column=Column(BIG, nullable=False))
    replaces: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    head: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    anchored: int = Field(sa_column=Column(BIG, nullable=False))
    due_by: int | None = Field(sa_column=Column(BIG, nullable=True))
    lapse_at: int | None = Field(sa_column=Column(BIG, nullable=True))
    wrapped_key: str | None = Field(sa_column=Column(Text, nullable=True))
    opened_at: int = Field(sa_column=Column(BIG, nullable=False))


class ExchangeEvents(Stored, table=True):
    """Everything that happened to a leg, in the order in which we took it in. What a party signed
    stands in the columns up to `signature`; of a deadline that passed all of these are zero or
    null. `status`: 0 waits, 1 is in the transaction `batch`, 2 anchored, 3 refused by the chain
    (`failure`). `evidence_record` is canonical JSON."""

    __tablename__ = "exchange_events"
    __table_args__ = (
        Index(
            "uq_exchange_events_leg_pk_nonce",
            "leg_pk",
            "nonce",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
        Index(
            "ix_exchange_events_refused",
            "leg_pk",
            sqlite_where=_REFUSED,
            postgresql_where=_REFUSED,
        ),
        Index(
            "ix_exchange_events_unsettled",
            "batch",
            "pk",
            sqlite_where=_UNSETTLED,
            postgresql_where=_UNSETTLED,
        ),
    )
    pk: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    leg_pk: int = Field(sa_column=Column(BIG, nullable=False))
    nonce: int = Field(sa_column=Column(BIG, nullable=False))
    action: int = Field(sa_column=Column(SmallInteger, nullable=False))
    state: int = Field(sa_column=Column(SmallInteger, nullable=False))
    org: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    actor: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    reason: int = Field(sa_column=Column(Integer, nullable=False))
    evidence: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    link: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    deadline: int = Field(sa_column=Column(BIG, nullable=False))
    signer: str | None = Field(sa_column=Column(Text, nullable=True))
    signature: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    evidence_record: str | None = Field(sa_column=Column(Text, nullable=True))
    evidence_salt: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    received_at: int = Field(sa_column=Column(BIG, nullable=False))
    status: int = Field(sa_column=Column(SmallInteger, nullable=False))
    batch: int | None = Field(sa_column=Column(BIG, nullable=True))
    block: int | None = Field(sa_column=Column(BIG, nullable=True))
    block_hash: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    block_time: int | None = Field(sa_column=Column(BIG, nullable=True))
    tx_hash: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    log_index: int | None = Field(sa_column=Column(BIG, nullable=True))
    head: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    failure: str | None = Field(sa_column=Column(Text, nullable=True))


class ExchangeFeed(Stored, table=True):
    """What the parties are told, numbered without a gap: `kind` 0 taken in, 2 anchored, 3 refused
    by the chain."""

    __tablename__ = "exchange_feed"
    __table_args__ = (
        Index("ix_exchange_feed_sender", "sender", "seq"),
        Index("ix_exchange_feed_recipient", "recipient", "seq"),
    )
    seq: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    event_pk: int = Field(sa_column=Column(BIG, nullable=False))
    kind: int = Field(sa_column=Column(SmallInteger, nullable=False))
    sender: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    recipient: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ExchangeCounters(Stored, table=True):
    """The last number given, by what is counted: `feed`, `batch`, `row`. The row is held
    until the transaction ends, so numbers become visible in their order."""

    __tablename__ = "exchange_counters"
    name: str = Field(sa_column=Column(Text, primary_key=True))
    last: int = Field(sa_column=Column(BIG, nullable=False))
