"""Several nodes asked as one."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from ledger.digest import Digest
from ledger.errors import Unavailable
from ledger.merkle.checkpoint import log_id
from ledger.ports import ChainReader
from ledger.verify.quorum import QuorumReader
from tests.support.recorded_chain import RecordedChain
from tests.support.vectors.edits import change, commitment, declared, flip, put
from tests.support.vectors.world import BLOCK, ORIGIN, World, block_hash, key, org

QUESTIONS: dict[str, Callable[[ChainReader], object]] = {
    "identity": lambda node: node.identity(),
    "head": lambda node: node.find_head(log_id(ORIGIN), 11),
    "organization": lambda node: node.find_organization(org("producer")),
    "key": lambda node: node.find_key(org("producer"), key("producer").address),
    "statuses": lambda node: tuple(node.statuses(commitment())),
    "block": lambda node: node.block_hash(BLOCK),
}

LIES = {
    "identity": put(1, "chainId"),
    "head": change(flip, "heads", 0, "root"),
    "organization": put(2, "organizations", 0, "status"),
    "key": put([], "keys"),
    "statuses": declared("authority", "recalled"),
    "block": put(block_hash(BLOCK, "fork").prefixed, "blocks", str(BLOCK)),
}


def node(edit: Callable[[dict[str, Any]], Any] = lambda chain: None) -> RecordedChain:
    chain = deepcopy(World().chain())
    edit(chain)
    return RecordedChain(chain)


SILENT = node(put(True, "unreachable"))


@pytest.mark.parametrize("question", QUESTIONS)
def test_quorum_nodes_agree_answers(question: str) -> None:
    ask = QUESTIONS[question]
    assert ask(QuorumReader([node(), node(), node()])) == ask(node())


@pytest.mark.parametrize("question", QUESTIONS)
def test_quorum_silent_node_left_out(question: str) -> None:
    ask = QUESTIONS[question]
    assert ask(QuorumReader([SILENT, node(), SILENT])) == ask(node())


@pytest.mark.parametrize("question", QUESTIONS)
def test_quorum_all_silent_unavailable(question: str) -> None:
    with pytest.raises(Unavailable) as refused:
        QUESTIONS[question](QuorumReader([SILENT, SILENT]))
    assert refused.value.code == "chain-unavailable"


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("liar", [0, 1, 2])
def test_quorum_one_node_lies_unavailable(question: str, liar: int) -> None:
    nodes = [node(), node()]
    nodes.insert(liar, node(LIES[question]))
    with pytest.raises(Unavailable) as refused:
        QUESTIONS[question](QuorumReader(nodes))
    assert refused.value.code == "chain-nodes-disagree"


class CountingChain(RecordedChain):
    asked = 0

    def identity(self) -> tuple[int, Digest]:
        self.asked += 1
        return super().identity()


def test_quorum_silent_node_not_waited_for_twice() -> None:
    silent = CountingChain(World().chain() | {"unreachable": True})
    reader = QuorumReader([silent, node()])
    assert reader.identity() == reader.identity()
    assert silent.asked == 1


def test_quorum_last_node_asked_again() -> None:
    silent = CountingChain(World().chain() | {"unreachable": True})
    reader = QuorumReader([silent, silent])
    for _ in range(2):
        with pytest.raises(Unavailable):
            reader.identity()
    assert silent.asked == 3
