"""Merkle-Patricia proofs (EIP-1186): what a contract's storage holds under a block's state root.

The trie of all accounts leads from the state root to the contract's storage root, the trie of its
storage from there to a slot. Keys are hashed, so nobody chooses where a value lies; each node is
named by its hash in the one above, so nobody chooses what it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger.digest import Digest, keccak256
from ledger.errors import InvalidInput, VerificationFailed
from ledger.identity.address import address_bytes
from ledger.proof.rlp_items import decode

MOST_NODES = 64
MAX_NODE_BYTES = 1_024
"""A branch has 17 items of at most 33 bytes; an account's leaf some 150."""

_BRANCH, _SHORT = 17, 2
_LEGS = 2


@dataclass(frozen=True, slots=True)
class StateProof:
    """The nodes on the way to a contract's account, and from there to one slot, root first."""

    account: tuple[bytes, ...]
    storage: tuple[bytes, ...]


def leg_head_slot(leg: bytes) -> int:
    """Where DocumentExchange keeps the head of a leg: the second word of its struct, in the mapping
    at slot 2, after the two of EIP712 (Solidity, layout of state variables in storage)."""
    return int.from_bytes(keccak256(leg + _LEGS.to_bytes(32, "big")), "big") + 1


def check_slot(state_root: Digest, contract: str, slot: int, proof: StateProof) -> bytes:
    """The 32-byte word the contract keeps there. Raises VerificationFailed
    `state-proof-invalid`."""
    account = _decode(_descend(state_root, address_bytes(contract), proof.account))
    if len(account) != 4 or not isinstance(account[2], bytes) or len(account[2]) != 32:
        raise _invalid("what stands there is no account")
    value = _descend(Digest(account[2]), slot.to_bytes(32, "big"), proof.storage)
    try:
        word = decode(value)
    except InvalidInput as error:
        raise _invalid("no word stands there") from error
    if not isinstance(word, bytes) or len(word) > 32:
        raise _invalid("no word stands there")
    return bytes(word.rjust(32, b"\x00"))


def _descend(root: Digest, key: bytes, nodes: Sequence[bytes]) -> bytes:
    """The value under the key, all nodes used, each where its parent names it."""
    path = keccak256(key).hex()
    wanted: Any = bytes(root)
    left = list(nodes)
    while True:
        if isinstance(wanted, bytes):
            if len(wanted) != 32 or not left or keccak256(left[0]) != wanted:
                raise _invalid("a node is not the one its parent names")
            node = _decode(left.pop(0))
        else:
            node = wanted  # shorter than a hash, so it stands in its parent
        if len(node) == _BRANCH:
            if not path:
                raise _invalid("the path ends within the trie")
            wanted, path = node[int(path[0], 16)], path[1:]
            continue
        if len(node) != _SHORT or not isinstance(node[0], bytes) or not node[0]:
            raise _invalid("a node is neither branch, extension nor leaf")
        nibbles = node[0].hex()
        kind = int(nibbles[0], 16)
        shared = nibbles[1:] if kind % 2 else nibbles[2:]
        if kind > 3 or not path.startswith(shared):
            raise _invalid("the trie holds nothing under this key")
        path = path[len(shared) :]
        if kind < 2:
            wanted = node[1]
            continue
        if path or left or not isinstance(node[1], bytes):
            raise _invalid("the leaf is not the end of the way")
        return bytes(node[1])


def _decode(node: bytes) -> Any:
    try:
        found = decode(node)
    except InvalidInput as error:
        raise _invalid("a node is no RLP") from error
    if not isinstance(found, (list, tuple)):
        raise _invalid("a node is no list")
    return found


def _invalid(detail: str) -> VerificationFailed:
    return VerificationFailed("state-proof-invalid", detail)
