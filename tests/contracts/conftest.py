"""Chains for the tests of the contracts: one per EVM, with the contracts deployed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.contract_chain import ContractChain, running_anvil

# Berlin has no base fee and no BASEFEE opcode: bytecode that touches either fails there.
HARDFORKS = ["berlin", "london", "cancun"]


@pytest.fixture(scope="session", params=HARDFORKS)
def any_chain(request: pytest.FixtureRequest) -> Iterator[ContractChain]:
    """Give the contracts on each EVM they must run on."""
    with running_anvil(request.param) as web3:
        yield ContractChain.deploy(web3)


@pytest.fixture(scope="session")
def london_chain() -> Iterator[ContractChain]:
    """Give the contracts on the EVM they are compiled for."""
    with running_anvil("london") as web3:
        yield ContractChain.deploy(web3)
