"""The command line in process, and a server to speak to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from typer.testing import CliRunner

from ledger.cli.main import app
from tests.support.canned_server import CannedServer, canned_server


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its one JSON document."""
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """Its error in one line."""
        (line,) = self.err.splitlines()
        assert line.startswith("provenance: ")
        return line


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("KEY", "KEY_FILE", "URL", "DATA_DIR", "DATABASE_URL", "TRACEBACK"):
        monkeypatch.delenv(f"PROVENANCE_{name}", raising=False)

    def invoke(*arguments: str, stdin: str | None = None, **environment: str) -> Ran:
        result = CliRunner().invoke(app, list(arguments), input=stdin, env=environment)
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        return Ran(result.exit_code, result.stdout, result.stderr)

    return invoke


@pytest.fixture
def server() -> Iterator[CannedServer]:
    with canned_server() as serving:
        yield serving
