"""Options and fixtures of the whole suite."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--data",
        default=os.environ.get("PROVENANCE_TEST_DATA"),
        help="folder with the conformance data (environment: PROVENANCE_TEST_DATA)",
    )


@pytest.fixture(scope="session")
def data_folder(pytestconfig: pytest.Config) -> Path:
    """The conformance data; tests that ask for it are skipped where it is not given."""
    folder = pytestconfig.getoption("--data")
    if not folder:
        pytest.skip("needs the conformance data: --data DIR or PROVENANCE_TEST_DATA")
    return Path(folder)
