"""Two agencies with desks of their own at one running server with the local chain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desks import Agency, close_all, found_agencies
from tests.support.running_app import RunningApp, running_app
from tests.support.signed_pdf import signed_pdf


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with running_app(tmp_path_factory.mktemp("installation")) as running:
        yield running


@pytest.fixture(scope="module")
def agencies(
    server: RunningApp, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Agency]]:
    found = found_agencies(
        server,
        tmp_path_factory.mktemp("desks"),
        "Sở Nông nghiệp và Môi trường",
        "Ủy ban nhân dân xã Nga Sơn",
    )
    yield found
    close_all(found)


@pytest.fixture(scope="module")
def sender(agencies: list[Agency]) -> Agency:
    return agencies[0]


@pytest.fixture(scope="module")
def recipient(agencies: list[Agency]) -> Agency:
    return agencies[1]


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real PDF with a real signature, by a certificate of its own."""
    path = tmp_path_factory.mktemp("letters") / "Công văn 12.pdf"
    path.write_bytes(signed_pdf("Cong van 12/UBND-VX"))
    return path
