"""Blobs in a folder: `ab/cdef…` by their SHA-256, and `uploads/<id>/` while they come in.

::

    uploads/<id>/data   the bytes, each chunk in its place
    uploads/<id>/<n>    an empty file: chunk n is flushed to the disk

The mark is made after the data are flushed, so what a crash leaves unmarked is sent again. A blob
is hashed where it lies and moved to its name in one step; nobody writes to it in between, because
whoever writes holds a lock that whoever completes waits for.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ledger.digest import Digest
from ledger.errors import Conflict, Unavailable, VerificationFailed
from ledger.storage.blob_store import CHUNK_BYTES, PIECE_BYTES, chunks_of
from ledger.storage.file_store import flush_directory

_ATTEMPTS = 5


class BlobFolder:
    """A `BlobStore` in one directory, which machines may share."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put_chunk(self, upload: str, number: int, data: bytes) -> None:
        """See BlobStore."""
        folder = self._upload(upload)
        with _told(folder):
            if not folder.exists():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                flush_directory(folder.parent)
            with _locked(folder / "data", fcntl.LOCK_SH) as handle:
                _write_at(handle, data, number * CHUNK_BYTES)
                os.fdatasync(handle)
                mark = os.open(folder / str(number), os.O_CREAT | os.O_WRONLY, 0o600)
                os.close(mark)
                flush_directory(folder)

    def chunks(self, upload: str) -> frozenset[int]:
        """See BlobStore."""
        folder = self._upload(upload)
        with _told(folder):
            try:
                return frozenset(int(name) for name in os.listdir(folder) if name.isdigit())
            except FileNotFoundError:
                return frozenset()

    def complete(self, upload: str, digest: Digest, size: int) -> None:
        """See BlobStore."""
        folder, path = self._upload(upload), self._path(digest)
        with _told(folder):
            if path.exists():
                self.discard(upload)
                return
            if self.chunks(upload) != frozenset(range(chunks_of(size))):
                raise Conflict("upload-incomplete", "not every chunk has been handed in")
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flush_directory(path.parent.parent)
            with _locked(folder / "data", fcntl.LOCK_EX) as handle:
                if not _is_hashed_to(handle, digest, size):
                    self.discard(upload)
                    raise VerificationFailed(
                        "blob-digest-mismatch", f"what was handed in is not {digest.hex()}"
                    )
                # Before this line a crash leaves the upload, after it the blob.
                (folder / "data").rename(path)
                flush_directory(path.parent)
            self.discard(upload)

    def discard(self, upload: str) -> None:
        """See BlobStore."""
        folder = self._upload(upload)
        with _told(folder):
            for _ in range(_ATTEMPTS):
                try:
                    shutil.rmtree(folder)
                except FileNotFoundError:
                    if not folder.exists():
                        return
                except OSError as error:  # somebody is still writing into it
                    if error.errno != errno.ENOTEMPTY:
                        raise

    def size(self, digest: Digest) -> int | None:
        """See BlobStore."""
        path = self._path(digest)
        with _told(path):
            try:
                return path.stat().st_size
            except FileNotFoundError:
                return None

    def read(self, digest: Digest, start: int, length: int) -> Iterator[bytes]:
        """See BlobStore."""
        path = self._path(digest)
        with _told(path), path.open("rb") as file:
            file.seek(start)
            while length > 0:
                piece = file.read(min(length, PIECE_BYTES))
                if not piece:
                    raise Unavailable("storage-damaged", f"{path} is shorter than it was")
                length -= len(piece)
                yield piece

    def delete(self, digest: Digest) -> None:
        """See BlobStore."""
        path = self._path(digest)
        with _told(path):
            try:
                path.unlink()
            except FileNotFoundError:
                return
            flush_directory(path.parent)

    def _path(self, digest: Digest) -> Path:
        name = digest.hex()
        return self._directory / name[:2] / name[2:]

    def _upload(self, upload: str) -> Path:
        assert upload.isalnum(), "names of uploads are ours"
        return self._directory / "uploads" / upload


@contextlib.contextmanager
def _locked(path: Path, how: int) -> Iterator[int]:
    """The file under a lock, made if need be; the kernel gives the lock back should we die."""
    while True:
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, how)
            if _is_at(path, handle):
                yield handle
                return
            # It was completed while we waited, and is no longer ours to write to.
        finally:
            os.close(handle)


def _is_at(path: Path, handle: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(handle).st_ino
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the operating system refuses, in our words."""
    try:
        yield
    except FileNotFoundError as error:
        raise Unavailable("file-unreadable", f"{path} was removed meanwhile") from error
    except OSError as error:
        raise Unavailable("file-unwritable", f"{path}: {error.strerror}") from error


def _write_at(handle: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(handle, view, offset)
        view, offset = view[written:], offset + written


def _is_hashed_to(handle: int, digest: Digest, size: int) -> bool:
    state, at = hashlib.sha256(), 0
    while piece := os.pread(handle, PIECE_BYTES, at):
        state.update(piece)
        at += len(piece)
    return at == size and state.digest() == digest
