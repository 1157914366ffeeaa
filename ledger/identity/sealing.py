"""Secrets of others that must be kept and used: sealed with AES-256-GCM under a key of the seed.

A copy of the database alone then tells nothing of them. Each is bound to what it belongs to, so
that whoever can write the database cannot move one elsewhere.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import Unavailable

_NONCE = 12


class Seal:
    """Seals and opens with one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, secret: bytes, owner: str) -> bytes:
        """The secret as it may be stored with its owner."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, secret, owner.encode())

    def open(self, sealed: bytes, owner: str) -> bytes:
        """The secret again. Raises Unavailable `secret-unreadable` if it was changed, moved, or
        sealed by another installation."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], owner.encode())
        except (InvalidTag, ValueError) as error:
            raise Unavailable("secret-unreadable", f"a secret of {owner} cannot be read") from error
