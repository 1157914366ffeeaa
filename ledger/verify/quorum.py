"""Several nodes asked as one, so that no single node can lie.

Every node is asked every question. Nodes that cannot be asked are left out; the others must say
the same, or the answer is "could not check". One node that is a block behind therefore costs a
retry, and one node that lies costs the verdict, never its truth.

A reader is made for one verification: a node that was silent once is not waited for again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ledger.digest import Digest
from ledger.errors import Unavailable
from ledger.exchange.leg import Leg
from ledger.identity.organization import KeyEntry, OrgId
from ledger.ports import (
    ChainReader,
    HeadOnChain,
    LegReader,
    OrganizationOnChain,
    StatusOnChain,
)

T = TypeVar("T")
N = TypeVar("N")


class QuorumReader:
    """A ChainReader over at least one ChainReader."""

    def __init__(self, nodes: Sequence[ChainReader]) -> None:
        assert nodes, "at least one node"
        self._nodes = list(nodes)

    def identity(self) -> tuple[int, Digest]:
        """Chain id and genesis hash all reachable nodes report."""
        return self._ask("the chain's identity", lambda node: node.identity())

    def find_head(self, log_id: Digest, size: int) -> HeadOnChain | None:
        """The head all reachable nodes have at this size."""
        return self._ask(f"the head of size {size}", lambda node: node.find_head(log_id, size))

    def find_organization(self, org: OrgId) -> OrganizationOnChain | None:
        """The organization as all reachable nodes have it."""
        return self._ask("the organization", lambda node: node.find_organization(org))

    def find_key(self, org: OrgId, address: str) -> KeyEntry | None:
        """The key as all reachable nodes have it."""
        return self._ask("the signing key", lambda node: node.find_key(org, address))

    def statuses(self, subject: Digest) -> Sequence[StatusOnChain]:
        """The declarations all reachable nodes have."""
        return self._ask("the record's status", lambda node: tuple(node.statuses(subject)))

    def block_hash(self, number: int) -> Digest | None:
        """The hash all reachable nodes have at this height."""
        return self._ask(f"block {number}", lambda node: node.block_hash(number))

    def _ask(self, question: str, ask: Callable[[ChainReader], T]) -> T:
        return _ask_all(self._nodes, question, ask)


class LegQuorum:
    """A LegReader over at least one LegReader."""

    def __init__(self, nodes: Sequence[LegReader]) -> None:
        assert nodes, "at least one node"
        self._nodes = list(nodes)

    def find_leg(self, leg: bytes) -> Leg:
        """The leg as all reachable nodes have it."""
        return _ask_all(self._nodes, "the leg", lambda node: node.find_leg(leg))


def _ask_all(nodes: list[N], question: str, ask: Callable[[N], T]) -> T:
    """What all that can be asked answer; those that cannot are taken off the list."""
    answers: list[T] = []
    silence: Unavailable | None = None
    for node in list(nodes):
        try:
            answers.append(ask(node))
        except Unavailable as error:
            silence = error
            if len(nodes) > 1:
                nodes.remove(node)
    if not answers:
        assert silence is not None, "no answer and no reason"
        raise silence
    if any(answer != answers[0] for answer in answers):
        raise Unavailable("chain-nodes-disagree", f"{len(answers)} nodes disagree about {question}")
    return answers[0]
