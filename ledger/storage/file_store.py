"""Files by their SHA-256, each written once and never changed.

A file is written beside its place, flushed, moved there and its directory flushed: after a crash it
is there whole or not at all. What is read is hashed again, so a damaged disk is noticed here and
not by a consumer.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from ledger.digest import Digest, sha256
from ledger.errors import Unavailable


class FileStore:
    """One directory of files, `ab/cdef…`. Several processes may use it at once."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, data: bytes) -> Digest:
        """Keep these bytes; durable when this returns. Raises Unavailable `file-unwritable`."""
        digest = sha256(data)
        path = self._path(digest)
        if path.exists():
            return digest
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flush_directory(path.parent.parent)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new.")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(path)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
            flush_directory(path.parent)
        except OSError as error:
            raise Unavailable("file-unwritable", f"{path}: {error.strerror}") from error
        return digest

    def find(self, digest: Digest) -> bytes | None:
        """The bytes, or None. Raises Unavailable `storage-damaged` where they are no longer those
        that were kept."""
        path = self._path(digest)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable("file-unreadable", f"{path}: {error.strerror}") from error
        if hashlib.sha256(data).digest() != digest:
            raise Unavailable("storage-damaged", f"{path} is not what was kept under this name")
        return data

    def _path(self, digest: Digest) -> Path:
        name = digest.hex()
        return self._directory / name[:2] / name[2:]


def flush_directory(directory: Path) -> None:
    """Make what was added to, renamed in or removed from a directory durable."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
