"""Every static check, one line each: format, lint, types, arrows between rooms, generated files.

    python scripts/check.py [--write]

`--write` lets the formatters and generators rewrite what they own instead of comparing it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

CHECKS: list[tuple[str, list[str], list[str]]] = [
    (
        "format",
        [str(BIN / "ruff"), "format", "--check", "-q", "."],
        [str(BIN / "ruff"), "format", "-q", "."],
    ),
    (
        "lint",
        [str(BIN / "ruff"), "check", "-q", "."],
        [str(BIN / "ruff"), "check", "-q", "--fix", "."],
    ),
    ("types", [str(BIN / "mypy")], [str(BIN / "mypy")]),
    ("arrows", [str(BIN / "lint-imports"), "--no-logo"], [str(BIN / "lint-imports"), "--no-logo"]),
]
"""Name, command that checks, command that writes."""

GENERATORS = (
    "compile_contracts.py",
    "gas_table.py",
    "gen_vectors.py",
    "gen_docs.py",
    "vendor_crypto.py",
)
"""Scripts that write something committed; each knows `--check`."""


def main() -> int:
    """Run all, report each, fail if any failed."""
    write = "--write" in sys.argv[1:]
    checks = list(CHECKS)
    report = [sys.executable, "-m", "bench.report"]
    checks.append(("bench report", [*report, "--check"], report))
    for script in GENERATORS:
        path = ROOT / "scripts" / script
        if path.exists():
            command = [sys.executable, str(path)]
            checks.append((script.removesuffix(".py"), [*command, "--check"], command))
    failed = []
    for name, check, writer in checks:
        started = time.monotonic()
        done = subprocess.run(
            writer if write else check, cwd=ROOT, capture_output=True, text=True, check=False
        )
        verdict = "ok" if done.returncode == 0 else "FAILED"
        print(f"{name:<20} {verdict:<7} {time.monotonic() - started:5.1f} s", flush=True)
        if done.returncode != 0:
            failed.append(name)
            print((done.stdout + done.stderr).strip())
    print(f"{len(checks) - len(failed)} checks passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
