"""Uploads of encrypted content on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import Field

from api.schemas.wire import Answer, Request
from ledger.digest import Digest
from ledger.services.uploading import CHUNK_BYTES

if TYPE_CHECKING:
    from ledger.services.uploading import Progress


class UploadRequest(Request):
    """What is to come."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="Of the whole blob.")
    size: int = Field(ge=1, le=2**53, description="Bytes.")

    def digest(self) -> Digest:
        """What names the blob."""
        return Digest.from_hex(self.sha256)


class UploadAnswer(Answer):
    """An upload and how far it is."""

    id: str
    sha256: str
    size: int
    chunk_bytes: int = Field(description="Size of every chunk but the last, numbered from 0.")
    chunks: list[int] = Field(description="Those that are here, durable, in order.")
    complete: bool = Field(description="Whether the blob is kept; fetch it by its SHA-256.")
    expires_at: datetime = Field(description="Let go of then, unless a chunk comes before.")


def upload_answer(found: Progress) -> UploadAnswer:
    """The wire form."""
    return UploadAnswer(
        id=found.upload.id,
        sha256=found.upload.digest.hex(),
        size=found.upload.size,
        chunk_bytes=CHUNK_BYTES,
        chunks=sorted(found.chunks),
        complete=found.upload.is_complete,
        expires_at=found.upload.expires_at,
    )
