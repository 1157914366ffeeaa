"""Digest values and the two hash functions everything here is built on.

SHA-256 (FIPS 180-4) makes commitments and the log; keccak-256 is only what the EVM asks for.
"""

from __future__ import annotations

import hashlib
import re
from typing import Self

from sha3 import keccak_256

from ledger.errors import InvalidInput

DIGEST_BYTES = 32

_HEX = re.compile(r"[0-9a-f]{64}")


class Digest(bytes):
    """A 32-byte hash value. Raises InvalidInput `digest-malformed` for any other length."""

    __slots__ = ()

    def __new__(cls, value: bytes) -> Self:
        """Check the length, once."""
        if len(value) != DIGEST_BYTES:
            raise InvalidInput("digest-malformed", f"a digest has 32 bytes, this has {len(value)}")
        return super().__new__(cls, value)

    @classmethod
    def from_hex(cls, text: str) -> Self:
        """Read 64 lower-case hex digits, nothing else: one value has one spelling."""
        if not isinstance(text, str) or _HEX.fullmatch(text) is None:
            raise InvalidInput("digest-malformed", "not 64 lower-case hexadecimal digits")
        return cls(bytes.fromhex(text))

    @property
    def prefixed(self) -> str:
        """The `0x…` spelling used for values that live on chain."""
        return "0x" + self.hex()


def sha256(*parts: bytes) -> Digest:
    """Digest of the concatenation of the parts."""
    state = hashlib.sha256()
    for part in parts:
        state.update(part)
    return Digest(state.digest())


def keccak256(data: bytes) -> Digest:
    """The EVM's hash: original Keccak padding, not NIST SHA-3."""
    return Digest(keccak_256(data).digest())
