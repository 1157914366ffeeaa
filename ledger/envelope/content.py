"""Content of a message, encrypted chunk by chunk: any size needs the memory of two chunks.

::

    blob     header ‖ chunk_0 ‖ … ‖ chunk_n
    header   "provenance/env" ‖ 0x01 ‖ log2 of the chunk size ‖ salt (32 random bytes)
    key      HKDF-SHA256(data key, salt, header[:16] ‖ purpose)
    chunk_i  AES-256-GCM(key, nonce u88be(i) ‖ last, plaintext_i), tag behind; last is 1 for chunk_n

The STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár (CRYPTO 2015): the counter refuses
chunks that were moved or repeated, the flag refuses a blob that was cut at a chunk. Only the last
chunk may be short, and it is empty only where there is no content, so one content has one layout.

Every blob has a salt of its own, hence a key of its own. Never encrypt changed content under the
same data key and salt: that would repeat nonces. `seal_content` draws the salt itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.envelope.data_key import DataKey
from ledger.errors import InvalidInput, VerificationFailed

MAGIC = b"provenance/env\x01"
SALT_BYTES = 32
HEADER_BYTES = 16 + SALT_BYTES
TAG_BYTES = 16

CHUNK_LOG2 = 20
"""Chunks of 1 MiB, for everything that is written."""
_SMALLEST_LOG2, _LARGEST_LOG2 = 6, 24
_MOST_CHUNKS = 2**32

PART = b"part"
"""Purpose of the content of a part."""


def manifest_purpose(message: bytes) -> bytes:
    """Purpose of the sealed manifest of the message with that commitment: a manifest moved to
    another message does not open."""
    assert len(message) == 32, "a commitment has 32 bytes"
    return b"manifest" + message


class ByteSource(Protocol):
    """What bytes are read from: a file, a pipe, or something in between."""

    def read(self, size: int, /) -> bytes:
        """Up to that many bytes, none only at the end."""


@dataclass(frozen=True, slots=True)
class Header:
    """The first 48 bytes of a blob."""

    salt: bytes
    chunk_log2: int = CHUNK_LOG2

    def __post_init__(self) -> None:
        if len(self.salt) != SALT_BYTES or not _SMALLEST_LOG2 <= self.chunk_log2 <= _LARGEST_LOG2:
            raise InvalidInput("envelope-malformed", "salt or chunk size out of range")

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read exactly 48 bytes. Raises InvalidInput `envelope-malformed`."""
        if len(data) != HEADER_BYTES or not data.startswith(MAGIC):
            raise InvalidInput("envelope-malformed", "this is not encrypted content of version 1")
        return cls(data[16:], data[15])

    def encode(self) -> bytes:
        """The 48 bytes."""
        return self.fixed + self.salt

    @property
    def fixed(self) -> bytes:
        """What stands before the salt."""
        return MAGIC + bytes([self.chunk_log2])

    @property
    def chunk_bytes(self) -> int:
        """Plaintext bytes of every chunk but the last."""
        return 1 << self.chunk_log2


