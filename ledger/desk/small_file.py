"""Small files that are written whole or not at all, readable by their owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from ledger.errors import Misconfigured

_MOST_BYTES = 64 * 1024 * 1024


def make_directory(directory: Path) -> None:
    """The directory, for its owner alone where it is made here. Raises Misconfigured."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(directory, error) from error


def write_file(path: Path, data: bytes) -> None:
    """A crash leaves the old file or the new one. Raises Misconfigured `file-unwritable`."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def read_file(path: Path) -> bytes:
    """The bytes, of 64 MiB at most. Raises Misconfigured `file-unreadable`."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise Misconfigured("file-unreadable", f"{path}: {error.strerror}") from error
    if len(data) > _MOST_BYTES:
        raise Misconfigured("file-unreadable", f"{path} is larger than any such file")
    return data


def sync_directory(directory: Path) -> None:
    """Make names in it durable: a rename alone may be lost with the power."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(path: Path, error: OSError) -> Misconfigured:
    return Misconfigured("file-unwritable", f"{path}: {error.strerror or error}")
