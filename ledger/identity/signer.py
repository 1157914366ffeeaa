"""The door behind which a signing key lives: in this process, or at a remote signer."""

from __future__ import annotations

from typing import Protocol

from ledger.identity.private_key import PrivateKey
from ledger.identity.transaction import TransactionFields

__all__ = ["DigestSigner", "KeySigner", "Signer", "TransactionFields"]


class DigestSigner(Protocol):
    """Signs what an organization states. Raises Unavailable when the key cannot be reached."""

    @property
    def address(self) -> str:
        """The account, checksummed."""

    def sign_digest(self, digest: bytes) -> bytes:
        """65 bytes r ‖ s ‖ v over a 32-byte digest: v 27 or 28, s in the lower half."""


class Signer(DigestSigner, Protocol):
    """Signs for one account, transactions too."""

    def sign_transaction(self, transaction: TransactionFields) -> bytes:
        """The raw signed transaction, ready to broadcast."""


class KeySigner:
    """Signs with a key held in memory."""

    def __init__(self, key: PrivateKey) -> None:
        self._key = key

    def __repr__(self) -> str:
        return f"KeySigner(address={self.address})"

    @property
    def address(self) -> str:
        """See Signer."""
        return self._key.address

    def sign_digest(self, digest: bytes) -> bytes:
        """See Signer."""
        return self._key.sign_digest(digest)

    def sign_transaction(self, transaction: TransactionFields) -> bytes:
        """See Signer."""
        return transaction.sign(self._key.sign_digest)
