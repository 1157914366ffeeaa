"""Merkle tree hashes of RFC 9162 section 2.1.1 with SHA-256.

::

    MTH({})    = SHA256()
    leaf(d)    = SHA256(0x00 ‖ d)
    node(l, r) = SHA256(0x01 ‖ l ‖ r)

A tree of n > 1 leaves splits at k, the largest power of two smaller than n. The two prefixes keep
a leaf from ever passing for a node: without them a proof could be cut short.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from ledger.digest import DIGEST_BYTES, Digest

EMPTY_ROOT = Digest(sha256(b"").digest())
"""Root of the tree without leaves."""

NODE_PREFIX = b"\x01"

SIZE_LIMIT = 2**63
"""Trees are smaller than this (C2SP tlog-tiles; the contract refuses the same)."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one log entry as a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node over its two 32-byte children."""
    return sha256(b"\x01" + left + right).digest()


def tree_root(leaf_hashes: Sequence[bytes]) -> Digest:
    """MTH over leaf hashes in order.

    Level by level from below, an odd last node moving up unchanged: the same tree as the
    definition by splitting, because every split leaves a power of two on the left.
    """
    if not leaf_hashes:
        return EMPTY_ROOT
    data = b"".join(leaf_hashes)
    assert len(data) == DIGEST_BYTES * len(leaf_hashes), "leaf hashes have 32 bytes"
    while len(data) > DIGEST_BYTES:
        paired = len(data) & -64
        data = parents(data) + data[paired:]
    return Digest(data)


def parents(hashes: bytes) -> bytes:
    """Concatenated parents of concatenated siblings; an odd last hash has none."""
    return b"".join(
        [
            sha256(NODE_PREFIX + hashes[at : at + 64]).digest()
            for at in range(0, len(hashes) - 63, 64)
        ]
    )
