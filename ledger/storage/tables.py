"""The schema, as SQLModel tables. What the columns mean; the stores say how they are used.

Portable choices: times are integer milliseconds UTC (`…_at`) unless a column says seconds; digests
and ids are raw bytes; JSON is canonical text. Indexes are few, because every random-order index
costs a page write per captured event (docs/operations/storage.md has the figures).

Who may write the database may invent history here, but not make it verify: commitments, signatures
and the anchored log disagree with any edit, and `audit` names the difference.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

BIG = BigInteger().with_variant(Integer(), "sqlite")
"""64-bit integer; on SQLite an INTEGER, so that a primary key is the row id itself."""

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Stored(SQLModel):
    """Root of all tables: one metadata with fixed constraint names, so migrations can drop them."""

    metadata = MetaData(naming_convention=NAMES)


def core(model: type[SQLModel]) -> Table:
    """The Core table behind a model."""
    return Stored.metadata.tables[str(model.__tablename__)]


def _blob(*, null: bool = False) -> Column[bytes]:
    return Column(LargeBinary, nullable=null)


def _text(*, null: bool = False) -> Column[str]:
    return Column(Text, nullable=null)


def _big(*, null: bool = False) -> Column[int]:
    return Column(BIG, nullable=null)


class Organizations(Stored, table=True):
    """Organizations with their public profile; the chain's registry is what verifiers trust."""

    __tablename__ = "organizations"
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    profile: str = Field(sa_column=_text())
    roles: int = Field(sa_column=Column(Integer, nullable=False))
    state: str = Field(sa_column=_text())
    events_per_day: int | None = Field(sa_column=_big(null=True))
    created_at: int = Field(sa_column=_big())


class SigningKeys(Stored, table=True):
    """Signing keys of organizations. `path` derives a custodial key; null: held elsewhere."""

    __tablename__ = "signing_keys"
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    address: str = Field(sa_column=Column(Text, primary_key=True))
    path: str | None = Field(sa_column=_text(null=True))
    custodial: bool = Field(sa_column=Column(Boolean, nullable=False))
    purposes: int = Field(sa_column=Column(SmallInteger, nullable=False))
    valid_from: int = Field(sa_column=_big())
    valid_until: int | None = Field(sa_column=_big(null=True))


class ApiKeys(Stored, table=True):
    """API keys; of the secret only its SHA-256."""

    __tablename__ = "api_keys"
    id: str = Field(sa_column=Column(Text, primary_key=True))
    org: bytes = Field(sa_column=Column(LargeBinary, nullable=False, index=True))
    secret_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    label: str = Field(sa_column=_text())
    scopes: str = Field(sa_column=_text())
    created_at: int = Field(sa_column=_big())
    expires_at: int | None = Field(sa_column=_big(null=True))
    revoked_at: int | None = Field(sa_column=_big(null=True))


class DailyUsage(Stored, table=True):
    """Events counted against an organization's day (days since 1970, UTC)."""

    __tablename__ = "daily_usage"
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    day: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    events: int = Field(sa_column=_big())


