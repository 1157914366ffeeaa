"""The keystore: whole or absent, private, and useless without its password."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Misconfigured
from ledger.identity.keystore import SCRYPT_N, Keystore

CHEAP = 2**10
PASSWORD = "mật khẩu của nhà vận hành"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keystore.json"


def test_keystore_opened_again_derives_same_keys(path: Path) -> None:
    made = Keystore.create(path, PASSWORD, CHEAP)
    opened = Keystore.open(path, PASSWORD)
    for name in ("chain/publisher", "chain/admin", "org/" + "ab" * 32 + "/0"):
        assert opened.derive(name).address == made.derive(name).address
    assert opened.derive_seed("log/ed25519") == made.derive_seed("log/ed25519")


def test_keystore_default_cost_is_recorded(path: Path) -> None:
    Keystore.create(path, PASSWORD)
    kdf = json.loads(path.read_bytes())["kdf"]
    assert SCRYPT_N == 2**15
    assert (kdf["name"], kdf["n"], kdf["r"], kdf["p"]) == ("scrypt", 2**15, 8, 1)
    Keystore.open(path, PASSWORD)


def test_derive_of_fixed_seed_is_fixed() -> None:
    """These must never change: a changed derivation loses every custodial key."""
    keystore = Keystore(bytes(range(32)))
    assert (
        keystore.derive("chain/publisher").address == "0xcB21758dE958e8c8354E3a11D3e6b11DDF7BecfA"
    )
    assert (
        keystore.derive_seed("log/ed25519").hex()
        == "fbff9387baf5269cafa2563cdb23a82ed9d61aea68e5e8ee07ddca08cccd4f17"
    )


def test_derive_each_path_gives_its_own_key() -> None:
    keystore = Keystore(bytes(32))
    secrets = {keystore.derive(f"org/{n}/0").reveal() for n in range(20)}
    secrets |= {keystore.derive_seed(f"org/{n}/0") for n in range(20)}
    assert len(secrets) == 40
    assert Keystore(b"\x01" * 32).derive("org/0/0").reveal() not in secrets


def test_create_file_is_readable_by_owner_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        Keystore.create(path, PASSWORD, CHEAP)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_create_over_existing_file_is_refused(path: Path) -> None:
    first = Keystore.create(path, PASSWORD, CHEAP)
    with pytest.raises(Misconfigured) as refused:
        Keystore.create(path, PASSWORD, CHEAP)
    assert refused.value.code == "keystore-exists"
    assert Keystore.open(path, PASSWORD).derive("a").address == first.derive("a").address
    assert list(path.parent.iterdir()) == [path]


def test_create_in_missing_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as refused:
        Keystore.create(tmp_path / "absent" / "keystore.json", PASSWORD, CHEAP)
    assert refused.value.code == "keystore-unwritable"


def test_create_interrupted_before_the_link_leaves_no_keystore(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(Misconfigured) as refused:
            Keystore.create(path, PASSWORD, CHEAP)
    assert refused.value.code == "keystore-unwritable"
    assert list(path.parent.iterdir()) == []
    Keystore.create(path, PASSWORD, CHEAP)


def test_open_missing_file_says_so(path: Path) -> None:
    with pytest.raises(Misconfigured) as refused:
        Keystore.open(path, PASSWORD)
    assert refused.value.code == "keystore-missing"


@pytest.mark.parametrize("password", ["", PASSWORD + " ", PASSWORD.upper()])
def test_open_with_other_password_is_refused(path: Path, password: str) -> None:
    Keystore.create(path, PASSWORD, CHEAP)
    with pytest.raises(Misconfigured) as refused:
        Keystore.open(path, password)
    assert refused.value.code == "keystore-password-wrong"
    assert PASSWORD not in str(refused.value)


def _change(path: Path, *steps: str, to: Any) -> None:
    value = json.loads(path.read_bytes())
    at = value
    for step in steps[:-1]:
        at = at[step]
    at[steps[-1]] = to
    path.write_text(json.dumps(value))


@pytest.mark.parametrize(
    ("steps", "to"),
    [
        (("v",), 2),
        (("type",), "other"),
        (("more",), 1),
        (("kdf", "name"), "pbkdf2"),
        (("kdf", "n"), 2**9),
        (("kdf", "n"), 2**21),
        (("kdf", "n"), 1025),
        (("kdf", "n"), 1024.0),
        (("kdf", "n"), "1024"),
        (("kdf", "n"), True),
        (("kdf", "r"), 1),
        (("kdf", "p"), 2),
        (("kdf", "salt"), "00"),
        (("kdf", "salt"), 5),
        (("kdf",), "scrypt"),
        (("kdf", "more"), 1),
        (("cipher", "name"), "aes-128-gcm"),
        (("cipher", "nonce"), "zz"),
        (("cipher", "nonce"), "00"),
        (("ciphertext",), "00"),
        (("ciphertext",), None),
    ],
)
def test_open_changed_file_is_malformed(path: Path, steps: tuple[str, ...], to: Any) -> None:
    Keystore.create(path, PASSWORD, CHEAP)
    _change(path, *steps, to=to)
    with pytest.raises(Misconfigured) as refused:
        Keystore.open(path, PASSWORD)
    assert refused.value.code == "keystore-malformed"


@pytest.mark.parametrize(
    ("steps", "to"),
    [
        (("kdf", "n"), 2**11),
        (("kdf", "salt"), "00" * 16),
        (("cipher", "nonce"), "00" * 12),
        (("ciphertext",), "00" * 48),
    ],
)
def test_open_authenticates_every_parameter(path: Path, steps: tuple[str, ...], to: Any) -> None:
    Keystore.create(path, PASSWORD, CHEAP)
    _change(path, *steps, to=to)
    with pytest.raises(Misconfigured) as refused:
        Keystore.open(path, PASSWORD)
    assert refused.value.code == "keystore-password-wrong"


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{", b"{}", b"\xff", b" " * 5000])
def test_open_other_file_is_malformed(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(Misconfigured) as refused:
        Keystore.open(path, PASSWORD)
    assert refused.value.code == "keystore-malformed"


def test_keystore_does_not_show_its_seed(path: Path) -> None:
    keystore = Keystore(b"\x5e" * 32)
    assert "5e5e" not in repr(keystore)
    assert "^^" not in repr(keystore)
