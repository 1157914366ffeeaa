"""The JSON-RPC relay over a running server and a real chain."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain


def call(method: str, *params: Any, number: int = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}


def test_relay_answers_what_the_trust_file_says(server: RunningApp) -> None:
    trust = server.visitor.get("/trust").json()
    answer = server.visitor.post(
        "/chain/rpc",
        json=[
            call("eth_chainId", number=7),
            call("eth_getBlockByNumber", "0x0", False, number=8),
            call("eth_call", {"to": trust["contracts"]["checkpointLog"], "data": "0x7b103999"}),
        ],
    )
    chain, genesis, registry = answer.json()
    assert (chain["id"], int(chain["result"], 16)) == (7, trust["chain"]["id"])
    assert genesis["result"]["hash"] == trust["chain"]["genesis"]
    assert registry["result"][-40:] == trust["contracts"]["organizationRegistry"][2:].lower()


def test_relay_refuses_one_call_and_answers_the_others(server: RunningApp) -> None:
    answer = server.visitor.post(
        "/chain/rpc", json=[call("anvil_mine", number=1), call("eth_blockNumber", number=2)]
    )
    refused, answered = answer.json()
    assert refused["error"]["code"] == -32601
    assert answered["result"].startswith("0x")


def test_relay_answers_about_every_contract_of_the_trust_file(server: RunningApp) -> None:
    """Or a leg's bundle could not be judged by it, nor a desk ask."""
    contracts = server.visitor.get("/trust").json()["contracts"]
    asked = [
        call("eth_getProof", address, ["0x" + 64 * "0"], "latest", number=number)
        for number, address in enumerate(contracts.values())
    ]
    answers = server.visitor.post("/chain/rpc", json=asked).json()
    assert len(contracts) == 4
    assert all("result" in answer for answer in answers), answers


def test_relay_hands_on_a_revert(server: RunningApp) -> None:
    contracts = server.visitor.get("/trust").json()["contracts"]
    answer = server.visitor.post(
        "/chain/rpc",
        json=call("eth_call", {"to": contracts["checkpointLog"], "data": "0x00000000"}),
    )
    assert answer.status_code == 200
    assert "error" in answer.json()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"nonsense", -32700),
        (b"[]", -32600),
        (b"5", -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{}}', -32600),
    ],
)
def test_relay_malformed_answered_in_the_protocol(
    server: RunningApp, body: bytes, code: int
) -> None:
    answer = server.visitor.post(
        "/chain/rpc", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 200
    assert answer.json()["error"]["code"] == code


def test_relay_too_much_at_once_refused(server: RunningApp) -> None:
    many = server.visitor.post("/chain/rpc", json=[call("eth_chainId")] * 21)
    assert many.json()["error"]["code"] == -32600
    long = server.visitor.post(
        "/chain/rpc", content=b" " * 70_000, headers={"content-type": "application/json"}
    )
    assert long.status_code == 413
