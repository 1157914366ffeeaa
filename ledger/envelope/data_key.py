"""The data key of one message: encrypts its parts and its manifest, and nothing else ever."""

from __future__ import annotations

import secrets
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.errors import InvalidInput

DATA_KEY_BYTES = 32


class DataKey:
    """32 random bytes that do not show themselves in logs or tracebacks.

    Raises InvalidInput `data-key-malformed`, never repeating what it was given.
    """

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != DATA_KEY_BYTES:
            raise InvalidInput("data-key-malformed", "a data key has 32 bytes")
        self._secret = bytes(secret)

    def __repr__(self) -> str:
        return "DataKey(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DataKey) and secrets.compare_digest(self._secret, other._secret)

    def __hash__(self) -> int:
        return hash(self._secret)

    @classmethod
    def generate(cls) -> Self:
        """A fresh key from the operating system's randomness."""
        return cls(secrets.token_bytes(DATA_KEY_BYTES))

    def reveal(self) -> bytes:
        """The secret bytes, for whoever wraps them or writes them to a protected place."""
        return self._secret

    def derive(self, salt: bytes, info: bytes) -> bytes:
        """HKDF-SHA256 (RFC 5869) of the key: 32 bytes."""
        return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(self._secret)
