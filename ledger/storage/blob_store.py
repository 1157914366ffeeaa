"""The door to where blobs are kept: a folder of ours, or a bucket of an S3-compatible server.

A blob comes in chunks of one size, in any order and any number of times, and gets its name, its
SHA-256, when all of it is there and is what was announced. What is kept is never changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ledger.digest import Digest

CHUNK_BYTES = 8 * 1024 * 1024
"""Of every chunk of an upload but the last. S3 asks for 5 MiB at least."""
PIECE_BYTES = 1024 * 1024
"""What is read and handed on at once."""


def chunks_of(size: int) -> int:
    """How many chunks an upload of that many bytes has."""
    return -(-size // CHUNK_BYTES)


def chunk_size(size: int, number: int) -> int:
    """Bytes of chunk `number`, which is one of them."""
    return min(CHUNK_BYTES, size - number * CHUNK_BYTES)


class BlobStore(Protocol):
    """Several processes may use it at once. Every method raises Unavailable where the store does
    not answer; `upload` is a name of letters and digits."""

    def put_chunk(self, upload: str, number: int, data: bytes) -> None:
        """Keep a chunk; durable when this returns. The same place again is written over."""

    def chunks(self, upload: str) -> frozenset[int]:
        """Which chunks are durable."""

    def complete(self, upload: str, digest: Digest, size: int) -> None:
        """Make the chunks the blob of that name; durable when this returns. May be repeated.

        Raises VerificationFailed `blob-digest-mismatch`: then nothing of the upload is left.
        Conflict `upload-incomplete`.
        """

    def discard(self, upload: str) -> None:
        """Let go of an upload, if it is there."""

    def size(self, digest: Digest) -> int | None:
        """Bytes of a blob, or None."""

    def read(self, digest: Digest, start: int, length: int) -> Iterator[bytes]:
        """That part of a blob that is kept, in pieces. Whoever reads it all can hash it."""

    def delete(self, digest: Digest) -> None:
        """Destroy a blob, if it is there; gone for every reader when this returns."""
