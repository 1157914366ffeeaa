"""Signed notes, exactly C2SP signed-note v1.0.0, with Ed25519 keys.

::

    <text, ends in LF>
    <blank line>
    — <key name> base64(key ID [4 bytes] ‖ signature)      one or more such lines

A note without a verified signature of a key we know is worth nothing, so there is no way to get
at its text but through `open_note`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.digest import sha256
from ledger.errors import InvalidInput, VerificationFailed

ED25519 = b"\x01"
"""Signature type identifier byte of Ed25519."""

MAX_NOTE_BYTES = 1_000_000

MAX_SIGNATURES = 100
"""More lines are refused; the specification asks for at least 16."""

_DASH = "\N{EM DASH} "


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A verifier key: a name and an Ed25519 public key (32 bytes).

    Raises InvalidInput `note-key-malformed`.
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise InvalidInput(
                "note-key-malformed", "a key name is not empty and has neither space nor plus"
            )
        if len(self.public) != 32:
            raise InvalidInput("note-key-malformed", "an Ed25519 public key has 32 bytes")

    @property
    def key_id(self) -> bytes:
        """SHA256(name ‖ LF ‖ type ‖ public key)[:4]."""
        return sha256(self.name.encode(), b"\n", ED25519, self.public)[:4]

    @property
    def vkey(self) -> str:
        """`<name>+<key ID in hex>+<base64(type ‖ public key)>`."""
        encoded = base64.b64encode(ED25519 + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read what `vkey` writes."""
        name, _, rest = vkey.partition("+")
        key_id, _, encoded = rest.partition("+")
        data = decode_base64(encoded)
        if data is None or data[:1] != ED25519:
            raise InvalidInput("note-key-malformed", f"not an Ed25519 verifier key: {vkey!r:.120}")
        key = cls(name, data[1:])
        if key.key_id.hex() != key_id:
            raise InvalidInput("note-key-malformed", "the key ID is not that of name and key")
        return key


class NoteSigner:
    """Signs notes with an Ed25519 key."""

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.key = NoteKey(name, private.public_key().public_bytes_raw())

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> Self:
        """The signer whose RFC 8032 private key is this 32-byte seed."""
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, text: str) -> str:
        """The note of this text (which ends in LF) with one signature line.

        Raises InvalidInput `note-malformed` for text that no note can hold.
        """
        if not text.endswith("\n") or _has_control(text):
            raise InvalidInput("note-malformed", "a note's text is whole lines of printable text")
        signature = self._private.sign(text.encode())
        encoded = base64.b64encode(self.key.key_id + signature).decode()
        return f"{text}\n{_DASH}{self.key.name} {encoded}\n"

    def sign_bytes(self, data: bytes) -> bytes:
        """The plain Ed25519 signature over data that is not a note: a COSE structure.

        Whoever got us to sign a note's text this way would hold a note we never meant to sign.
        """
        assert data[:1] >= b"\x80", "begins as no UTF-8 text does"
        return self._private.sign(data)


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line, verified or not."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note that at least one known key has signed.

    `signers` are the keys that verified; `others` are the lines of keys we do not know.
    """

    text: str
    signers: tuple[NoteKey, ...]
    others: tuple[NoteSignature, ...]


def open_note(data: bytes | str, keys: Iterable[NoteKey]) -> OpenedNote:
    """Parse strictly and verify every signature of a known key.

    Raises InvalidInput `note-malformed`; VerificationFailed `note-signature-invalid` when a known
    key's signature does not verify, `note-unsigned` when no known key signed.
    """
    text, lines = _split_note(data)
    known = {(key.name, key.key_id): key for key in keys}
    signers: dict[tuple[str, bytes], NoteKey] = {}
    others: list[NoteSignature] = []
    for line in lines:
        key = known.get((line.name, line.key_id))
        if key is None:
            others.append(line)
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(line.signature, text.encode())
        except (InvalidSignature, ValueError) as error:
            raise VerificationFailed(
                "note-signature-invalid", f"the signature of {key.name} does not verify"
            ) from error
        signers[key.name, key.key_id] = key
    if not signers:
        raise VerificationFailed("note-unsigned", "no known key has signed this note")
    return OpenedNote(text, tuple(signers.values()), tuple(others))


def is_key_name(name: str) -> bool:
    """Whether a key may be called so: not empty, no Unicode space, no plus, no control."""
    return (
        bool(name)
        and "+" not in name
        and not any(char.isspace() for char in name)
        and not _has_control(name)
    )


def decode_base64(text: str) -> bytes | None:
    """Standard base64 with padding, in its one canonical spelling; None for anything else."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def _split_note(data: bytes | str) -> tuple[str, list[NoteSignature]]:
    try:
        note = data.decode() if isinstance(data, bytes) else data
        length = len(note.encode())
    except UnicodeError as error:
        raise InvalidInput("note-malformed", "a note is UTF-8") from error
    if length > MAX_NOTE_BYTES:
        raise InvalidInput("note-malformed", f"a note has at most {MAX_NOTE_BYTES} bytes")
    # The last blank line divides: text may hold blank lines, signature lines may not.
    before, blank, block = note.rpartition("\n\n")
    if not blank or not block.endswith("\n") or _has_control(note):
        raise InvalidInput("note-malformed", "not text, a blank line and signature lines")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise InvalidInput("note-malformed", f"a note has at most {MAX_SIGNATURES} signatures")
    return before + "\n", [_parse_line(line) for line in lines]


def _parse_line(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    data = decode_base64(encoded)
    if not line.startswith(_DASH) or not is_key_name(name) or data is None or len(data) < 5:
        raise InvalidInput("note-malformed", f"not a signature line: {line!r:.120}")
    return NoteSignature(name, data[:4], data[4:])


def _has_control(text: str) -> bool:
    return any(char < " " and char != "\n" for char in text)
