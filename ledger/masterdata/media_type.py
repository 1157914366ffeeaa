"""Media types by what is in the file: what a sender calls it counts for nothing."""

from __future__ import annotations

JPEG = "image/jpeg"
PNG = "image/png"
WEBP = "image/webp"
PDF = "application/pdf"

MEDIA_TYPES = (JPEG, PNG, WEBP, PDF)
"""What is kept: photos and certificates."""

ENDINGS = {JPEG: ".jpg", PNG: ".png", WEBP: ".webp", PDF: ".pdf"}


def sniff(data: bytes) -> str | None:
    """The media type that the first bytes show, or None for anything that is not kept."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    if data.startswith(b"%PDF-"):
        return PDF
    return None
