"""The network of four validators under crashes and partitions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.chain.client import ChainClient
from ledger.chain.clique import CliqueNetwork
from ledger.chain.confirmation import recover_signer
from ledger.digest import Digest
from ledger.errors import Unavailable
from ledger.ports import TransactionState
from tests.support.chain_lab import Lab, new_lab, wait_for

pytestmark = [pytest.mark.network, pytest.mark.slow]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliqueNetwork]:
    running = CliqueNetwork(tmp_path_factory.mktemp("clique"), separable=True)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def clique_lab(network: CliqueNetwork) -> Iterator[Lab]:
    with new_lab(network.rpc_urls, "clique", timeout=2.0) as made:
        made.deploy()
        yield made


def heights(network: CliqueNetwork) -> list[int]:
    found = []
    for validator in network.validators:
        client = ChainClient([validator.url], timeout=2.0)
        try:
            found.append(client.head().number)
        except Unavailable:
            found.append(-1)
        client.close()
    return found


def check_agreement(network: CliqueNetwork) -> None:
    """All nodes come to hold the same block some way below their heads."""

    def agrees() -> bool:
        known = heights(network)
        if min(known) < 5 or max(known) - min(known) > 3:
            return False
        hashes: set[Digest] = set()
        for validator in network.validators:
            client = ChainClient([validator.url])
            block = client.find_block(min(known) - 3)
            client.close()
            assert block is not None
            hashes.add(block.hash)
        return len(hashes) == 1

    wait_for(agrees, 60, network.rpc_urls)


def anchor_some(lab: Lab, count: int) -> None:
    for _ in range(count):
        lab.anchor()
        lab.settle(90)


def test_network_with_a_base_fee_of_nothing_takes_free_transactions(tmp_path: Path) -> None:
    lone = CliqueNetwork(tmp_path, validators=1, london=True)
    lone.start()
    try:
        with new_lab(lone.rpc_urls, "clique") as lab:
            lab.deploy()
            anchor_some(lab, 1)
            lab.check_anchored()
            assert lab.client.head().base_fee == 0
    finally:
        lone.stop()


def test_confirmed_block_has_blocks_of_a_majority_on_it(clique_lab: Lab) -> None:
    anchor_some(clique_lab, 1)
    block = clique_lab.journal.entries[-1].block
    assert block is not None
    head = clique_lab.client.head().number
    above = [h for h in clique_lab.client.headers(range(block + 1, head + 1)) if h is not None]
    assert len({recover_signer(header) for header in above}) >= 3


def test_validator_killed_during_load_loses_nothing(
    network: CliqueNetwork, clique_lab: Lab
) -> None:
    for _ in range(2):
        anchor_some(clique_lab, 1)
    clique_lab.anchor()
    clique_lab.pass_all()
    network.kill(3)
    anchor_some(clique_lab, 2)
    network.restart(3)
    anchor_some(clique_lab, 1)
    clique_lab.check_anchored()
    check_agreement(network)


def test_node_we_use_killed_fails_over(network: CliqueNetwork, clique_lab: Lab) -> None:
    anchor_some(clique_lab, 1)
    used = clique_lab.client.endpoints.primary
    index = network.rpc_urls.index(used)
    clique_lab.anchor()
    clique_lab.pass_all()
    network.kill(index)
    anchor_some(clique_lab, 2)
    assert clique_lab.client.endpoints.primary != used
    clique_lab.check_anchored()
    network.restart(index)
    anchor_some(clique_lab, 1)
    check_agreement(network)


def test_two_validators_killed_halt_the_chain_and_restarted_resume_it(
    network: CliqueNetwork, clique_lab: Lab
) -> None:
    anchor_some(clique_lab, 1)
    network.kill(0)
    network.kill(1)
    clique_lab.anchor()
    until = time.monotonic() + 8
    while time.monotonic() < until:
        clique_lab.pass_all()
        assert clique_lab.journal.entries[-1].state is not TransactionState.CONFIRMED
        time.sleep(0.1)
    network.restart(0)
    network.restart(1)
    clique_lab.settle(90)
    clique_lab.check_anchored()
    check_agreement(network)


def test_block_of_a_lone_validator_is_never_confirmed_and_healed_after_the_partition(
    network: CliqueNetwork, clique_lab: Lab
) -> None:
    """The lone validator seals one block at most, with our transaction in it; the others go on
    without it. After the partition its block is reorganized away."""
    anchor_some(clique_lab, 1)
    for _ in range(8):
        lone, head = _eligible(network, clique_lab)
        client = ChainClient([network.validators[lone].url], timeout=2.0)
        hermit = clique_lab.submitter(clique_lab.publisher_key, client)
        entry = clique_lab.anchor()
        hermit.advance()
        # A validator begins its next block when a head arrives, and nodes do not pass on what pays
        # nothing: after one more head the transaction is in the lone validator's block only.
        _await_height(client, head)
        network.separate(lone)
        mined: Digest | None = None
        height: int | None = None
        until = time.monotonic() + 6
        while time.monotonic() < until and mined is None:
            hermit.advance()
            now = clique_lab.journal.find_purpose(entry.purpose)
            assert now is not None
            assert now.state is not TransactionState.CONFIRMED, "confirmed by one validator"
            mined, height = now.block_hash, now.block
            time.sleep(0.05)
        others = [url for i, url in enumerate(network.rpc_urls) if i != lone]
        majority = ChainClient(others, timeout=2.0)
        start = majority.head().number
        _await_height(majority, start + 4)
        rival = None if height is None else majority.find_block(height)
        # It may have sealed before it was cut off; then there was no fork to heal this time.
        forked = rival is not None and rival.hash != mined
        network.reunite(lone)
        check_agreement(network)
        clique_lab.settle(90)
        clique_lab.check_anchored()
        after = clique_lab.journal.find_purpose(entry.purpose)
        client.close()
        majority.close()
        if forked:
            assert after is not None
            assert after.block_hash != mined, "the lone block was not reorganized away"
            return
    pytest.fail("the lone validator never sealed a block of its own")


def _await_height(client: ChainClient, height: int) -> None:
    wait_for(lambda: client.head().number > height, 40)


def _eligible(network: CliqueNetwork, lab: Lab) -> tuple[int, int]:
    """A validator that may seal the block after next and will not seal the next, at this head."""
    order = sorted(validator.key.address.lower() for validator in network.validators)
    while True:
        head = lab.client.head().number
        recent = {recover_signer(h) for h in lab.client.headers([head, head - 1]) if h is not None}
        for validator in network.validators:
            address = validator.key.address
            if address not in recent and order[(head + 1) % len(order)] != address.lower():
                return validator.index, head
        time.sleep(0.1)
