"""When a mined transaction counts: one rule per engine.

A rule says up to which height the chain a node shows is settled. A receipt at or below it, in a
block whose hash is read again and equal, is confirmed. Above it everything is provisional.

* `anvil`, `hardhat`: one node makes every block; settled at once. A rollback is an operator's act
  and is noticed by looking at the past again, not by waiting.
* `bft` (QBFT): blocks do not fork; settled at once. A vanished block is a safety failure.
* `clique`: a block settles when blocks by more than half of the validators stand on it (EIP-225: no
  finality; the heavier branch wins). The signers are recovered here from the headers' own seals and
  the headers are linked by their hashes, so a node can only withhold, not invent.
"""

from __future__ import annotations

from typing import Protocol

import structlog

from ledger.chain.blocks import SEAL_BYTES, Block, Header
from ledger.chain.client import ChainClient
from ledger.chain.quantities import malformed, read_address, read_list
from ledger.digest import Digest
from ledger.errors import Misconfigured, VerificationFailed
from ledger.identity.eip712 import recover

log = structlog.get_logger(__name__)

NOTHING_SETTLED = -1


class Confirmation(Protocol):
    """A rule. Raises Unavailable when it cannot be decided."""

    def settled_height(self, client: ChainClient, head: Block) -> int:
        """Number of the highest settled block under this head; `NOTHING_SETTLED` if none is."""


class Immediate:
    """Every block the node shows is settled: a single node, or BFT consensus."""

    def settled_height(self, client: ChainClient, head: Block) -> int:  # noqa: ARG002
        """The head itself."""
        return head.number


class CliqueMajority:
    """Settled below blocks of more than half of the validators."""

    def __init__(self) -> None:
        self._head: Digest | None = None
        self._settled = NOTHING_SETTLED

    def settled_height(self, client: ChainClient, head: Block) -> int:
        """Walk down from the head until enough different validators were met."""
        if head.hash == self._head:
            return self._settled
        validators = self._validators(client, head)
        needed = len(validators) // 2 + 1
        # Each validator signs at most one of any N//2+1 consecutive blocks, so that many suffice;
        # the surplus covers heads at which the set of validators has just changed.
        lowest = max(0, head.number - 2 * len(validators))
        headers = client.headers(range(head.number, lowest, -1))
        settled = NOTHING_SETTLED
        met: set[str] = set()
        expected = head.hash
        for header in headers:
            if header is None or header.hash != expected:
                # The chain changed between two questions: decide at the next look.
                return NOTHING_SETTLED
            signer = recover_signer(header)
            if signer not in validators:
                raise malformed("a block sealed by a validator", signer)
            met.add(signer)
            expected = header.parent
            if len(met) >= needed:
                settled = header.number - 1
                break
        self._head, self._settled = head.hash, settled
        return settled

    @staticmethod
    def _validators(client: ChainClient, head: Block) -> frozenset[str]:
        answer = read_list(client.ask("clique_getSigners", hex(head.number)))
        if not answer:
            raise malformed("the validators", answer)
        return frozenset(read_address(one) for one in answer)


def find_settled(client: ChainClient, rule: Confirmation) -> Block | None:
    """The newest settled block; None while none is, or while the chain changes. Raises
    Unavailable."""
    height = rule.settled_height(client, client.head())
    return None if height == NOTHING_SETTLED else client.find_block(height)


def recover_signer(header: Header) -> str:
    """The validator who sealed a Clique block (EIP-225). Raises Unavailable for a bad seal."""
    seal = header.extra_data[-SEAL_BYTES:]
    if len(header.extra_data) < 32 + SEAL_BYTES:
        raise malformed("a sealed block", f"{len(header.extra_data)} bytes of extraData")
    try:
        return recover(header.seal_digest, seal[:64] + bytes([27 + seal[64]]))
    except (VerificationFailed, ValueError) as error:
        raise malformed("a block with a valid seal", header.number) from error


def rule_for(engine: str) -> Confirmation:
    """The rule of an engine by name. Raises Misconfigured for a name without one."""
    if engine in ("anvil", "hardhat", "bft"):
        return Immediate()
    if engine == "clique":
        return CliqueMajority()
    raise Misconfigured("engine-unsupported", f"no confirmation rule for the engine {engine!r}")
