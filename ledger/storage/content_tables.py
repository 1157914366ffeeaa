"""Tables of the content of documents: published keys, blobs, uploads, who may fetch what.

The blobs themselves are in the blob store; all that stands here or there is ciphertext, or is
public. Who may write these tables can withhold content and hand ciphertext to a stranger, who can
do nothing with it; a published key he changes is refused by whoever would encrypt to it.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, LargeBinary, Text
from sqlmodel import Field

from ledger.storage.tables import BIG, Stored


class EncryptionKeys(Stored, table=True):
    """Statements of encryption keys as they were signed (canonical JSON). `valid_from` in unix
    seconds."""

    __tablename__ = "encryption_keys"
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    valid_from: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    key_id: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    statement: str = Field(sa_column=Column(Text, nullable=False))
    received_at: int = Field(sa_column=Column(BIG, nullable=False))


class Uploads(Stored, table=True):
    """Blobs that are being handed in; which chunks are there, the blob store knows. `size` in
    bytes; an upload nobody went on with is let go of at `expires_at`."""

    __tablename__ = "uploads"
    __table_args__ = (
        Index("ix_uploads_expires_at", "expires_at"),
        Index("uq_uploads_org_sha256", "org", "sha256", unique=True),
    )
    id: str = Field(sa_column=Column(Text, primary_key=True))
    org: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sha256: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    size: int = Field(sa_column=Column(BIG, nullable=False))
    is_complete: bool = Field(sa_column=Column(Boolean, nullable=False))
    expires_at: int = Field(sa_column=Column(BIG, nullable=False))


class Blobs(Stored, table=True):
    """Blobs that are kept, by who handed them in. `size` in bytes."""

    __tablename__ = "blobs"
    __table_args__ = (Index("ix_blobs_org", "org"),)
    sha256: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    size: int = Field(sa_column=Column(BIG, nullable=False))
    created_at: int = Field(sa_column=Column(BIG, nullable=False))


class BlobReaders(Stored, table=True):
    """Who may fetch a blob beside who handed it in: the recipient of a leg that names it."""

    __tablename__ = "blob_readers"
    __table_args__ = (Index("ix_blob_readers_leg", "leg"),)
    sha256: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    org: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    leg: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
