"""The directory of an installation: who owns it, its seed, its small files.

Whoever reads the directory has the keys; it is made for its user alone. Whoever may write it can
stop this installation and can make nothing verify that did not before.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ledger.errors import Misconfigured
from ledger.identity.keystore import Keystore


@contextlib.contextmanager
def own_directory(directory: Path) -> Iterator[None]:
    """Hold the directory as its one all-in-one process; the kernel gives it back should we die.

    Raises Misconfigured `already-running` or `file-unwritable`.
    """
    make_directory(directory)
    try:
        lock = (directory / "lock").open("w")
    except OSError as error:
        raise Misconfigured("file-unwritable", f"{directory}: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Misconfigured(
                "already-running", f"another process runs the installation in {directory}"
            ) from error
        yield


def make_directory(directory: Path) -> None:
    """The directory, for its owner alone when it is made here. Raises Misconfigured."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured("file-unwritable", f"{directory}: {error.strerror}") from error


def make_keystore(path: Path, password_path: Path, password: str | None) -> Keystore:
    """The seed, created at the first start.

    The password of an embedded installation lies beside it, mode 0600: it keeps a copied
    keystore.json closed, not an intruder on this machine out.
    """
    if path.exists():
        return open_keystore(path, password_path, password)
    make_directory(path.parent)
    if password is None:
        if not password_path.exists():
            fresh = secrets.token_urlsafe(32)
            write_file(password_path, fresh.encode() + b"\n", 0o600)
        password = _read_password(password_path)
    return Keystore.create(path, password)


def open_keystore(path: Path, password_path: Path, password: str | None) -> Keystore:
    """The seed of an installation that was founded before.

    Raises Misconfigured `not-initialised`, `keystore-password-missing` and what `Keystore.open`
    raises.
    """
    if not path.exists():
        raise Misconfigured("not-initialised", f"{path.parent} holds no installation")
    return Keystore.open(path, _read_password(password_path) if password is None else password)


def write_file(path: Path, data: bytes, mode: int) -> Path:
    """Write a small file so that a crash leaves the old one or the new one, never half."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise Misconfigured("file-unwritable", f"{path}: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise Misconfigured("file-unwritable", f"{path}: {error.strerror}") from error
    return path


def _read_password(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise Misconfigured(
            "keystore-password-missing", "the keystore is there and its password is not"
        ) from error
    except OSError as error:
        raise Misconfigured("keystore-password-missing", f"{path}: {error.strerror}") from error
