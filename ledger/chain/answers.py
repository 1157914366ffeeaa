"""What nodes say when they refuse, sorted by what it means for us.

Nodes share neither codes nor words, and a wrong guess is expensive in one direction only: taking
"already have it" or "nonce used" for a failure would send a second transaction. So those two mean
*look up my hash*, and only a refusal known to be for good is one. Collected from geth 1.13, Besu
26.x, GoQuorum, anvil 1.7 and hardhat 3 (see docs/operations/chain.md).
"""

from __future__ import annotations

from enum import Enum

from ledger.chain.rpc import NodeError


class SendOutcome(Enum):
    """What a node's answer to `eth_sendRawTransaction` means."""

    TAKEN = "taken"
    """The node has the transaction in its pool."""
    LOOK_UP = "look up"
    """It had it already, or the nonce is used: the hash decides which."""
    GAP = "gap"
    """A lower nonce is missing: send that one first."""
    LATER = "later"
    """Pool full, node syncing or not understood: send the same bytes again."""
    REFUSED = "refused"
    """Refused for good as things stand: gas, funds or permission."""


_LOOK_UP = (
    "already known",
    "known transaction",
    "already imported",
    "already exists",
    "already in the pool",
    "already have",
    "alreadyknown",
    "nonce too low",
    "nonce_too_low",
    "transaction nonce is too low",
    "expected nonce to be",
    "nonce is lower",
    "nonce has already been used",
    "replacement transaction underpriced",
    "replacement_underpriced",
    "replacement fee too low",
)
_GAP = (
    "nonce too high",
    "nonce_too_high",
    "nonce is too distant",
    "nonce is too high",
    "too distant from current sender nonce",
    "invalid transaction with a lower nonce exists",
    "nonce gap",
)
_REFUSED = (
    "intrinsic gas",
    "transaction requires at least",
    "exceeds block gas limit",
    "exceeds transaction gas limit",
    "gas limit is too high",
    "gas limit too high",
    "gas limit exceed",
    "exceeds the gas limit",
    "gas price below",
    "gas price too low",
    "below configured minimum gas price",
    "transaction underpriced",
    "max fee per gas less than block base fee",
    "feecap",
    "insufficient funds",
    "doesn't have enough funds",
    "upfront cost",
    "not authorized",
    "not permitted",
    "initcode size",
    "oversized data",
    "invalid sender",
    "invalid signature",
    "invalid chain id",
    "chain id does not match",
    "incompatible eip-155",
    "chainid",
)
_BESU_NUMBERS = {
    -32001: SendOutcome.LOOK_UP,  # nonce too low
    -32004: SendOutcome.REFUSED,  # upfront cost exceeds balance
    -32006: SendOutcome.GAP,  # nonce too high
    -32007: SendOutcome.REFUSED,  # sender not authorized (permissioning)
    -32009: SendOutcome.REFUSED,  # gas price below the minimum
}
"""Used only where the words say nothing: other engines give these numbers other meanings."""


def classify_send(error: NodeError) -> SendOutcome:
    """Sort a refusal. What is not recognised is LATER: the bytes are kept and sent again."""
    text = error.text.lower()
    for words, outcome in (
        (_LOOK_UP, SendOutcome.LOOK_UP),
        (_GAP, SendOutcome.GAP),
        (_REFUSED, SendOutcome.REFUSED),
    ):
        if any(word in text for word in words):
            return outcome
    return _BESU_NUMBERS.get(error.number, SendOutcome.LATER)


def is_verdict(error: NodeError) -> bool:
    """Whether the error is the chain's answer (a revert, a refused transaction) rather than the
    node's own trouble, which another node might not have."""
    text = error.text.lower()
    return (
        error.number == 3
        or "revert" in text
        or "out of gas" in text
        or "invalid opcode" in text
        or classify_send(error) is not SendOutcome.LATER
    )
