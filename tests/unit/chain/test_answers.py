from __future__ import annotations

import pytest

from ledger.chain.answers import SendOutcome, classify_send, is_verdict
from ledger.chain.rpc import NodeError

# engine, code, text, meaning
SAID = [
    ("geth", -32000, "already known", SendOutcome.LOOK_UP),
    ("geth", -32000, "nonce too low: next nonce 5, tx nonce 4", SendOutcome.LOOK_UP),
    ("geth", -32000, "replacement transaction underpriced", SendOutcome.LOOK_UP),
    ("geth", -32000, "nonce too high", SendOutcome.GAP),
    ("geth", -32000, "intrinsic gas too low: have 2000, want 53000", SendOutcome.REFUSED),
    ("geth", -32000, "exceeds block gas limit", SendOutcome.REFUSED),
    ("geth", -32000, "transaction underpriced: tip needed 1", SendOutcome.REFUSED),
    ("geth", -32000, "insufficient funds for gas * price + value", SendOutcome.REFUSED),
    ("geth", -32000, "txpool is full", SendOutcome.LATER),
    ("geth", -32000, "only replay-protected (EIP-155) transactions allowed", SendOutcome.LATER),
    ("besu", -32000, "Known transaction", SendOutcome.LOOK_UP),
    ("besu", -32000, "Replacement transaction underpriced", SendOutcome.LOOK_UP),
    ("besu", -32001, "Nonce too low", SendOutcome.LOOK_UP),
    ("besu", -32001, "", SendOutcome.LOOK_UP),
    (
        "besu",
        -32000,
        "Transaction nonce is too distant from current sender nonce",
        SendOutcome.GAP,
    ),
    ("besu", -32000, "An invalid transaction with a lower nonce exists", SendOutcome.GAP),
    ("besu", -32006, "Nonce too high", SendOutcome.GAP),
    ("besu", -32004, "Upfront cost exceeds account balance", SendOutcome.REFUSED),
    ("besu", -32005, "Transaction gas limit exceeds block gas limit", SendOutcome.REFUSED),
    (
        "besu",
        -32007,
        "Sender account not authorized to send transactions",
        SendOutcome.REFUSED,
    ),
    ("besu", -32009, "Gas price below configured minimum gas price", SendOutcome.REFUSED),
    ("anvil", -32003, "transaction already imported", SendOutcome.LOOK_UP),
    ("anvil", -32003, "nonce too low", SendOutcome.LOOK_UP),
    ("anvil", -32000, "intrinsic gas too low", SendOutcome.REFUSED),
    ("hardhat", -32000, "Known transaction: 0x955b30", SendOutcome.LOOK_UP),
    (
        "hardhat",
        -32000,
        "Transaction nonce too low. Expected nonce to be at least 3 but got 0.",
        SendOutcome.LOOK_UP,
    ),
    ("hardhat", -32000, "Transaction requires at least 53138 gas but got 100", SendOutcome.REFUSED),
    ("any", -32603, "Internal error", SendOutcome.LATER),
    ("any", 0, "", SendOutcome.LATER),
]


@pytest.mark.parametrize(("engine", "number", "text", "meaning"), SAID)
def test_classify_send_what_engines_say(
    engine: str, number: int, text: str, meaning: SendOutcome
) -> None:
    assert classify_send(NodeError(number, text, None)) is meaning


@pytest.mark.parametrize(
    ("number", "text", "verdict"),
    [
        (3, "execution reverted", True),
        (-32000, "execution reverted: Foo", True),
        (-32000, "VM Exception: revert", True),
        (-32000, "nonce too low", True),
        (-32000, "missing trie node", False),
        (-32000, "header not found", False),
        (-32601, "the method does not exist", False),
        (-32005, "limit exceeded", False),
        (-32603, "Internal error", False),
    ],
)
def test_is_verdict_tells_the_chain_s_word_from_the_node_s_trouble(
    number: int, text: str, verdict: bool
) -> None:
    assert is_verdict(NodeError(number, text, None)) is verdict
