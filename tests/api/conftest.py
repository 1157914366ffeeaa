"""One running server for all tests of the HTTP interface."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.running_app import RunningApp, running_app


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """SQLite, the local chain and the whole product."""
    with running_app(tmp_path_factory.mktemp("installation")) as running:
        yield running
