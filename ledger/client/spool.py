"""Files of a transfer: each gets its name when it is whole and flushed, never before."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from ledger.digest import Digest
from ledger.errors import Unavailable

Progress = Callable[[int, int], None]
"""Told now and then: bytes done, bytes in all."""

PIECE_BYTES = 1024 * 1024


def say_nothing(_done: int, _all: int) -> None:
    """Nobody wants to know."""


@contextlib.contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A new file at `path.new` that becomes `path` when the block ends without an error; durable
    then. Raises Unavailable `file-unwritable`."""
    fresh = partial_of(path, ".new")
    with told(path):
        handle = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            yield file
            settle(file, fresh, path)


def settle(file: BinaryIO, fresh: Path, path: Path) -> None:
    """Flush the open file and give it its name."""
    file.flush()
    os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def partial_of(path: Path, ending: str) -> Path:
    """The name beside it while it is not whole."""
    return path.with_name(path.name + ending)


def hash_file(file: BinaryIO) -> Digest:
    """SHA-256 from here to the end."""
    state = hashlib.sha256()
    while piece := file.read(PIECE_BYTES):
        state.update(piece)
    return Digest(state.digest())


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """What the operating system refuses, in our words."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            "file-unwritable", f"{error.filename or path}: {error.strerror or error}"
        ) from error
