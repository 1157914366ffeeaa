"""Data keys on their way: wrapped to one published key, for one leg of one message.

::

    wrapped  HPKE.SealBase(public key, info, data key), no associated data: 80 bytes
    info     "provenance/wrap/v1\\n" ‖ message ‖ leg ‖ key id        32 bytes each

A wrap moved to another message, leg or key does not open. The sender's own copy is of no leg: 32
zero bytes stand for it. Whoever holds a key re-wraps to the key that follows it, and the content is
neither encrypted nor sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from cryptography.exceptions import InvalidTag

from ledger.digest import Digest
from ledger.envelope.data_key import DataKey
from ledger.envelope.encryption_key import DecryptionKey, EncryptionKey
from ledger.errors import InvalidInput, VerificationFailed

WRAPPED_BYTES = 80
NO_LEG = bytes(32)
"""Stands for the leg in the sender's own copy."""

_DOMAIN = b"provenance/wrap/v1\n"


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key wrapped to the key with that id. Well-formed, not opened yet.

    Raises InvalidInput `wrapped-key-malformed`.
    """

    key_id: Digest
    wrapped: bytes

    def __post_init__(self) -> None:
        if len(self.wrapped) != WRAPPED_BYTES:
            raise InvalidInput(
                "wrapped-key-malformed", "a wrapped key has 80 bytes", pointer="/wrapped"
            )

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read exactly the members `to_json` writes."""
        if not isinstance(value, dict) or set(value) != {"keyId", "wrapped"}:
            raise InvalidInput("wrapped-key-malformed", "not keyId and wrapped")
        text = value["wrapped"]
        if not isinstance(text, str) or text != text.lower():
            raise InvalidInput("wrapped-key-malformed", "not lower-case hex", pointer="/wrapped")
        try:
            wrapped = bytes.fromhex(text)
        except ValueError:
            raise InvalidInput(
                "wrapped-key-malformed", "not hexadecimal", pointer="/wrapped"
            ) from None
        if len(text) != 2 * len(wrapped):
            raise InvalidInput("wrapped-key-malformed", "not only hex", pointer="/wrapped")
        return cls(Digest.from_hex(value["keyId"]), wrapped)

    def to_json(self) -> dict[str, str]:
        """The wire form."""
        return {"keyId": self.key_id.hex(), "wrapped": self.wrapped.hex()}


def wrap(data_key: DataKey, to: EncryptionKey, message: bytes, leg: bytes = NO_LEG) -> WrappedKey:
    """The data key of that message for the owner of `to`. Raises InvalidInput
    `encryption-key-malformed`."""
    return WrappedKey(to.id, to.seal(data_key.reveal(), _info(message, leg, to.id)))


def unwrap(wrapped: WrappedKey, key: DecryptionKey, message: bytes, leg: bytes = NO_LEG) -> DataKey:
    """The data key. Raises VerificationFailed `wrapped-key-unreadable` where the wrap is of another
    key, message or leg, or was changed."""
    if wrapped.key_id != key.public.id:
        raise VerificationFailed(
            "wrapped-key-unreadable", f"wrapped to the key {wrapped.key_id.hex()}, not to this one"
        )
    try:
        return DataKey(key.open(wrapped.wrapped, _info(message, leg, wrapped.key_id)))
    except (InvalidTag, ValueError, InvalidInput):
        raise VerificationFailed(
            "wrapped-key-unreadable", "this was not wrapped to this key for this message and leg"
        ) from None


def rewrap(
    wrapped: WrappedKey,
    key: DecryptionKey,
    to: EncryptionKey,
    message: bytes,
    leg: bytes = NO_LEG,
) -> WrappedKey:
    """The same data key for the key that takes this one's place. Raises what `unwrap` and `wrap`
    raise."""
    return wrap(unwrap(wrapped, key, message, leg), to, message, leg)


def _info(message: bytes, leg: bytes, key_id: bytes) -> bytes:
    assert len(message) == len(leg) == len(key_id) == 32, "three words"
    return _DOMAIN + message + leg + key_id
