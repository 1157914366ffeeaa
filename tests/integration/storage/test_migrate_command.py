"""`provenance migrate` as an operator runs it."""

import json
from pathlib import Path
from typing import Any

from typer import Typer
from typer.testing import CliRunner

from ledger.cli.migrate import migrate
from ledger.storage import revisions

app = Typer()
app.command()(migrate)


def run(url: str, *options: str, code: int = 0) -> dict[str, Any]:
    """Run the command with --json; its document."""
    result = CliRunner().invoke(app, ["--database", url, "--json", *options])
    assert result.exit_code == code, result.output
    told = json.loads(result.stdout.splitlines()[0])
    assert isinstance(told, dict)
    return told


def test_migrate_up_check_and_down(database_url: str) -> None:
    assert run(database_url, "--check", code=2)["problem"] == "schema-outdated"
    told = run(database_url)
    assert (told["before"], told["revision"]) == (None, revisions.newest())
    assert run(database_url, "--check")["problem"] is None
    assert run(database_url)["before"] == revisions.newest()
    assert run(database_url, "--down-to", "base", "--yes")["revision"] is None


def test_migrate_down_unasked_changes_nothing(database_url: str) -> None:
    run(database_url)
    result = CliRunner().invoke(app, ["--database", database_url, "--down-to", "base"], input="n\n")
    assert result.exit_code == 1
    assert run(database_url, "--check")["revision"] == revisions.newest()


def test_migrate_down_to_unknown_revision_is_refused(database_url: str) -> None:
    run(database_url)
    told = run(database_url, "--down-to", "4711", "--yes", code=2)
    assert told["error"] == "schema-revision-unknown"
    assert run(database_url, "--check")["problem"] is None


def test_migrate_unreachable_database_exits_three(tmp_path: Path) -> None:
    told = run(f"postgresql://nobody@/none?host={tmp_path}", code=3)
    assert told["error"] == "storage-unavailable"


def test_migrate_speaks_plainly(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["--data", str(tmp_path)])
    assert result.exit_code == 0
    assert f"sqlite: schema at revision {revisions.newest()} (was none)" in result.output
    assert (tmp_path / "ledger.sqlite3").exists()
