"""A reading door to the chain for browsers that cannot reach a node themselves.

It relays; it does not vouch. What comes back is a node's word through this server, so a page that
reads the chain only through here trusts the server that it checks, and must say so. Only questions
about blocks and about our own contracts pass: nothing here can send, sign, trace or administer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.chain.endpoints import Endpoints
from ledger.chain.rpc import Call, NodeError
from ledger.errors import InvalidInput

MOST_CALLS = 20
"""Calls in one batch."""
MOST_KEYS = 16
"""Storage keys in one eth_getProof."""

_HEX = re.compile(r"0x(?:[0-9a-fA-F]{2}){0,8192}")
_WORD = re.compile(r"0x[0-9a-fA-F]{1,64}")
_QUANTITY = re.compile(r"0x(?:0|[1-9a-fA-F][0-9a-fA-F]{0,15})")
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_FREE = "0x0"
"""The price our own client states, so that nodes with a minimum price answer reading calls too."""
_TAGS = ("latest", "earliest", "safe", "finalized")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The node's own error object: relayed as it is, because revert data means something."""

    number: int
    text: str
    data: Any


class Relaying:
    """Relays allow-listed JSON-RPC calls to the pinned chain."""

    def __init__(self, endpoints: Endpoints, contracts: Sequence[str]) -> None:
        self._endpoints = endpoints
        self._contracts = frozenset(address.lower() for address in contracts)
        self._checks: dict[str, Callable[[Sequence[Any]], bool]] = {
            "eth_chainId": _is_empty,
            "eth_blockNumber": _is_empty,
            "eth_getBlockByNumber": _is_block_question,
            "eth_call": self._is_own_call,
            "eth_getProof": self._is_own_proof,
        }

    def check_call(self, method: str, params: Sequence[Any]) -> None:
        """Raise InvalidInput `rpc-refused` for anything but a reading question about us."""
        check = self._checks.get(method)
        if check is None:
            raise InvalidInput("rpc-refused", f"{method!r:.60} is not relayed")
        if not check(params):
            raise InvalidInput("rpc-refused", f"{method} is not relayed with these parameters")

    def ask(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any | Refusal]:
        """The answers, in order; a node's error stands in its place.

        Raises InvalidInput `rpc-refused`, and Unavailable when no node of the pinned chain answers.
        """
        for method, params in calls:
            self.check_call(method, params)
        answers = self._endpoints.ask([Call(method, tuple(params)) for method, params in calls])
        return [
            Refusal(got.number, got.text, got.data) if isinstance(got, NodeError) else got
            for got in answers
        ]

    def _is_own_call(self, params: Sequence[Any]) -> bool:
        if len(params) not in (1, 2) or not isinstance(params[0], dict):
            return False
        call = params[0]
        data = call.get("data", call.get("input"))
        return (
            set(call) - {"gasPrice"} in ({"to", "data"}, {"to", "input"})
            and call.get("gasPrice", _FREE) == _FREE
            and self._is_own(call["to"])
            and isinstance(data, str)
            and _HEX.fullmatch(data) is not None
            and (len(params) == 1 or _is_block(params[1]))
        )

    def _is_own_proof(self, params: Sequence[Any]) -> bool:
        return (
            len(params) == 3
            and self._is_own(params[0])
            and isinstance(params[1], list)
            and len(params[1]) <= MOST_KEYS
            and all(isinstance(key, str) and _WORD.fullmatch(key) for key in params[1])
            and _is_block(params[2])
        )

    def _is_own(self, address: Any) -> bool:
        return isinstance(address, str) and address.lower() in self._contracts


def _is_empty(params: Sequence[Any]) -> bool:
    return len(params) == 0


def _is_block_question(params: Sequence[Any]) -> bool:
    """Headers only: whole transactions would make one small question a large answer."""
    return len(params) == 2 and params[1] is False and _is_block(params[0])


def _is_block(value: Any) -> bool:
    """A number, a tag, or EIP-1898's `{"blockHash": …}`."""
    if isinstance(value, dict):
        (digest,) = value.values() if set(value) == {"blockHash"} else (None,)
        return isinstance(digest, str) and _HASH.fullmatch(digest) is not None
    return isinstance(value, str) and (value in _TAGS or _QUANTITY.fullmatch(value) is not None)
