"""Fixtures: a fresh, migrated database of each kind. Import them in a conftest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.storage.database import Database
from tests.support.postgres import PostgresServer, run_postgres

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
"""For `@pytest.fixture(params=BOTH)`."""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for the whole run; skips its tests with the reason if it cannot start."""
    running = run_postgres()
    try:
        server = running.__enter__()
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        pytest.skip(f"PostgreSQL does not start here: {reason}")
    yield server
    running.__exit__(None, None, None)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of an empty database; the test runs once per kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as url:
        yield url


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A migrated database; the test runs once per kind."""
    database = Database.open(database_url)
    database.migrate()
    yield database
    database.close()
