"""The command as a whole: what there is, how it is described, what `--help` costs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import pytest
import typer.main

from ledger.cli.main import app
from tests.unit.cli.conftest import Run

COMMANDS = {
    "up", "init", "org", "key", "capture", "sheet", "show", "label", "verify", "prove", "log",
    "chain", "audit", "worker", "migrate", "network", "gs1", "epcis", "trace", "recall",
    "export", "document", "desk",
}  # fmt: skip


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path
        return
    for name, child in children.items():
        yield from leaves(child, (*path, name))


ROOT = typer.main.get_command(app)
LEAVES = sorted(leaves(ROOT))


def test_main_offers_every_command() -> None:
    assert {path[0] for path in LEAVES} == COMMANDS


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_command_describes_itself_and_offers_json(path: tuple[str, ...], run: Run) -> None:
    ran = run(*path, "--help", COLUMNS="200")
    assert ran.code == 0
    assert "--json" in ran.out
    command: Any = ROOT
    for name in path:
        command = command.commands[name]
    assert (command.help or "").strip()
    for parameter in command.params:
        if parameter.name not in ("help",):
            assert getattr(parameter, "help", None), f"{path}: {parameter.name} has no help"


def test_main_unknown_command_is_bad_usage(run: Run) -> None:
    assert run("nonsense").code == 2


def test_main_help_loads_no_database_chain_or_web_library() -> None:
    code = (
        "import sys, ledger.cli.main\n"
        "print([name for name in"
        " ('sqlalchemy', 'fastapi', 'uvicorn', 'web3', 'eth_abi', 'zxingcpp', 'httpx', 'lxml',"
        " 'reportlab', 'pyhanko', 'ledger.desk.clerking')"
        " if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_exit_codes_are_documented() -> None:
    from ledger.cli import main, output

    documented = {
        int(line.split()[0]) for line in (main.__doc__ or "").splitlines() if line[:1].isdigit()
    }
    used = {value for name, value in vars(output).items() if name.startswith("EXIT_")}
    assert documented == used | {0}


def test_main_version_is_the_one_installed(run: Run) -> None:
    ran = run("--version")
    assert (ran.code, ran.out) == (0, f"provenance {metadata.version('provenance-ledger')}\n")
