"""Several nodes of one chain: a sticky primary, failover, and the chain's pinned identity.

The identity question (`eth_chainId`, block 0) rides in the same batch as every question, so no
answer is ever taken from a node whose chain was not the pinned one in that very exchange: a node
that was re-initialised behind a live connection, or a wrong port after a restart, is caught before
its first answer counts. It costs one small block per request.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from ledger.chain.answers import is_verdict
from ledger.chain.quantities import malformed, read_digest, read_object, read_quantity
from ledger.chain.rpc import Answer, Call, JsonRpc, NoAnswer, NodeError
from ledger.digest import Digest
from ledger.errors import Misconfigured, Unavailable

log = structlog.get_logger(__name__)

_IDENTITY = (Call("eth_chainId"), Call("eth_getBlockByNumber", ("0x0", False)))
_COMPARE_SECONDS = 2.0
"""Pause between two looks at how high each node is."""
_REST_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""How long a failing node is left alone, by the number of failures in a row."""


@dataclass(frozen=True, slots=True)
class ChainIdentity:
    """Which chain: its id and the hash of its first block."""

    chain_id: int
    genesis: Digest


class IdentityChanged(Misconfigured):
    """A node serves another chain than the pinned one."""

    def __init__(self, url: str, found: ChainIdentity, pinned: ChainIdentity) -> None:
        super().__init__(
            "chain-identity-changed",
            f"{url} serves chain {found.chain_id} with genesis {found.genesis.prefixed}; pinned is "
            f"chain {pinned.chain_id} with genesis {pinned.genesis.prefixed}",
        )


@dataclass(slots=True)
class _Node:
    rpc: JsonRpc
    failures: int = 0
    rest_until: float = 0.0

    def failed(self) -> None:
        rest = _REST_SECONDS[min(self.failures, len(_REST_SECONDS) - 1)]
        self.failures += 1
        self.rest_until = time.monotonic() + rest

    def answered(self) -> None:
        self.failures = 0
        self.rest_until = 0.0


