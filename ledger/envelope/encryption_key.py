"""Keys that data keys are wrapped to: one half published, the other never leaves its owner.

`suite` 1 is HPKE (RFC 9180) with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM; docs/
decisions say why. A key is known by its id, SHA256("provenance/encryption-key/v1\\n" ‖ u16be(suite)
‖ public key).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from ledger.digest import Digest, sha256
from ledger.errors import InvalidInput

X25519_AES_256_GCM = 1
"""The suite in use: KEM 0x0020, KDF 0x0001, AEAD 0x0002 in RFC 9180, section 7."""

_PUBLIC_BYTES = 32

HPKE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
"""Suite 1."""


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """The published half. Raises InvalidInput `encryption-key-malformed`."""

    suite: int
    public: bytes

    def __post_init__(self) -> None:
        if self.suite != X25519_AES_256_GCM:
            raise InvalidInput(
                "encryption-key-malformed", f"suite {self.suite} is not known", pointer="/suite"
            )
        if len(self.public) != _PUBLIC_BYTES:
            raise InvalidInput(
                "encryption-key-malformed",
                "an X25519 public key has 32 bytes",
                pointer="/publicKey",
            )

    @property
    def id(self) -> Digest:
        """What wraps and statements name it by."""
        return sha256(b"provenance/encryption-key/v1\n", self.suite.to_bytes(2, "big"), self.public)

    def seal(self, secret: bytes, info: bytes) -> bytes:
        """Encapsulated key ‖ ciphertext, for the owner alone; another time, other bytes."""
        try:
            return HPKE.encrypt(secret, X25519PublicKey.from_public_bytes(self.public), info)
        except ValueError as error:  # a point of small order, which no honest key is
            raise InvalidInput(
                "encryption-key-malformed", "nothing can be encrypted to this key"
            ) from error


class DecryptionKey:
    """The half that its owner keeps. Does not show itself in logs or tracebacks.

    Raises InvalidInput `encryption-key-malformed`, never repeating what it was given.
    """

    __slots__ = ("_key", "public")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != _PUBLIC_BYTES:
            raise InvalidInput("encryption-key-malformed", "an X25519 private key has 32 bytes")
        self._key = X25519PrivateKey.from_private_bytes(secret)
        self.public = EncryptionKey(X25519_AES_256_GCM, self._key.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"DecryptionKey(id={self.public.id.hex()})"

    @classmethod
    def generate(cls) -> Self:
        """A fresh key from the operating system's randomness."""
        return cls(X25519PrivateKey.generate().private_bytes_raw())

    def reveal(self) -> bytes:
        """The 32 secret bytes, for whoever writes them to a protected place."""
        return self._key.private_bytes_raw()

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """What `EncryptionKey.seal` sealed. Raises cryptography's InvalidTag or ValueError."""
        return HPKE.decrypt(sealed, self._key, info)
