"""The directory of an installation: one owner, small files whole, the seed and its password."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.errors import LedgerError, Misconfigured
from ledger.services.installation import (
    make_directory,
    make_keystore,
    open_keystore,
    own_directory,
    write_file,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_own_directory_made_for_its_owner_alone(tmp_path: Path) -> None:
    with own_directory(tmp_path / "a" / "b"):
        assert mode(tmp_path / "a" / "b") == 0o700


def test_own_directory_of_another_process_refused_until_it_ends(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from ledger.services.installation import *\n"
        "with own_directory(Path(sys.argv[1])): print('mine', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "mine\n"
    with pytest.raises(Misconfigured) as caught, own_directory(tmp_path):
        pass
    assert caught.value.code == "already-running"
    other.kill()
    other.communicate()
    with own_directory(tmp_path):
        pass


def test_make_directory_below_a_file_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured) as caught:
        make_directory(tmp_path / "file" / "x")
    assert caught.value.code == "file-unwritable"


def test_write_file_has_its_mode_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "key"
    old_mask = os.umask(0)
    try:
        write_file(path, b"first", 0o600)
        write_file(path, b"second", 0o600)
    finally:
        os.umask(old_mask)
    assert (path.read_bytes(), mode(path)) == (b"second", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_write_file_that_cannot_replace_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    with pytest.raises(Misconfigured) as caught:
        write_file(tmp_path / "key", b"x", 0o600)
    assert caught.value.code == "file-unwritable"
    assert list(tmp_path.iterdir()) == [tmp_path / "key"]


def test_keystore_made_once_with_a_password_of_its_own(tmp_path: Path) -> None:
    path, password = tmp_path / "keystore.json", tmp_path / "keystore.password"
    made = make_keystore(path, password, None)
    assert mode(password) == 0o600
    assert len(password.read_text().strip()) >= 32
    again = make_keystore(path, password, None)
    assert made.derive("org/1").address == again.derive("org/1").address
    assert (
        open_keystore(path, password, None).derive("org/1").address == again.derive("org/1").address
    )


def test_keystore_interrupted_between_password_and_seed_uses_the_password(tmp_path: Path) -> None:
    path, password = tmp_path / "keystore.json", tmp_path / "keystore.password"
    password.write_text("written before the crash\n")
    make_keystore(path, password, None)
    open_keystore(path, password, "written before the crash")


def test_keystore_with_given_password_writes_none(tmp_path: Path) -> None:
    path, password = tmp_path / "keystore.json", tmp_path / "keystore.password"
    make_keystore(path, password, "from a secret store")
    assert not password.exists()
    with pytest.raises(Misconfigured) as caught:
        open_keystore(path, password, None)
    assert caught.value.code == "keystore-password-missing"
    with pytest.raises(LedgerError) as wrong:
        open_keystore(path, password, "another")
    assert wrong.value.code == "keystore-password-wrong"


def test_open_keystore_where_there_is_none_makes_none(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        open_keystore(tmp_path / "keystore.json", tmp_path / "keystore.password", "x")
    assert caught.value.code == "not-initialised"
    assert list(tmp_path.iterdir()) == []
