"""The file store: whole or not at all, and never other bytes than asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ledger.digest import sha256
from ledger.errors import Unavailable
from ledger.storage.file_store import FileStore


def test_file_is_found_by_its_digest(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "files")
    digest = store.put(b"photo")
    assert digest == sha256(b"photo")
    assert store.put(b"photo") == digest
    assert FileStore(tmp_path / "files").find(digest) == b"photo"
    assert store.find(sha256(b"other")) is None
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [digest.hex()[2:]]


def test_damaged_file_is_never_given_out(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    digest = store.put(b"photo")
    (path,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    path.write_bytes(b"ph0to")
    with pytest.raises(Unavailable) as caught:
        store.find(digest)
    assert caught.value.code == "storage-damaged"


def test_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(tmp_path)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(Unavailable):
            store.put(b"photo")
    assert store.find(sha256(b"photo")) is None
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert store.find(store.put(b"photo")) == b"photo"
