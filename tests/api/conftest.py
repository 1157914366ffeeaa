"""One running server per kind of database for all tests of the HTTP interface."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests.support.databases import BOTH, postgres_server
from tests.support.postgres import PostgresServer
from tests.support.running_app import RunningApp, running_app

__all__ = ["postgres_server"]


@pytest.fixture(scope="session", params=BOTH)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningApp]:
    """The local chain and the whole product."""
    with contextlib.ExitStack() as stack:
        url: str | None = None
        if request.param == "postgresql":
            postgres: PostgresServer = request.getfixturevalue("postgres_server")
            url = stack.enter_context(postgres.database())
        yield stack.enter_context(running_app(tmp_path_factory.mktemp("installation"), url))
