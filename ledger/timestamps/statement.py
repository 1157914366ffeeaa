"""What a time-stamp says existed: one block of the chain, and the log's head that stands in it.

A block hash commits to the whole state of the chain, so one token covers every head of the log,
every leg of every document and every registration up to that block; the log's root is named too,
so that a record is tied to the token by an inclusion proof alone.

Format: docs/formats/timestamp.md. Every fault raises InvalidInput (`timestamp-…` or `json-…`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger import canonical
from ledger.digest import Digest
from ledger.errors import InvalidInput
from ledger.merkle.checkpoint import Checkpoint
from ledger.proof.shape import Shape

MAX_STATEMENT_BYTES = 4_096
"""A statement is some 450 bytes; what is larger is not looked at."""

_MALFORMED = "timestamp-statement-malformed"


@dataclass(frozen=True, slots=True)
class Statement:
    """A settled block, and the newest head of the log anchored in it or before."""

    chain_id: int
    genesis: Digest
    block: int
    block_hash: Digest
    head: Checkpoint

    def to_json(self) -> dict[str, Any]:
        """The JSON of docs/formats/timestamp.md."""
        return {
            "v": 1,
            "type": "provenance.timestamp",
            "chain": {
                "id": self.chain_id,
                "genesis": self.genesis.prefixed,
                "block": self.block,
                "hash": self.block_hash.prefixed,
            },
            "log": {
                "origin": self.head.origin,
                "size": self.head.size,
                "root": self.head.root.hex(),
            },
        }

    def encode(self) -> bytes:
        """The canonical bytes: the data of the time-stamp."""
        return canonical.encode(self.to_json())


def parse_statement(data: bytes) -> Statement:
    """Read a statement in its one spelling. Raises InvalidInput `timestamp-statement-malformed`."""
    if len(data) > MAX_STATEMENT_BYTES:
        raise _malformed(f"{len(data)} bytes")
    shape = Shape(canonical.parse(data), ("v", "type", "chain", "log"), code=_MALFORMED)
    shape.constant("type", "provenance.timestamp")
    shape.constant("v", 1)
    chain = shape.object("chain", ("id", "genesis", "block", "hash"))
    log = shape.object("log", ("origin", "size", "root"))
    statement = Statement(
        chain_id=chain.integer("id"),
        genesis=chain.chain_digest("genesis"),
        block=chain.integer("block"),
        block_hash=chain.chain_digest("hash"),
        head=Checkpoint(log.text("origin"), log.integer("size"), log.digest("root")),
    )
    if statement.encode() != data:
        raise _malformed("not the canonical spelling")
    return statement


def _malformed(detail: str) -> InvalidInput:
    return InvalidInput(_MALFORMED, detail)
