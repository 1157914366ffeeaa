"""What passes the reading door to the chain, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.chain.endpoints import Endpoints
from ledger.errors import InvalidInput, Unavailable
from ledger.services.relaying import MOST_KEYS, Relaying

OURS = "0x" + "aB" * 20
FOREIGN = "0x" + "cd" * 20
BLOCK_HASH = "0x" + "11" * 32


@pytest.fixture
def relaying() -> Relaying:
    return Relaying(Endpoints(["http://127.0.0.1:9"], timeout=0.5), [OURS])


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_chainId", []),
        ("eth_blockNumber", []),
        ("eth_getBlockByNumber", ["latest", False]),
        ("eth_getBlockByNumber", ["0x0", False]),
        ("eth_call", [{"to": OURS, "data": "0x"}]),
        ("eth_call", [{"to": OURS.lower(), "input": "0x12345678"}, "0x1b4"]),
        ("eth_call", [{"to": OURS, "data": "0x00"}, {"blockHash": BLOCK_HASH}]),
        ("eth_getProof", [OURS, ["0x0", BLOCK_HASH], "latest"]),
    ],
)
def test_check_call_reading_question_about_us_passes(
    relaying: Relaying, method: str, params: list[Any]
) -> None:
    relaying.check_call(method, params)


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_sendRawTransaction", ["0x00"]),
        ("eth_accounts", []),
        ("anvil_setBalance", [OURS, "0x1"]),
        ("debug_traceTransaction", [BLOCK_HASH]),
        ("ETH_CHAINID", []),
        ("eth_chainId", [1]),
        ("eth_getBlockByNumber", ["latest", True]),
        ("eth_getBlockByNumber", ["latest", 0]),
        ("eth_getBlockByNumber", ["pending", False]),
        ("eth_getBlockByNumber", ["0x01", False]),
        ("eth_getBlockByNumber", ["latest"]),
        ("eth_call", []),
        ("eth_call", ["0x"]),
        ("eth_call", [{"to": FOREIGN, "data": "0x"}]),
        ("eth_call", [{"data": "0x"}]),
        ("eth_call", [{"to": OURS, "data": "0x", "gas": "0xffffffff"}]),
        ("eth_call", [{"to": OURS, "data": "0x", "from": FOREIGN}]),
        ("eth_call", [{"to": OURS, "data": "0x0"}]),
        ("eth_call", [{"to": OURS, "data": "0x" + "00" * 8193}]),
        ("eth_call", [{"to": OURS, "data": 5}]),
        ("eth_call", [{"to": OURS, "data": "0x"}, "latest", {OURS: {"code": "0x"}}]),
        ("eth_call", [{"to": OURS, "data": "0x"}, {"blockHash": BLOCK_HASH, "x": 1}]),
        ("eth_getProof", [FOREIGN, [], "latest"]),
        ("eth_getProof", [OURS, ["0x0"] * (MOST_KEYS + 1), "latest"]),
        ("eth_getProof", [OURS, [0], "latest"]),
        ("eth_getProof", [OURS, "0x0", "latest"]),
        ("eth_getProof", [OURS, []]),
    ],
)
def test_check_call_anything_else_refused(
    relaying: Relaying, method: str, params: list[Any]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        relaying.check_call(method, params)
    assert caught.value.code == "rpc-refused"


def test_ask_no_node_answers_is_unavailable(relaying: Relaying) -> None:
    with pytest.raises(Unavailable):
        relaying.ask([("eth_chainId", [])])
