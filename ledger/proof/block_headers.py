"""Block headers in a row, each naming the hash of the one before: what lies in the last of them
lies in the history of everything that trusts it.

A header is its RLP as it is hashed (Ethereum yellow paper 4.4): parent hash first, state root
fourth, number ninth, time twelfth. A hash is always computed here and never read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

from ledger.digest import Digest, keccak256
from ledger.errors import InvalidInput, VerificationFailed
from ledger.proof.rlp_items import decode, encode

MOST_HEADERS = 4_096
MAX_HEADER_BYTES = 16 * 1024
_FEWEST_FIELDS, _MOST_FIELDS = 15, 32


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """One header; `time` in unix seconds."""

    encoded: bytes
    hash: Digest
    parent: Digest
    state_root: Digest
    number: int
    time: int

    @classmethod
    def read(cls, encoded: bytes) -> Self:
        """Read one header. Raises InvalidInput `block-header-malformed`."""
        if len(encoded) > MAX_HEADER_BYTES:
            raise _malformed(f"{len(encoded)} bytes")
        try:
            fields: Any = decode(encoded)
        except InvalidInput as error:
            raise _malformed("no RLP") from error
        if (
            not isinstance(fields, (list, tuple))
            or not _FEWEST_FIELDS <= len(fields) <= _MOST_FIELDS
            or not all(isinstance(field, bytes) for field in fields)
            or any(len(fields[at]) != 32 for at in (0, 3))
            or any(len(fields[at]) > 6 for at in (8, 11))
        ):
            raise _malformed("not the members of a header")
        return cls(
            encoded=encoded,
            hash=keccak256(encoded),
            parent=Digest(fields[0]),
            state_root=Digest(fields[3]),
            number=int.from_bytes(fields[8], "big"),
            time=int.from_bytes(fields[11], "big"),
        )


def encode_headers(headers: Sequence[bytes]) -> bytes:
    """Headers in a row as one RLP list of byte strings."""
    return encode(headers)


def read_headers(data: bytes) -> tuple[BlockHeader, ...]:
    """The inverse. Raises InvalidInput `block-header-malformed`."""
    try:
        found: Any = decode(data)
    except InvalidInput as error:
        raise _malformed("no RLP") from error
    if not isinstance(found, (list, tuple)) or not 0 < len(found) <= MOST_HEADERS:
        raise _malformed(f"not a list of 1 to {MOST_HEADERS} headers")
    if not all(isinstance(one, bytes) for one in found):
        raise _malformed("a header is a byte string here")
    headers = tuple(BlockHeader.read(bytes(one)) for one in found)
    if encode_headers([header.encoded for header in headers]) != data:
        raise _malformed("not the one spelling of RLP")
    return headers


def check_row(headers: Sequence[BlockHeader]) -> None:
    """Each names the one before. Raises VerificationFailed `block-headers-unlinked`."""
    for earlier, later in pairwise(headers):
        if later.parent != earlier.hash or later.number != earlier.number + 1:
            raise VerificationFailed(
                "block-headers-unlinked", f"block {later.number} does not follow {earlier.number}"
            )


def _malformed(detail: str) -> InvalidInput:
    return InvalidInput("block-header-malformed", detail)