@dataclass(frozen=True, slots=True)
class Layout:
    """Where what stands in a blob of `size` plaintext bytes. Raises InvalidInput
    `envelope-malformed`."""

    size: int
    chunk_bytes: int = 1 << CHUNK_LOG2

    def __post_init__(self) -> None:
        if self.size < 0 or self.chunks > _MOST_CHUNKS:
            raise InvalidInput("envelope-malformed", f"no content has {self.size} bytes")

    @classmethod
    def of_blob(cls, blob_size: int, chunk_bytes: int = 1 << CHUNK_LOG2) -> Self:
        """The layout of a blob of that many bytes, where there is one."""
        sealed = blob_size - HEADER_BYTES
        chunks = -(-sealed // (chunk_bytes + TAG_BYTES))
        found = cls(max(sealed - chunks * TAG_BYTES, 0), chunk_bytes)
        if found.blob_size != blob_size:
            raise InvalidInput("envelope-malformed", f"no content becomes {blob_size} bytes")
        return found

    @property
    def chunks(self) -> int:
        """How many there are, at least one."""
        return max(1, -(-self.size // self.chunk_bytes))

    @property
    def blob_size(self) -> int:
        """Bytes of the blob."""
        return HEADER_BYTES + self.size + self.chunks * TAG_BYTES

    def span(self, index: int) -> tuple[int, int]:
        """Where chunk `index` begins and ends in the blob."""
        assert 0 <= index < self.chunks, "within the blob"
        step = self.chunk_bytes + TAG_BYTES
        start = HEADER_BYTES + index * step
        return start, min(start + step, self.blob_size)


class ContentCipher:
    """Seals and opens single chunks of one blob, in any order."""

    def __init__(self, data_key: DataKey, header: Header, purpose: bytes) -> None:
        self.header = header
        self._cipher = AESGCM(data_key.derive(header.salt, header.fixed + purpose))

    def seal(self, index: int, plaintext: bytes, *, last: bool) -> bytes:
        """The chunk as it stands in the blob."""
        _check_chunk(index, len(plaintext), self.header.chunk_bytes, last=last)
        return self._cipher.encrypt(_nonce(index, last=last), plaintext, None)

    def open(self, index: int, sealed: bytes, *, last: bool) -> bytes:
        """The plaintext of that chunk. Raises VerificationFailed `envelope-damaged` where it is not
        this chunk of this blob, and is not the last or is it, as stated."""
        _check_chunk(index, len(sealed) - TAG_BYTES, self.header.chunk_bytes, last=last)
        try:
            return self._cipher.decrypt(_nonce(index, last=last), sealed, None)
        except InvalidTag:
            raise VerificationFailed(
                "envelope-damaged", f"chunk {index} is not what was encrypted there"
            ) from None


def seal_content(
    data_key: DataKey, purpose: bytes, source: ByteSource, *, chunk_log2: int = CHUNK_LOG2
) -> Iterator[bytes]:
    """The blob of everything `source` still holds, in pieces of about a chunk."""
    header = Header(secrets.token_bytes(SALT_BYTES), chunk_log2)
    return seal_with(header, data_key, purpose, source)


def seal_with(
    header: Header, data_key: DataKey, purpose: bytes, source: ByteSource
) -> Iterator[bytes]:
    """`seal_content` with a header already drawn, which must never have been used before."""
    cipher = ContentCipher(data_key, header, purpose)
    yield header.encode()
    index, piece = 0, _read(source, header.chunk_bytes)
    while True:
        following = _read(source, header.chunk_bytes) if len(piece) == header.chunk_bytes else b""
        yield cipher.seal(index, piece, last=not following)
        if not following:
            return
        index, piece = index + 1, following


def open_content(data_key: DataKey, purpose: bytes, source: ByteSource) -> Iterator[bytes]:
    """The plaintext of the blob in `source`, which ends where the blob does.

    Every piece is genuine when it is given out; that nothing is missing is known when the iterator
    ends, so whoever writes to a file gives it its name then. Raises InvalidInput
    `envelope-malformed`, VerificationFailed `envelope-damaged`.
    """
    header = Header.parse(_read(source, HEADER_BYTES))
    cipher = ContentCipher(data_key, header, purpose)
    step = header.chunk_bytes + TAG_BYTES
    index, piece = 0, _read(source, step)
    while True:
        following = _read(source, step) if len(piece) == step else b""
        yield cipher.open(index, piece, last=not following)
        if not following:
            return
        index, piece = index + 1, following


def _check_chunk(index: int, size: int, chunk_bytes: int, *, last: bool) -> None:
    if not 0 <= index < _MOST_CHUNKS:
        raise InvalidInput("envelope-malformed", f"no blob has a chunk {index}")
    fits = (0 < size <= chunk_bytes or size == index == 0) if last else size == chunk_bytes
    if not fits:
        raise InvalidInput("envelope-malformed", f"chunk {index} has not the size of its place")


def _nonce(index: int, *, last: bool) -> bytes:
    return index.to_bytes(11, "big") + bytes([last])


def _read(source: ByteSource, size: int) -> bytes:
    """That many bytes, fewer only at the end: a pipe or socket may give less at once."""
    data = source.read(size)
    if len(data) == size or not data:
        return data
    pieces, missing = [data], size - len(data)
    while missing and (more := source.read(missing)):
        pieces.append(more)
        missing -= len(more)
    return b"".join(pieces)
