"""Pasts that change: reorganizations and rollbacks of the local chain, below what was confirmed."""

from __future__ import annotations

import pytest

from ledger.chain.rpc import JsonRpc
from ledger.ports import TransactionState
from tests.support.chain_lab import Lab

pytestmark = pytest.mark.chain


def rewind(lab: Lab, method: str, *params: object) -> None:
    JsonRpc(lab.urls[0]).call(method, *params)


def anchor_three(lab: Lab) -> None:
    for _ in range(3):
        lab.anchor()
        lab.settle()


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_rollback_reopens_the_lost_and_heals_with_the_same_bytes(
    anvil_lab: Lab, depth: int
) -> None:
    anchor_three(anvil_lab)
    before = {entry.id: entry.raw for entry in anvil_lab.journal.entries}
    rewind(anvil_lab, "anvil_rollback", depth)
    reopened = anvil_lab.publisher.advance()
    assert [entry.purpose for entry in reopened] == [
        entry.purpose for entry in anvil_lab.journal.entries[-depth:]
    ]
    assert all(entry.state is TransactionState.SENT for entry in reopened)
    anvil_lab.settle()
    anvil_lab.check_anchored()
    assert {entry.id: entry.raw for entry in anvil_lab.journal.entries} == before
    assert anvil_lab.publisher.advance() == []


def test_rollback_below_the_contracts_rebuilds_them_first(anvil_lab: Lab) -> None:
    anchor_three(anvil_lab)
    lowest = min(entry.block or 0 for entry in anvil_lab.journal.entries)
    rewind(anvil_lab, "anvil_rollback", anvil_lab.client.head().number - lowest + 1)
    # The publisher is the first to look: it must wait for the contracts, not call into nothing.
    for _ in range(3):
        anvil_lab.publisher.advance()
    anvil_lab.settle()
    anvil_lab.check_anchored()
    assert anvil_lab.heads.head_count(anvil_lab.log_id) == 3


def test_reorganized_block_is_found_again(anvil_lab: Lab) -> None:
    anchor_three(anvil_lab)
    before = anvil_lab.journal.entries[-1]
    rewind(anvil_lab, "anvil_reorg", 2, [])
    anvil_lab.settle()
    anvil_lab.check_anchored()
    after = anvil_lab.journal.entries[-1]
    assert after.hash == before.hash
    assert after.block_hash == anvil_lab.reader.block_hash(after.block or 0)


def test_anchors_go_on_after_repeated_rollbacks(anvil_lab: Lab) -> None:
    for depth in (1, 2, 1, 3):
        anchor_three(anvil_lab)
        rewind(anvil_lab, "anvil_rollback", depth)
        anvil_lab.publisher.advance()
        anvil_lab.settle()
    anvil_lab.check_anchored()
    assert anvil_lab.heads.head_count(anvil_lab.log_id) == 12
