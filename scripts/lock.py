"""Resolve pyproject.toml into the hash-locked requirement sets; `--check` only compares.

    python scripts/lock.py [--check] [--upgrade]

`requirements/run.txt` is what running needs, `requirements/test.txt` adds what the tests need.
Both are universal: one file for every supported Python and platform. Extras stay in the lines: for
`coverage[toml]` a pip of 2023 takes the newest release, not the one pinned as `coverage`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = "setuptools>=77\n"
"""Builds the editable install without reaching for anything that is not locked."""

SETS = {"run.txt": (), "test.txt": ("--extra", "test")}


def main() -> int:
    """Write or compare both sets; 1 when a committed set is stale."""
    check = "--check" in sys.argv[1:]
    upgrade = ["--upgrade"] if "--upgrade" in sys.argv[1:] else []
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        print("lock: uv is not installed (pip install uv)")
        return 2
    stale = []
    with tempfile.TemporaryDirectory() as folder:
        build = Path(folder, "build.in")
        build.write_text(BUILD)
        for name, extra in SETS.items():
            committed = ROOT / "requirements" / name
            output = Path(folder, name) if check else committed
            if check and committed.exists():
                output.write_bytes(committed.read_bytes())
            constraint = [] if name == "run.txt" else ["-c", str(ROOT / "requirements/run.txt")]
            command = [uv, "pip", "compile", "-q", "pyproject.toml", str(build), *extra]
            command += ["--universal", "--generate-hashes", "--no-header", "--no-annotate"]
            command += [
                "--no-emit-index-url",
                "--no-strip-extras",
                *constraint,
                *upgrade,
                "-o",
                str(output),
            ]
            subprocess.run(command, cwd=ROOT, check=True)
            if check and output.read_bytes() != committed.read_bytes():
                stale.append(name)
    for name in stale:
        print(f"lock: requirements/{name} is stale; run python scripts/lock.py")
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
