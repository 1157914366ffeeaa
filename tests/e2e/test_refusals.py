"""What keeps the product from starting or working, each really brought about."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.installation import PROVENANCE, Done, Installation, environment, provenance

pytestmark = [pytest.mark.chain, pytest.mark.slow]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation made by `init`, not running."""
    data = tmp_path_factory.mktemp("founded") / "data"
    done = provenance("init", "--data", str(data), "--json")
    assert done.code == 0, done.err
    assert set(done.json) == {"operator", "origin", "admin_key_file", "trust_file"}
    return data


@pytest.fixture
def copied(founded: Path, tmp_path: Path) -> Path:
    """One to be damaged."""
    return Path(shutil.copytree(founded, tmp_path / "data"))


def up(data: Path, *options: str, **settings: str) -> Done:
    return provenance("up", "--data", str(data), "--port", "0", "--json", *options, **settings)


def refused(done: Done, code: int, word: str) -> str:
    assert (done.code, done.json["error"]) == (code, word), done.err
    return done.error


def test_init_again_changes_nothing(founded: Path) -> None:
    before = (founded / "admin.key").read_bytes(), (founded / "keystore.json").read_bytes()
    done = provenance("init", "--data", str(founded), "--json")
    assert done.code == 0, done.err
    assert before == (
        (founded / "admin.key").read_bytes(),
        (founded / "keystore.json").read_bytes(),
    )
    assert not (founded / "lock").read_bytes()
    assert Installation(founded).children() == []


def test_up_wrong_keystore_password_refused(founded: Path) -> None:
    done = up(founded, PROVENANCE_KEYSTORE_PASSWORD="not this one")
    refused(done, 2, "keystore-password-wrong")


def test_up_keystore_password_gone_refused(copied: Path) -> None:
    (copied / "keystore.password").unlink()
    refused(up(copied), 2, "keystore-password-missing")


def test_up_damaged_keystore_refused(copied: Path) -> None:
    (copied / "keystore.json").write_text("{")
    refused(up(copied), 2, "keystore-malformed")


def test_up_damaged_database_could_not_be_read(copied: Path) -> None:
    for path in copied.glob("ledger.sqlite3*"):
        path.unlink()
    (copied / "ledger.sqlite3").write_bytes(os.urandom(8192))
    refused(up(copied), 3, "storage-damaged")


def test_up_database_of_a_newer_version_refused(copied: Path) -> None:
    import sqlite3

    with sqlite3.connect(copied / "ledger.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    refused(up(copied), 2, "schema-newer")


def test_up_unreachable_database_is_told_as_such(tmp_path: Path) -> None:
    done = up(tmp_path / "data", "--database", "postgresql://nobody@127.0.0.1:1/none")
    assert "127.0.0.1" in refused(done, 3, "storage-unavailable")


def test_up_unreachable_chain_is_told_as_such(tmp_path: Path) -> None:
    done = up(tmp_path / "data", PROVENANCE_RPC_URLS='["http://127.0.0.1:1"]')
    assert "http://127.0.0.1:1" in refused(done, 3, "chain-unavailable")


def test_up_setting_out_of_range_refused(tmp_path: Path) -> None:
    done = up(tmp_path / "data", PROVENANCE_BLOCK_PERIOD="0")
    assert "PROVENANCE_BLOCK_PERIOD" in refused(done, 2, "settings-invalid")


def test_up_address_of_another_machine_refused(tmp_path: Path) -> None:
    refused(up(tmp_path / "data", "--host", "203.0.113.7"), 2, "listening-refused")


@pytest.mark.parametrize("name", ["/proc/nowhere", "file"])
def test_up_data_directory_that_cannot_be_made_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    refused(up(tmp_path / name), 2, "file-unwritable")


def test_org_without_installation_refused_and_makes_none(tmp_path: Path) -> None:
    done = provenance("org", "list", "--data", str(tmp_path / "none"), "--json")
    refused(done, 2, "not-initialised")
    assert not (tmp_path / "none").exists()


def test_audit_without_its_chain_is_neither_clean_nor_a_finding(founded: Path) -> None:
    done = provenance("audit", "--data", str(founded), "--json")
    assert done.code == 3
    report = done.json
    assert report["findings"] == []
    assert "chain" in report["unchecked"][0]
    assert report["clean"] is False


def test_up_chain_binary_missing_refused(tmp_path: Path) -> None:
    for room in ("ledger", "api"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / room, tmp_path / "tree" / room, ignore=ignore)
    code = "import sys; sys.path.insert(0, '.'); from ledger.cli.main import run; run()"
    done = subprocess.run(
        [sys.executable, "-c", code, "up", "--data", str(tmp_path / "data"), "--port", "0"],
        cwd=tmp_path / "tree",
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    (error,) = [line for line in done.stderr.splitlines() if not line.startswith("✓")]
    assert error.startswith("provenance: anvil is not installed")
    assert "[engine-binary-missing]" in error


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a file system: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("room", [0, 16 * 1024, 400 * 1024])
def test_up_full_disk_refused(small_disk: Path, room: int) -> None:
    free = shutil.disk_usage(small_disk).free
    (small_disk / "other").write_bytes(bytes(free - room))
    done = up(small_disk / "data")
    assert done.code in (2, 3)
    assert done.json["error"] in (
        "file-unwritable", "keystore-unwritable", "storage-full", "engine-start-failed",
    )  # fmt: skip
    assert done.error
    assert Installation(small_disk / "data").children() == []


@pytest.mark.parametrize("arguments", [("--port", "99999"), ("--nonsense",)])
def test_up_bad_usage(arguments: tuple[str, ...]) -> None:
    done = provenance("up", *arguments)
    assert done.code == 2
    assert "Traceback" not in done.err


def old_pythons() -> list[str]:
    """Interpreters too old for us, where a version manager has some."""
    found = [path for path in Path.home().glob(".pyenv/versions/*/bin/python") if path.exists()]
    names = {str(path): path.parts[-3].split(".") for path in found}
    return sorted(path for path, parts in names.items() if [int(parts[0]), int(parts[1])] < [3, 11])


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`make` as a newcomer types it, also when these tests were started by make themselves."""
    inside = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS")
    return subprocess.run(
        ["make", "-s", "install", *arguments],
        cwd=ROOT,
        env={name: value for name, value in environment().items() if name not in inside},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("python", ["/nonexistent/python", "false", *old_pythons()])
def test_make_with_python_too_old_or_missing_is_one_line(python: str) -> None:
    done = make(f"PYTHON={python}")
    assert done.returncode == 2
    ours = [line for line in done.stderr.splitlines() if not line.startswith("make: ")]
    assert len(ours) == 1, done.stderr
    assert ours[0].startswith("setup: Python 3.11 or newer is needed")


def test_bootstrap_refuses_an_old_python_itself() -> None:
    code = (
        "import sys, runpy; sys.version_info = (3, 10, 4, 'final', 0); sys.argv = ['bootstrap.py'];"
        "runpy.run_path('scripts/bootstrap.py', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == "setup: Python 3.11 or newer is needed, this is 3.10.4.\n"


def test_command_output_cut_short_by_its_reader_is_no_error(founded: Path) -> None:
    command = f"{PROVENANCE} org list --data {founded} | true"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
