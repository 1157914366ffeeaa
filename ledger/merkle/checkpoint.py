"""Checkpoints, exactly C2SP tlog-checkpoint v1.0.0: a tree head as the text of a signed note.

::

    <origin>
    <size, decimal, no leading zero>
    <base64 of the root>
    [extension lines: read and kept, never written by us]
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from ledger.digest import DIGEST_BYTES, Digest, sha256
from ledger.errors import InvalidInput, VerificationFailed
from ledger.merkle.hashes import SIZE_LIMIT
from ledger.merkle.note import NoteKey, NoteSigner, decode_base64, open_note

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The claim that the log `origin` has this root at this size.

    Raises InvalidInput `checkpoint-malformed`.
    """

    origin: str
    size: int
    root: Digest
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lines = (self.origin, *self.extensions)
        if any(not line or any(char < " " for char in line) for line in lines):
            raise InvalidInput("checkpoint-malformed", "origin or extension is not a line of text")
        if not 0 <= self.size < SIZE_LIMIT:
            raise InvalidInput("checkpoint-malformed", "a size is from 0 to 2^63-1")

    def text(self) -> str:
        """The note text."""
        root = base64.b64encode(self.root).decode()
        return "".join(
            f"{line}\n" for line in (self.origin, str(self.size), root, *self.extensions)
        )


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a note text. Raises InvalidInput `checkpoint-malformed`."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() != "":
        raise InvalidInput("checkpoint-malformed", "not at least three lines")
    origin, size, encoded, *extensions = lines
    root = decode_base64(encoded)
    if _SIZE.fullmatch(size) is None:
        raise InvalidInput("checkpoint-malformed", "the size is not a plain decimal number")
    if root is None or len(root) != DIGEST_BYTES:
        raise InvalidInput("checkpoint-malformed", "the root is not base64 of 32 bytes")
    return Checkpoint(origin, int(size), Digest(root), tuple(extensions))


def sign_checkpoint(checkpoint: Checkpoint, signer: NoteSigner) -> str:
    """The signed note of a checkpoint of ours, which has no extension lines."""
    assert not checkpoint.extensions, "extension lines cannot be audited: we write none"
    return signer.sign(checkpoint.text())


def check_checkpoint(note: bytes | str, key: NoteKey, origin: str | None = None) -> Checkpoint:
    """The checkpoint of that origin (by default the key's name), signed by the key.

    Raises InvalidInput as `open_note` and `parse_checkpoint` do; VerificationFailed as
    `open_note` does, or `checkpoint-origin-foreign` for another log's checkpoint.
    """
    checkpoint = parse_checkpoint(open_note(note, [key]).text)
    expected = key.name if origin is None else origin
    if checkpoint.origin != expected:
        raise VerificationFailed(
            "checkpoint-origin-foreign",
            f"a checkpoint of {checkpoint.origin!r:.120}, not of {expected!r:.120}",
        )
    return checkpoint


def log_id(origin: str) -> Digest:
    """The log's name on chain: SHA256 of the origin in UTF-8."""
    return sha256(origin.encode())
