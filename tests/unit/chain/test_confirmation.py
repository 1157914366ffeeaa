"""The rule of Clique over headers sealed here, by keys of our own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ledger.chain.blocks import Block, Header, read_header
from ledger.chain.client import ChainClient
from ledger.chain.confirmation import (
    NOTHING_SETTLED,
    CliqueMajority,
    Immediate,
    recover_signer,
    rule_for,
)
from ledger.digest import Digest, keccak256
from ledger.errors import Misconfigured, Unavailable
from ledger.identity.private_key import PrivateKey

VALIDATORS = [PrivateKey(bytes([n]) * 32) for n in range(1, 5)]
STRANGER = PrivateKey(b"\x77" * 32)


def seal(number: int, parent: Digest, key: PrivateKey) -> Header:
    """A header as geth would serve it, signed by the key (EIP-225)."""
    fields: dict[str, Any] = {
        "parentHash": parent.prefixed,
        "sha3Uncles": "0x" + "1d" * 32,
        "miner": "0x" + "00" * 20,
        "stateRoot": "0x" + "02" * 32,
        "transactionsRoot": "0x" + "03" * 32,
        "receiptsRoot": "0x" + "04" * 32,
        "logsBloom": "0x" + "00" * 256,
        "difficulty": "0x2",
        "number": hex(number),
        "gasLimit": "0x2faf0800",
        "gasUsed": "0x0",
        "timestamp": hex(1_700_000_000 + number),
        "extraData": "0x" + bytes(32 + 65).hex(),
        "mixHash": "0x" + "00" * 32,
        "nonce": "0x" + "00" * 8,
    }
    digest = _hashed(fields).seal_digest
    signature = key.sign_digest(digest)
    sealed = bytes(32) + signature[:64] + bytes([signature[64] - 27])
    return _hashed({**fields, "extraData": "0x" + sealed.hex()})


def _hashed(fields: dict[str, Any]) -> Header:
    """Compute the hash as the node would, by asking the reader what it expects."""
    try:
        return read_header({**fields, "hash": "0x" + "00" * 32})
    except Unavailable as error:
        computed = error.detail.split("whose hash is ")[1].split(" ")[0]
        return read_header({**fields, "hash": computed})


class RecordedClient(ChainClient):
    """Serves prepared headers."""

    def __init__(self, headers: Sequence[Header], signers: Sequence[PrivateKey]) -> None:
        super().__init__(["http://127.0.0.1:9"])
        self.by_number: dict[int, Header] = {header.number: header for header in headers}
        self.signers = [key.address for key in signers]

    def ask(self, method: str, *params: Any) -> Any:
        assert method == "clique_getSigners"
        return self.signers

    def headers(self, numbers: Sequence[int]) -> list[Header | None]:
        return [self.by_number.get(number) for number in numbers]


def chain(keys: Sequence[PrivateKey]) -> list[Header]:
    headers: list[Header] = []
    parent = keccak256(b"genesis")
    for number, key in enumerate(keys, 1):
        headers.append(seal(number, parent, key))
        parent = headers[-1].hash
    return headers


def head_of(headers: Sequence[Header]) -> Block:
    last = headers[-1]
    return Block(last.number, last.hash, last.parent, last.time, 0, None)


@pytest.mark.parametrize(
    ("turns", "settled"),
    [
        # who sealed blocks 1, 2, …; the highest block with three different seals above it
        ([0, 1, 2, 3, 0, 1], 3),
        ([0, 1, 2, 0, 1, 2], 3),
        ([0, 1, 2, 3], 1),
        ([0, 1, 2], 0),
        ([0, 1], NOTHING_SETTLED),
        ([0, 1, 0, 1, 0, 1, 0, 1], NOTHING_SETTLED),
        ([2, 0, 1, 0, 1], 0),
        ([3, 2, 0, 1, 0, 1], 1),
    ],
)
def test_settled_height_counts_different_validators(turns: list[int], settled: int) -> None:
    headers = chain([VALIDATORS[turn] for turn in turns])
    client = RecordedClient(headers, VALIDATORS)
    assert CliqueMajority().settled_height(client, head_of(headers)) == settled


def test_settled_height_of_one_validator_needs_one_block_above() -> None:
    headers = chain([VALIDATORS[0]] * 3)
    client = RecordedClient(headers, VALIDATORS[:1])
    assert CliqueMajority().settled_height(client, head_of(headers)) == 2


def test_settled_height_with_a_stranger_s_seal_is_unavailable() -> None:
    headers = chain([VALIDATORS[0], VALIDATORS[1], STRANGER])
    with pytest.raises(Unavailable):
        CliqueMajority().settled_height(RecordedClient(headers, VALIDATORS), head_of(headers))


def test_settled_height_over_a_broken_link_decides_nothing() -> None:
    headers = chain([VALIDATORS[turn % 4] for turn in range(6)])
    client = RecordedClient(headers, VALIDATORS)
    client.by_number[5] = seal(5, keccak256(b"another past"), VALIDATORS[0])
    assert CliqueMajority().settled_height(client, head_of(headers)) == NOTHING_SETTLED
    del client.by_number[5]
    assert CliqueMajority().settled_height(client, head_of(headers)) == NOTHING_SETTLED


def test_settled_height_without_validators_is_unavailable() -> None:
    headers = chain([VALIDATORS[0]])
    with pytest.raises(Unavailable):
        CliqueMajority().settled_height(RecordedClient(headers, []), head_of(headers))


def test_recover_signer_gives_the_sealing_key() -> None:
    for key in VALIDATORS:
        assert recover_signer(seal(9, keccak256(b"p"), key)) == key.address


def test_immediate_settles_the_head() -> None:
    headers = chain(VALIDATORS)
    client = RecordedClient(headers, VALIDATORS)
    assert Immediate().settled_height(client, head_of(headers)) == 4


@pytest.mark.parametrize(
    ("engine", "rule"),
    [("anvil", Immediate), ("hardhat", Immediate), ("bft", Immediate), ("clique", CliqueMajority)],
)
def test_rule_for_each_engine(engine: str, rule: type) -> None:
    assert isinstance(rule_for(engine), rule)


def test_rule_for_an_unknown_engine_is_misconfigured() -> None:
    with pytest.raises(Misconfigured):
        rule_for("proof-of-hope")