class Endpoints:
    """The nodes we may ask. `on_first_contact` is told the identity adopted when none was pinned;
    if it raises, nothing is adopted. Safe for use by several threads."""

    def __init__(
        self,
        urls: Sequence[str],
        *,
        identity: ChainIdentity | None = None,
        on_first_contact: Callable[[ChainIdentity], None] | None = None,
        timeout: float = 10.0,
    ) -> None:
        if not urls:
            raise Misconfigured("chain-unavailable", "no chain node is configured")
        self._nodes = [_Node(JsonRpc(url, timeout=timeout)) for url in dict.fromkeys(urls)]
        self._primary = 0
        self._compare_at = 0.0
        self._identity = identity
        self._on_first_contact = on_first_contact
        self._lock = threading.RLock()

    @property
    def identity(self) -> ChainIdentity | None:
        """The pinned identity, None before the first contact."""
        return self._identity

    @property
    def urls(self) -> tuple[str, ...]:
        """All node URLs, in the configured order."""
        return tuple(node.rpc.url for node in self._nodes)

    @property
    def primary(self) -> str:
        """URL of the node asked first."""
        return self._nodes[self._primary].rpc.url

    def ask(self, calls: Sequence[Call], *, timeout: float | None = None) -> list[Answer]:
        """Answers of the first node that gives usable ones; that node becomes the primary.

        An error that is the node's own trouble sends the question to the next node; if none does
        better, the NodeError stands in its place in the list. Raises Unavailable when no node
        answers and Misconfigured `chain-identity-changed` when those that do serve another chain.
        """
        second_best: list[Answer] | None = None
        changed: IdentityChanged | None = None
        reasons: list[str] = []
        for index in self._order():
            try:
                answers = self._exchange(self._nodes[index], calls, timeout)
            except IdentityChanged as error:
                changed = error
                continue
            except Unavailable as error:
                reasons.append(error.detail)
                continue
            if any(isinstance(got, NodeError) and not is_verdict(got) for got in answers):
                second_best = second_best or answers
                continue
            self._prefer(index)
            return answers
        if second_best is not None:
            return second_best
        if changed is not None:
            raise changed
        raise NoAnswer("chain-unavailable", "; ".join(reasons))

    def ask_each(
        self, calls: Sequence[Call], *, timeout: float | None = None, awake: bool = False
    ) -> list[tuple[str, list[Answer] | Unavailable | Misconfigured]]:
        """The same questions to every node; each with its answers or its error.

        Used where one node's word is not enough: sending, surveys of a suspected rollback, and
        readings that must agree. With `awake`, nodes that failed lately are left out, as long as
        there are others.
        """
        found: list[tuple[str, list[Answer] | Unavailable | Misconfigured]] = []
        now = time.monotonic()
        rested = [node for node in self._nodes if node.rest_until <= now]
        for node in rested if awake and rested else self._nodes:
            try:
                found.append((node.rpc.url, self._exchange(node, calls, timeout)))
            except (Unavailable, Misconfigured) as error:
                found.append((node.rpc.url, error))
        return found

    def observe(self) -> ChainIdentity:
        """What the first reachable node says it is, compared with nothing. Raises Unavailable."""
        reasons: list[str] = []
        for index in self._order():
            try:
                return _read_identity(self._nodes[index].rpc.batch(_IDENTITY))
            except Unavailable as error:
                reasons.append(error.detail)
        raise NoAnswer("chain-unavailable", "; ".join(reasons))

    def follow_highest(self, tolerance: int = 2) -> None:
        """Leave a primary that lags more than `tolerance` blocks behind the best reachable node.
        Looks only now and then, however often it is called."""
        now = time.monotonic()
        if len(self._nodes) == 1 or now < self._compare_at:
            return
        self._compare_at = now + _COMPARE_SECONDS
        heights: dict[int, int] = {}
        for index, node in enumerate(self._nodes):
            if node.rest_until > now and index != self._primary:
                continue
            try:
                answer = self._exchange(node, [Call("eth_blockNumber")], 2.0)[0]
                heights[index] = -1 if isinstance(answer, NodeError) else read_quantity(answer)
            except (Unavailable, Misconfigured):
                continue
        if not heights:
            return
        best = max(heights, key=lambda index: heights[index])
        if heights.get(self._primary, -1) < heights[best] - tolerance:
            self._prefer(best)

    def prefer(self, url: str) -> None:
        """Ask this node first from now on."""
        self._prefer(self.urls.index(url))

    def close(self) -> None:
        """Drop pooled connections."""
        for node in self._nodes:
            node.rpc.close()

    def _order(self) -> list[int]:
        count = len(self._nodes)
        ring = [(self._primary + step) % count for step in range(count)]
        now = time.monotonic()
        awake = [index for index in ring if self._nodes[index].rest_until <= now]
        # Resting nodes come last rather than never: with everything resting somebody must be asked.
        return awake + [index for index in ring if index not in awake]

    def _prefer(self, index: int) -> None:
        if index != self._primary:
            log.warning(
                "chain_node_switched",
                left=self._nodes[self._primary].rpc.shown,
                taken=self._nodes[index].rpc.shown,
            )
            self._primary = index

    def _exchange(self, node: _Node, calls: Sequence[Call], timeout: float | None) -> list[Answer]:
        try:
            answers = node.rpc.batch([*_IDENTITY, *calls], timeout=timeout)
            found = _read_identity(answers)
        except Unavailable as error:
            node.failed()
            log.info("chain_node_failed", node=node.rpc.shown, reason=error.detail)
            raise
        self._check(node, found)
        node.answered()
        return answers[len(_IDENTITY) :]

    def _check(self, node: _Node, found: ChainIdentity) -> None:
        with self._lock:
            if self._identity is None:
                if self._on_first_contact is not None:
                    self._on_first_contact(found)
                self._identity = found
                log.info("chain_pinned", chain=found.chain_id, genesis=found.genesis.prefixed)
            if found != self._identity:
                node.failed()
                log.error(
                    "chain_identity_changed",
                    node=node.rpc.shown,
                    chain=found.chain_id,
                    genesis=found.genesis.prefixed,
                )
                raise IdentityChanged(node.rpc.shown, found, self._identity)


def _read_identity(answers: Sequence[Answer]) -> ChainIdentity:
    for answer in answers[:2]:
        if isinstance(answer, NodeError):
            raise NoAnswer("chain-unavailable", f"the node does not say who it is: {answer.text}")
    if answers[1] is None:
        raise malformed("the first block", None)
    block = read_object(answers[1])
    if read_quantity(block.get("number")) != 0:
        raise malformed("the first block", block.get("number"))
    return ChainIdentity(read_quantity(answers[0]), read_digest(block.get("hash")))