class CaptureJobs(Stored, table=True):
    """Capture jobs. Unfinished ones are few, so the index to claim from is partial."""

    __tablename__ = "capture_jobs"
    __table_args__ = (
        Index("ix_capture_jobs_org_pk", "org", "pk"),
        Index(
            "ix_capture_jobs_unfinished",
            "pk",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )
    pk: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    id: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    org: bytes = Field(sa_column=_blob())
    media: str = Field(sa_column=_text())
    behaviour: str = Field(sa_column=_text())
    created_at: int = Field(sa_column=_big())
    claimed_by: str | None = Field(sa_column=_text(null=True))
    claimed_until: int | None = Field(sa_column=_big(null=True))
    finished_at: int | None = Field(sa_column=_big(null=True))
    success: bool | None = Field(sa_column=Column(Boolean, nullable=True))
    errors: str = Field(sa_column=_text())
    repeats: str = Field(sa_column=_text())


class CaptureBodies(Stored, table=True):
    """Documents as they were handed in; kept apart so that listing jobs never reads them."""

    __tablename__ = "capture_bodies"
    job_pk: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    body: bytes = Field(sa_column=_blob())


class Submissions(Stored, table=True):
    """Signed batches. `first_index` is null until sequenced; record i has leaf first_index + i."""

    __tablename__ = "submissions"
    __table_args__ = (
        Index(
            "ix_submissions_pending",
            "pk",
            sqlite_where=text("first_index IS NULL"),
            postgresql_where=text("first_index IS NULL"),
        ),
    )
    pk: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    org: bytes = Field(sa_column=_blob())
    root: bytes = Field(sa_column=_blob())
    records: int = Field(sa_column=Column(Integer, nullable=False))
    signed_at: int = Field(sa_column=_big())
    nonce: bytes = Field(sa_column=_blob())
    custody: str = Field(sa_column=_text())
    signer: str = Field(sa_column=_text())
    signature: bytes = Field(sa_column=_blob())
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    job_id: str | None = Field(sa_column=Column(Text, nullable=True, index=True))
    created_at: int = Field(sa_column=_big())
    first_index: int | None = Field(sa_column=Column(BIG, nullable=True, unique=True))


class SubmissionCommitments(Stored, table=True):
    """The commitments of a submission's records, 32 bytes each, in order.

    Apart from the submission, so that placing it in the log does not rewrite them.
    """

    __tablename__ = "submission_commitments"
    submission_pk: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    commitments: bytes = Field(sa_column=_blob())


class Records(Stored, table=True):
    """Recorded bodies with their salts. pk = submission << 20 | position. Null once erased."""

    __tablename__ = "records"
    __table_args__ = (Index("ix_records_captured_at_pk", "captured_at", "pk"),)
    pk: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    id: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    kind: str = Field(sa_column=_text())
    captured_at: int = Field(sa_column=_big())
    body: bytes | None = Field(sa_column=_blob(null=True))
    salt: bytes | None = Field(sa_column=_blob(null=True))


class EpcisEvents(Stored, table=True):
    """What is asked about events without opening their bodies. Same pk as the record."""

    __tablename__ = "epcis_events"
    record_pk: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    event_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    content: bytes = Field(sa_column=_blob())
    event_id: str = Field(sa_column=_text())
    type: str = Field(sa_column=_text())
    time: int = Field(sa_column=_big())
    biz_step: str | None = Field(sa_column=_text(null=True))
    disposition: str | None = Field(sa_column=_text(null=True))


class EpcisKeys(Stored, table=True):
    """Which events name which identifier; see EpcisStore for segments and the 64-bit key."""

    __tablename__ = "epcis_keys"
    __table_args__ = {"sqlite_with_rowid": False}
    segment: int = Field(
        sa_column=Column(Integer, primary_key=True, autoincrement=False, server_default="0")
    )
    key: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    time: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    record_pk: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    role: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))


class KeySegments(Stored, table=True):
    """Segments of epcis_keys and how many rows each holds."""

    __tablename__ = "key_segments"
    segment: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    keys: int = Field(sa_column=_big())


class Tiles(Stored, table=True):
    """Hash tiles of the log, full or partial (C2SP tlog-tiles); data is up to 256 hashes."""

    __tablename__ = "tiles"
    level: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    idx: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    data: bytes = Field(sa_column=_blob())


class Checkpoints(Stored, table=True):
    """Every checkpoint ever signed; the greatest size is the log's state."""

    __tablename__ = "checkpoints"
    size: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    root: bytes = Field(sa_column=_blob())
    note: str = Field(sa_column=_text())
    created_at: int = Field(sa_column=_big())


class Anchors(Stored, table=True):
    """Heads on their way to the chain. `block_time` in unix seconds."""

    __tablename__ = "anchors"
    size: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    root: bytes = Field(sa_column=_blob())
    purpose: str = Field(sa_column=_text())
    state: str = Field(sa_column=_text())
    block: int | None = Field(sa_column=_big(null=True))
    block_hash: bytes | None = Field(sa_column=_blob(null=True))
    block_time: int | None = Field(sa_column=_big(null=True))
    tx_hash: bytes | None = Field(sa_column=_blob(null=True))


class Transactions(Stored, table=True):
    """The journal: every chain transaction ever signed, with its exact bytes."""

    __tablename__ = "transactions"
    __table_args__ = (
        UniqueConstraint("sender", "nonce"),
        Index("ix_transactions_purpose", "purpose"),
    )
    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    sender: str = Field(sa_column=_text())
    nonce: int = Field(sa_column=_big())
    purpose: str = Field(sa_column=_text())
    raw: bytes = Field(sa_column=_blob())
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    state: str = Field(sa_column=_text())
    block: int | None = Field(sa_column=_big(null=True))
    block_hash: bytes | None = Field(sa_column=_blob(null=True))
    created_at: int = Field(sa_column=_big())
    sent_at: int | None = Field(sa_column=_big(null=True))
    failure: str | None = Field(sa_column=_text(null=True))


class Leases(Stored, table=True):
    """Who does what only one may do. The token grows with every new holder and never falls."""

    __tablename__ = "leases"
    name: str = Field(sa_column=Column(Text, primary_key=True))
    holder: str | None = Field(sa_column=_text(null=True))
    token: int = Field(sa_column=_big())
    expires_at: int = Field(sa_column=_big())


class Facts(Stored, table=True):
    """Things this installation must not change its mind about: chain id, genesis, addresses."""

    __tablename__ = "facts"
    name: str = Field(sa_column=Column(Text, primary_key=True))
    value: str = Field(sa_column=_text())
