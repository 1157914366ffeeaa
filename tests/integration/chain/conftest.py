"""Engines for the chain tests: one start per file, one set of accounts and contracts per test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.chain.anvil import AnvilEngine
from ledger.chain.clique import CliqueNetwork
from ledger.chain.engine import Engine
from ledger.chain.hardhat import HardhatEngine
from tests.support.chain_lab import Lab, new_lab

PERIOD = 0.1
"""Seconds between blocks of the local engines; tests need no more."""


def make_engine(name: str, folder: Path) -> Engine:
    if name == "anvil":
        return AnvilEngine(folder, block_period=PERIOD)
    if name == "hardhat":
        return HardhatEngine(folder, block_period=PERIOD)
    return CliqueNetwork(folder)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("anvil", marks=pytest.mark.chain),
        pytest.param("hardhat", marks=pytest.mark.chain),
        pytest.param("clique", marks=[pytest.mark.network, pytest.mark.slow]),
    ],
)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    running = make_engine(request.param, tmp_path_factory.mktemp(request.param))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def lab(engine: Engine) -> Iterator[Lab]:
    """Contracts deployed on the engine of this file."""
    with new_lab(engine.rpc_urls, engine.name) as made:
        made.deploy()
        yield made


@pytest.fixture(scope="module")
def anvil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnvilEngine]:
    running = AnvilEngine(tmp_path_factory.mktemp("anvil"), block_period=PERIOD)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def anvil_lab(anvil: AnvilEngine) -> Iterator[Lab]:
    with new_lab(anvil.rpc_urls, "anvil", timeout=1.0) as made:
        made.deploy()
        yield made
