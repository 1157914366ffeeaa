"""A secp256k1 private key that does not show itself in logs or tracebacks."""

from __future__ import annotations

import secrets
from typing import Self

import coincurve

from ledger.errors import InvalidInput
from ledger.identity.address import address_of
from ledger.identity.eip712 import CURVE_ORDER


class PrivateKey:
    """Signs 32-byte digests; `address` is the account it controls (checksummed).

    Raises InvalidInput `private-key-malformed`, never repeating what it was given.
    """

    __slots__ = ("_key", "address")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32 or not 0 < int.from_bytes(secret, "big") < CURVE_ORDER:
            raise InvalidInput("private-key-malformed", "not a secp256k1 private key")
        self._key = coincurve.PrivateKey(secret)
        self.address = address_of(self._key.public_key.format(compressed=False))

    def __repr__(self) -> str:
        return f"PrivateKey(address={self.address})"

    @classmethod
    def generate(cls) -> Self:
        """A fresh key from the operating system's randomness."""
        return cls((secrets.randbelow(CURVE_ORDER - 1) + 1).to_bytes(32, "big"))

    @classmethod
    def from_hex(cls, text: str) -> Self:
        """Read 64 hex digits, with or without 0x."""
        try:
            secret = bytes.fromhex(text.strip().removeprefix("0x"))
        except ValueError:
            raise InvalidInput("private-key-malformed", "not hexadecimal") from None
        return cls(secret)

    def reveal(self) -> bytes:
        """The 32 secret bytes, for whoever writes them to a protected place."""
        return bytes(self._key.secret)

    def sign_digest(self, digest: bytes) -> bytes:
        """r ‖ s ‖ v (v 27 or 28, s in the lower half), deterministic (RFC 6979)."""
        assert len(digest) == 32, "a digest has 32 bytes"
        recoverable = self._key.sign_recoverable(digest, hasher=None)
        assert recoverable[64] in (0, 1), "r at or above the curve order: 1 in 2^127"
        return recoverable[:64] + bytes([27 + recoverable[64]])
