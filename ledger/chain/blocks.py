"""Blocks, receipts and logs as values, read from a node's JSON once and strictly.

PoA and QBFT headers carry more than 32 bytes of `extraData`; nothing here limits it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import rlp

from ledger.chain.quantities import (
    malformed,
    read_address,
    read_data,
    read_digest,
    read_list,
    read_object,
    read_quantity,
)
from ledger.digest import Digest, keccak256

SEAL_BYTES = 65
"""A Clique seal (EIP-225): r ‖ s ‖ recovery id, the last bytes of extraData."""

_OPTIONAL = (
    ("baseFeePerGas", read_quantity),
    ("withdrawalsRoot", read_digest),
    ("blobGasUsed", read_quantity),
    ("excessBlobGas", read_quantity),
    ("parentBeaconBlockRoot", read_digest),
    ("requestsHash", read_digest),
)
"""Header members added by London … Prague, in the order they are appended; one absent ends them."""


@dataclass(frozen=True, slots=True)
class Block:
    """What we ask of a block. `time` in unix seconds; `base_fee` in wei, None before London."""

    number: int
    hash: Digest
    parent: Digest
    time: int
    gas_limit: int
    base_fee: int | None


@dataclass(frozen=True, slots=True)
class Header:
    """A whole block header; `hash` is computed from it, so a node cannot misstate either."""

    number: int
    hash: Digest
    parent: Digest
    time: int
    extra_data: bytes
    fields: tuple[Any, ...]

    @property
    def encoded(self) -> bytes:
        """RLP of all members: its keccak-256 is the block hash."""
        return bytes(rlp.encode(self.fields))

    @property
    def seal_digest(self) -> Digest:
        """What a Clique validator signs: the header without the 65 bytes of the seal (EIP-225)."""
        fields = list(self.fields)
        fields[12] = self.extra_data[:-SEAL_BYTES]
        return keccak256(rlp.encode(fields))


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One event of a contract."""

    address: str
    topics: tuple[Digest, ...]
    data: bytes
    block: int
    block_hash: Digest
    index: int
    transaction: Digest


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a transaction, in the block the node names: provisional by nature."""

    transaction: Digest
    sender: str
    block: int
    block_hash: Digest
    succeeded: bool
    gas_used: int
    contract: str | None
    logs: tuple[LogEntry, ...]


def read_block(value: Any) -> Block:
    """Parse the answer of `eth_getBlockBy…`. Raises Unavailable `chain-answer-malformed`."""
    block = read_object(value)
    base_fee = block.get("baseFeePerGas")
    return Block(
        number=read_quantity(block.get("number")),
        hash=read_digest(block.get("hash")),
        parent=read_digest(block.get("parentHash")),
        time=read_quantity(block.get("timestamp")),
        gas_limit=read_quantity(block.get("gasLimit")),
        base_fee=None if base_fee is None else read_quantity(base_fee),
    )


def read_header(value: Any) -> Header:
    """Parse a block's header and recompute its hash.

    Raises Unavailable when the hash the node states is another. Not for Besu and GoQuorum BFT
    headers, whose hash leaves parts of extraData out.
    """
    block = read_object(value)
    nonce = read_data(block.get("nonce"))
    extra = read_data(block.get("extraData"))
    fields: list[Any] = [
        read_digest(block.get("parentHash")),
        read_digest(block.get("sha3Uncles")),
        bytes.fromhex(read_address(block.get("miner"))[2:]),
        read_digest(block.get("stateRoot")),
        read_digest(block.get("transactionsRoot")),
        read_digest(block.get("receiptsRoot")),
        read_data(block.get("logsBloom")),
        read_quantity(block.get("difficulty")),
        read_quantity(block.get("number")),
        read_quantity(block.get("gasLimit")),
        read_quantity(block.get("gasUsed")),
        read_quantity(block.get("timestamp")),
        extra,
        read_digest(block.get("mixHash")),
        nonce,
    ]
    for name, read in _OPTIONAL:
        if block.get(name) is None:
            break
        fields.append(read(block[name]))
    computed = keccak256(rlp.encode(fields))
    if computed != read_digest(block.get("hash")):
        raise malformed(f"a header whose hash is {computed.prefixed}", block.get("hash"))
    return Header(fields[8], computed, fields[0], fields[11], extra, tuple(fields))


def read_log(value: Any) -> LogEntry:
    """Parse one log. Raises Unavailable `chain-answer-malformed`."""
    entry = read_object(value)
    return LogEntry(
        address=read_address(entry.get("address")),
        topics=tuple(read_digest(topic) for topic in read_list(entry.get("topics"))),
        data=read_data(entry.get("data")),
        block=read_quantity(entry.get("blockNumber")),
        block_hash=read_digest(entry.get("blockHash")),
        index=read_quantity(entry.get("logIndex")),
        transaction=read_digest(entry.get("transactionHash")),
    )


def read_receipt(value: Any, expected: Digest, *, with_logs: bool = True) -> Receipt | None:
    """Parse a receipt; None where the node has none. Its logs may be left unread by who looks for
    nothing but its block: a batch has hundreds. Raises Unavailable when it is another
    transaction's."""
    if value is None:
        return None
    receipt = read_object(value)
    found = read_digest(receipt.get("transactionHash"))
    if found != expected:
        raise malformed(f"the receipt of {expected.prefixed}", found.prefixed)
    status = read_quantity(receipt.get("status"))
    if status not in (0, 1):
        raise malformed("a receipt status", receipt.get("status"))
    contract = receipt.get("contractAddress")
    return Receipt(
        transaction=found,
        sender=read_address(receipt.get("from")),
        block=read_quantity(receipt.get("blockNumber")),
        block_hash=read_digest(receipt.get("blockHash")),
        succeeded=status == 1,
        gas_used=read_quantity(receipt.get("gasUsed")),
        contract=None if contract is None else read_address(contract),
        logs=tuple(map(read_log, read_list(receipt.get("logs")))) if with_logs else (),
    )
