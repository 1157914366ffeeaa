"""Where the conformance data of each standard lies."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def epcis_data(data_folder: Path) -> Path:
    """The EPCIS and GS1 part, whether the folder given is that part or holds it."""
    inner = data_folder / "epcis"
    return inner if inner.is_dir() else data_folder
