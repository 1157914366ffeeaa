"""Options and fixtures of the whole suite."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.campaign import IS_CAMPAIGN

# A busy machine is no fault of the code: how long an example takes is for bench/ to say. And all
# changes are judged by the same examples; a campaign looks for new ones, each time others.
settings.register_profile(
    "suite",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=not IS_CAMPAIGN,
)
settings.load_profile("suite")


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


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be skipped (PROVENANCE_NO_SKIP=1), a skip is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or os.environ.get("PROVENANCE_NO_SKIP") != "1":
        return
    if reporter.stats.get("skipped"):
        reporter.write_line("skipped tests count as failed here: see the reasons above", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
