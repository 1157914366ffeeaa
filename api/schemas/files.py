"""Kept files on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from api.schemas.wire import Answer

if TYPE_CHECKING:
    from ledger.services.filing import KeptFile


class FileAnswer(Answer):
    """A file that is kept. Name it by `sha256` and `mediaType` in master data."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="Of the bytes as they are kept.")
    media_type: Literal["image/jpeg", "image/png", "image/webp", "application/pdf"]
    size: int = Field(description="Bytes.")


def file_answer(kept: KeptFile) -> dict[str, object]:
    """The wire form."""
    return {"sha256": kept.sha256.hex(), "mediaType": kept.media_type, "size": kept.size}
