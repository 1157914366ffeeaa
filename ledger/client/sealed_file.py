"""A file sealed for sending, once: what is sent again after a crash is the same bytes.

Encrypting a file twice under one key and salt would be harmless only while nobody changes it; so
the ciphertext is written beside, with a note of what it is, and sent from there until it arrived.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ledger.client.spool import (
    Progress,
    partial_of,
    say_nothing,
    told,
    written,
)
from ledger.digest import Digest
from ledger.envelope.content import PART, Layout, open_content, seal_content
from ledger.envelope.data_key import DataKey
from ledger.errors import Unavailable, VerificationFailed

_NOTE = ".json"


@dataclass(frozen=True, slots=True)
class SealedFile:
    """Ciphertext in a file. `size` and `digest` are of the plaintext, `blob` and `blob_size` of the
    ciphertext: what a part of a manifest names."""

    path: Path
    size: int
    digest: Digest
    blob: Digest
    blob_size: int

    def discard(self) -> None:
        """Let go of it, once it has arrived or is not to be sent."""
        for path in (partial_of(self.path, _NOTE), self.path):
            path.unlink(missing_ok=True)


def seal_file(
    source: Path, data_key: DataKey, path: Path, progress: Progress = say_nothing
) -> SealedFile:
    """The sealed file at `path`: made now, or found as an earlier call with this key left it.

    Whoever begins anew with a changed source discards the old one first. Raises VerificationFailed
    `envelope-damaged` where what lies at `path` was sealed under another key, Unavailable
    `file-unwritable`.
    """
    found = _find(path)
    if found is not None:
        with told(path), path.open("rb") as file:
            next(open_content(data_key, PART, file))
        return found
    plain, sealed, done = hashlib.sha256(), hashlib.sha256(), 0
    with told(source), source.open("rb") as file, written(path) as target:
        total = source.stat().st_size
        for piece in seal_content(data_key, PART, _Hashed(file, plain)):
            target.write(piece)
            sealed.update(piece)
            done += len(piece)
            progress(min(file.tell(), total), total)
        size = file.tell()
    made = SealedFile(path, size, Digest(plain.digest()), Digest(sealed.digest()), done)
    # A crash before this note leaves a ciphertext that nothing knows of: it is made anew.
    with written(partial_of(path, _NOTE)) as note:
        note.write(json.dumps(_to_json(made)).encode())
    return made


def open_file(
    sealed: Path,
    data_key: DataKey,
    path: Path,
    *,
    size: int,
    digest: Digest,
    progress: Progress = say_nothing,
) -> None:
    """The plaintext of a part at `path`, which is there only if it is what the manifest names.

    Raises InvalidInput `envelope-malformed`, VerificationFailed `envelope-damaged` or
    `content-digest-mismatch`, Unavailable `file-unwritable`.
    """
    state, done = hashlib.sha256(), 0
    with told(path), sealed.open("rb") as file, written(path) as target:
        for piece in open_content(data_key, PART, file):
            state.update(piece)
            target.write(piece)
            done += len(piece)
            progress(done, size)
        if (done, state.digest()) != (size, digest):
            raise VerificationFailed(
                "content-digest-mismatch", f"{done} bytes that are not what the manifest names"
            )


class _Hashed:
    """Reads through to a file, hashing."""

    def __init__(self, file: BinaryIO, state: hashlib._Hash) -> None:
        self._file = file
        self._state = state

    def read(self, size: int) -> bytes:
        piece = self._file.read(size)
        self._state.update(piece)
        return piece


def _find(path: Path) -> SealedFile | None:
    try:
        told_before = json.loads(partial_of(path, _NOTE).read_bytes())
        found = SealedFile(
            path,
            int(told_before["size"]),
            Digest.from_hex(told_before["digest"]),
            Digest.from_hex(told_before["blob"]),
            int(told_before["blobSize"]),
        )
        whole = path.stat().st_size == found.blob_size == Layout(found.size).blob_size
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unavailable("file-unreadable", f"{path}: {error}") from error
    return found if whole else None


def _to_json(made: SealedFile) -> dict[str, Any]:
    return {
        "size": made.size,
        "digest": made.digest.hex(),
        "blob": made.blob.hex(),
        "blobSize": made.blob_size,
    }
