"""Documents as files, each under the SHA-256 of its bytes.

A name says what is in the file, so a file that is there is whole: it is written beside, synced and
then renamed. What a crash leaves beside is thrown away at the next start.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ledger.desk.small_file import make_directory, sync_directory
from ledger.digest import Digest
from ledger.errors import NotFound, VerificationFailed

_PIECE = 1024 * 1024
_NAME = re.compile(r"[0-9a-f]{64}")


class Kept(NamedTuple):
    """A file that is kept. `size` in bytes."""

    digest: Digest
    size: int


class ContentFolder:
    """One folder of such files."""

    def __init__(self, path: Path) -> None:
        self._path = path
        make_directory(path)

    def keep(self, pieces: Iterable[bytes], expected: Digest | None = None) -> Kept:
        """Keep what the pieces make up; the memory of one piece is enough. Raises
        VerificationFailed `desk-content-differs` where it is not what was expected: then nothing
        is kept."""
        beside = self._path / f".{secrets.token_hex(16)}"
        state, size = hashlib.sha256(), 0
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    state.update(piece)
                    size += len(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            digest = Digest(state.digest())
            if expected is not None and digest != expected:
                raise VerificationFailed(
                    "desk-content-differs", f"the content is {digest.hex()}, not {expected.hex()}"
                )
            beside.replace(self.path_of(digest))
            sync_directory(self._path)
        finally:
            beside.unlink(missing_ok=True)
        return Kept(digest, size)

    def keep_file(self, source: Path) -> Kept:
        """Keep a copy of that file."""
        with source.open("rb") as file:
            return self.keep(_pieces(file))

    def has(self, digest: bytes) -> bool:
        """Whether it is kept."""
        return self.path_of(digest).exists()

    def path_of(self, digest: bytes) -> Path:
        """Where it is, or would be."""
        return self._path / digest.hex()

    def get(self, digest: bytes) -> Path:
        """Where it is. Raises NotFound `desk-content-missing`."""
        path = self.path_of(digest)
        if not path.exists():
            raise NotFound("desk-content-missing", f"no content {digest.hex()} is kept here")
        return path

    def remove(self, digest: bytes) -> None:
        """Destroy it: overwritten, then removed. On storage that writes elsewhere on purpose (SSD,
        copy-on-write) that is a good intention, which is why the disk should be encrypted."""
        path = self.path_of(digest)
        try:
            with path.open("r+b") as file:
                left = file.seek(0, os.SEEK_END)
                file.seek(0)
                while left > 0:
                    left -= file.write(bytes(min(_PIECE, left)))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        except FileNotFoundError:
            return
        sync_directory(self._path)

    def list(self) -> Sequence[Digest]:
        """Everything that is kept whole, in no order."""
        names = [path.name for path in self._path.iterdir()]
        return [Digest.from_hex(name) for name in names if _NAME.fullmatch(name)]

    def clear_leftovers(self) -> None:
        """Throw away what was never finished."""
        for path in self._path.glob(".*"):
            path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Throw everything away, plainly: for what is encrypted."""
        for path in self._path.iterdir():
            path.unlink(missing_ok=True)


def digest_of_file(path: Path) -> Digest:
    """SHA-256 of a file anywhere."""
    state = hashlib.sha256()
    with path.open("rb") as file:
        for piece in _pieces(file):
            state.update(piece)
    return Digest(state.digest())


def safe_name(name: str, part_id: str) -> str:
    """A name for a file of this folder, of what a stranger called it: no path, nothing hidden."""
    kept = "".join(char for char in name if char.isprintable() and char not in '/\\:*?"<>|')
    return kept.strip(" .")[:150] or part_id


def _pieces(file: BinaryIO) -> Iterable[bytes]:
    while piece := file.read(_PIECE):
        yield piece
