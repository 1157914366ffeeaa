"""`provenance verify` over every vector, asking nodes over HTTP that answer what is recorded."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from ledger.cli import verify as command
from ledger.clock import FixedClock, parse_time
from ledger.verify.report import CHECKS, Verdict
from tests.support.recorded_chain import load_nodes
from tests.support.recorded_rpc import serve_chain

BUNDLES = sorted((Path(__file__).parents[2] / "vectors" / "bundle").iterdir())

LEGS = sorted((Path(__file__).parents[2] / "vectors" / "leg").iterdir())

app = typer.Typer()
app.command()(command.verify)


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def at(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The machine's clock stands at the vector's time."""
    now = parse_time((folder / "now.txt").read_text().strip())
    monkeypatch.setattr(command, "SystemClock", lambda: FixedClock(now))


def arguments_of(folder: Path, nodes: list[str]) -> list[str]:
    rest = [option for node in nodes for option in ("--rpc", node)] if nodes else ["--offline"]
    return [str(folder / "bundle.json"), "--trust", str(folder / "trust.json"), *rest]


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda folder: folder.name)
def test_command_vector_gives_expected_verdict(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected: dict[str, Any] = json.loads((folder / "expected.json").read_bytes())
    at(monkeypatch, folder)
    with ExitStack() as stack:
        nodes = [stack.enter_context(serve_chain(chain)) for chain in load_nodes(folder)]
        code, out, _ = run(*arguments_of(folder, nodes), "--json")
    report = json.loads(out)
    assert report["verdict"] == expected["verdict"]
    assert code == command.EXIT_CODES[Verdict(expected["verdict"])]
    outcomes = {str(check["number"]): check["outcome"] for check in report["checks"]}
    assert outcomes == expected["checks"]
    assert [notice["code"] for notice in report["notices"]] == expected["notices"]
    assert bool(report["facts"]) == (expected["verdict"] not in ("does not match", "unknown"))


def test_command_without_json_prints_every_check_and_the_verdict_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = next(f for f in BUNDLES if f.name.endswith("offline-stale_intact-with-notice"))
    at(monkeypatch, folder)
    code, out, _ = run(*arguments_of(folder, []))
    lines = out.splitlines()
    assert code == 0
    assert lines[-1] == "intact, with notice"
    assert [line.split()[2] for line in lines[:11]] == list(CHECKS.values())
    assert sum(line.startswith(" ! ") for line in lines) == 2


def test_command_uses_nodes_of_trust_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = BUNDLES[0]
    at(monkeypatch, folder)
    trust = json.loads((folder / "trust.json").read_bytes())
    with serve_chain(load_nodes(folder)[0]) as node:
        trust["chain"]["rpc"] = [node]
        (tmp_path / "trust.json").write_text(json.dumps(trust))
        arguments = [str(folder / "bundle.json"), "--trust", str(tmp_path / "trust.json")]
        assert run(*arguments)[0] == 0


def test_command_node_gone_could_not_check(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = BUNDLES[0]
    at(monkeypatch, folder)
    with serve_chain(load_nodes(folder)[0]) as node:
        pass
    code, out, _ = run(*arguments_of(folder, [node]), "--json")
    assert (code, json.loads(out)["verdict"]) == (3, "could not check")


@pytest.mark.parametrize(
    ("trust", "why"),
    [(b"{", "json"), (b"{}", "missing"), (b"[]", "object"), (b"", "line 1"), (None, "No such")],
)
def test_command_trust_file_unreadable_is_bad_usage(
    tmp_path: Path, trust: bytes | None, why: str
) -> None:
    path = tmp_path / "trust.json"
    if trust is not None:
        path.write_bytes(trust)
    code, out, err = run(str(BUNDLES[0] / "bundle.json"), "--trust", str(path), "--offline")
    assert code == 2
    assert out == ""
    assert str(path) in err.replace("\n", "")
    assert why.lower() in err.lower() or trust == b"{"


def test_command_trust_file_without_node_asks_for_one(tmp_path: Path) -> None:
    trust = json.loads((BUNDLES[0] / "trust.json").read_bytes())
    trust["chain"]["rpc"] = []
    path = tmp_path / "trust.json"
    path.write_text(json.dumps(trust))
    code, _, err = run(str(BUNDLES[0] / "bundle.json"), "--trust", str(path))
    assert code == 2
    assert "--offline" in err


def test_command_bundle_missing_is_bad_usage(tmp_path: Path) -> None:
    code, _, err = run(
        str(tmp_path / "none"), "--trust", str(BUNDLES[0] / "trust.json"), "--offline"
    )
    assert code == 2
    assert "No such file" in err


@pytest.mark.parametrize("folder", LEGS, ids=lambda folder: folder.name)
def test_command_leg_vector_gives_expected_verdict(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected: dict[str, Any] = json.loads((folder / "expected.json").read_bytes())
    at(monkeypatch, folder)
    trust = ["--trust", str(folder / "trust.json"), "--offline"]
    code, out, _ = run(str(folder / "leg.asice"), *trust, "--json")
    report = json.loads(out)
    assert report["verdict"] == expected["verdict"]
    assert folder.name.endswith("_" + expected["verdict"].replace(", ", "-").replace(" ", "-"))
    assert code == command.EXIT_CODES[Verdict(expected["verdict"])]
    outcomes = {str(check["number"]): check["outcome"] for check in report["checks"]}
    assert outcomes == expected["checks"]
    found = {str(check["number"]): check["code"] for check in report["checks"] if check["code"]}
    assert found == expected["codes"]
    assert [notice["code"] for notice in report["notices"]] == expected["notices"]


def test_command_leg_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = next(folder for folder in LEGS if "superseded" in folder.name)
    at(monkeypatch, folder)
    code, out, _ = run(
        str(folder / "leg.asice"), "--trust", str(folder / "trust.json"), "--offline"
    )
    assert code == 0
    assert "state-proof" not in out
    assert "replaced this document by another" in out
    assert out.endswith("intact, with notice\n")


def test_command_time_roots_that_are_none_are_bad_usage(tmp_path: Path) -> None:
    folder = LEGS[0]
    arguments = [str(folder / "leg.asice"), "--trust", str(folder / "trust.json"), "--offline"]
    code, _, err = run(*arguments, "--time-roots", str(tmp_path))
    assert code == command.USAGE
    assert "no certificate" in err
