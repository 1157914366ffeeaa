"""Inclusion and consistency proofs, RFC 9162 sections 2.1.3 and 2.1.4.

`prove_*` reads hashes of complete subtrees through a `HashReader` and so needs no more of the
tree than a few dozen of them. `check_*` needs nothing but its arguments, returns None and raises
VerificationFailed; the step numbers are the RFC's. Both algorithms fix the number of nodes from
the sizes alone, so a missing or a surplus node is refused like a wrong one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ledger.digest import DIGEST_BYTES, Digest
from ledger.errors import InvalidInput, VerificationFailed
from ledger.merkle.hashes import EMPTY_ROOT, SIZE_LIMIT, node_hash, parents


class HashReader(Protocol):
    """Where a prover finds the hashes of the tree."""

    def read(self, level: int, index: int) -> bytes:
        """MTH of the complete subtree over leaves [index·2^level, (index+1)·2^level)."""


class ListHashReader:
    """All the hashes of a tree that fits in memory, such as that of one submission."""

    def __init__(self, leaf_hashes: Sequence[bytes]) -> None:
        self._levels = [b"".join(leaf_hashes)]
        while len(self._levels[-1]) >= 2 * DIGEST_BYTES:
            self._levels.append(parents(self._levels[-1]))

    def read(self, level: int, index: int) -> bytes:
        """See HashReader."""
        at = DIGEST_BYTES * index
        node = self._levels[level][at : at + DIGEST_BYTES]
        assert len(node) == DIGEST_BYTES, "the prover stays inside the tree"
        return node


def prove_inclusion(index: int, size: int, reader: HashReader) -> list[bytes]:
    """PATH(index, D[size]) of section 2.1.3.1, from the leaf's sibling up.

    Raises InvalidInput `proof-range` unless 0 <= index < size < 2^63.
    """
    if not 0 <= index < size < SIZE_LIMIT:
        raise InvalidInput("proof-range", f"no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(range_root(middle, end, reader))
            end = middle
        else:
            path.append(range_root(begin, middle, reader))
            begin = middle
    path.reverse()
    return path


def prove_consistency(old: int, new: int, reader: HashReader) -> list[bytes]:
    """PROOF(old, D[new]) of section 2.1.4.1; empty when old is 0 or equals new.

    Raises InvalidInput `proof-range` unless 0 <= old <= new < 2^63.
    """
    if not 0 <= old <= new < SIZE_LIMIT:
        raise InvalidInput("proof-range", f"no proof leads from size {old} to size {new}")
    proof: list[bytes] = []
    begin, end = 0, new
    known = True  # SUBPROOF's b: whether the verifier has the root of [begin, old) already
    if old == 0:
        return proof
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            proof.append(range_root(middle, end, reader))
            end = middle
        else:
            proof.append(range_root(begin, middle, reader))
            begin, known = middle, False
    if not known:
        proof.append(range_root(begin, end, reader))
    proof.reverse()
    return proof


def range_root(begin: int, end: int, reader: HashReader) -> bytes:
    """MTH of leaves [begin, end), a subtree that the RFC's splitting reaches; not empty."""
    nodes: list[bytes] = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        nodes.append(reader.read(level, begin >> level))
        begin += 1 << level
    root = nodes.pop()
    while nodes:
        root = node_hash(nodes.pop(), root)
    return root


def check_inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Section 2.1.3.2: the leaf stands at that index of the tree with that size and root.

    Raises VerificationFailed `inclusion-proof-invalid`.
    """
    if inclusion_root(leaf_hash, index, size, proof) != root:
        raise VerificationFailed("inclusion-proof-invalid", "the path leads to another root")


def inclusion_root(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes]) -> Digest:
    """The one root under which this path proves the leaf: section 2.1.3.2 up to the comparison.

    Raises VerificationFailed `inclusion-proof-invalid` for a path that proves under no root.
    """
    code = "inclusion-proof-invalid"
    if not 0 <= index < size < SIZE_LIMIT:  # 1
        raise VerificationFailed(code, f"no leaf {index} in a tree of {size}")
    _check_nodes(code, (leaf_hash, *proof))
    fn, sn = index, size - 1  # 2
    r = leaf_hash  # 3
    for p in proof:  # 4
        if sn == 0:  # 4.1
            raise VerificationFailed(code, f"{len(proof)} nodes are too many")
        if fn & 1 or fn == sn:  # 4.2
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            r = node_hash(r, p)
        fn >>= 1  # 4.3
        sn >>= 1
    if sn != 0:  # 5
        raise VerificationFailed(code, f"{len(proof)} nodes are too few")
    return Digest(r)


def check_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Section 2.1.4.2: the tree of `new` leaves begins with the whole tree of `old` leaves.

    The RFC leaves out the borders: a tree extends itself (equal roots, no nodes), and every tree
    extends the empty one (whose root is fixed, no nodes).
    Raises VerificationFailed `consistency-proof-invalid`.
    """
    code = "consistency-proof-invalid"
    if not 0 <= old <= new < SIZE_LIMIT:
        raise VerificationFailed(code, f"size {new} cannot follow size {old}")
    _check_nodes(code, (old_root, new_root, *proof))
    if (old == 0 and old_root != EMPTY_ROOT) or (old == new and old_root != new_root):
        raise VerificationFailed(code, f"size {old} has another root")
    if old in (0, new):
        if proof:
            raise VerificationFailed(code, f"{len(proof)} nodes are too many")
        return
    fr, sr = _walk(old, old_root, new, proof)
    if fr != old_root:
        raise VerificationFailed(code, "the proof leads to another old root")
    if sr != new_root:
        raise VerificationFailed(code, "the proof leads to another new root")


def _walk(old: int, old_root: bytes, new: int, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Section 2.1.4.2 for 0 < old < new: the old and the new root that the proof leads to."""
    code = "consistency-proof-invalid"
    if not proof:  # 1
        raise VerificationFailed(code, "0 nodes are too few")
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)  # 2
    fn, sn = old - 1, new - 1  # 3
    while fn & 1:  # 4
        fn >>= 1
        sn >>= 1
    fr = sr = path[0]  # 5
    for c in path[1:]:  # 6
        if sn == 0:  # 6.1
            raise VerificationFailed(code, f"{len(proof)} nodes are too many")
        if fn & 1 or fn == sn:  # 6.2
            fr = node_hash(c, fr)
            sr = node_hash(c, sr)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            sr = node_hash(sr, c)
        fn >>= 1  # 6.3
        sn >>= 1
    if sn != 0:  # 7
        raise VerificationFailed(code, f"{len(proof)} nodes are too few")
    return fr, sr


def _split(count: int) -> int:
    """The largest power of two smaller than count, count > 1."""
    return 1 << ((count - 1).bit_length() - 1)


def _check_nodes(code: str, nodes: Sequence[bytes]) -> None:
    # Hashing nodes of other lengths would let bytes move between neighbours.
    if any(len(node) != DIGEST_BYTES for node in nodes):
        raise VerificationFailed(code, "a node or root does not have 32 bytes")
