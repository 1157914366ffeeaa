"""The sealed manifest: what a message says, on its way with the wrapped key.

The server is shown the routing of a message (`ledger.exchange.message.Routing`); the whole record
and its salt travel in here.
"""

from __future__ import annotations

from io import BytesIO

from ledger import canonical
from ledger.digest import Digest
from ledger.envelope.content import (
    HEADER_BYTES,
    TAG_BYTES,
    manifest_purpose,
    open_content,
    seal_content,
)
from ledger.envelope.data_key import DataKey
from ledger.errors import InvalidInput

MOST_BYTES = 4 * 1024 * 1024
"""Largest manifest with its salt: two hundred parts with long names need a twentieth of it."""

ENCRYPTION = {"v": 1, "content": "stream-aes-256-gcm", "keys": "hpke-x25519-aes-256-gcm"}
"""`encryption` of a manifest: how its parts are sealed and the data key is wrapped."""


def find_sealed_manifest(wrapped_key: str) -> Digest | None:
    """The SHA-256 of the sealed manifest that goes with a wrapped key, where its text names one:
    `{"keyId", "wrapped", "manifest", "manifestSize"}`. Whoever carries the message reads no more of
    it than this."""
    try:
        return Digest.from_hex(canonical.parse(wrapped_key.encode())["manifest"])
    except (InvalidInput, KeyError, TypeError, ValueError):
        return None


def seal_manifest(data_key: DataKey, message: bytes, manifest: bytes) -> bytes:
    """The bytes for the recipients of the message with that commitment. Raises InvalidInput
    `envelope-malformed` above 4 MiB."""
    if len(manifest) > MOST_BYTES:
        raise InvalidInput("envelope-malformed", "a manifest has at most 4 MiB")
    return b"".join(seal_content(data_key, manifest_purpose(message), BytesIO(manifest)))


def open_manifest(data_key: DataKey, message: bytes, sealed: bytes) -> bytes:
    """What `seal_manifest` was given. Raises InvalidInput `envelope-malformed`, VerificationFailed
    `envelope-damaged`. Whether it commits to `message` is for the reader of the record to check."""
    if len(sealed) > MOST_BYTES + HEADER_BYTES + 8 * TAG_BYTES:
        raise InvalidInput("envelope-malformed", "a manifest has at most 4 MiB")
    return b"".join(open_content(data_key, manifest_purpose(message), BytesIO(sealed)))
