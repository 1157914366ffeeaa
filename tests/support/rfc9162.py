"""RFC 9162 section 2.1 written down as it stands there: the oracle for the real implementations.

Slow on purpose: every function recurses over whole lists exactly as the definitions do, so that a
reader can hold it beside the RFC and see that it is right. ``D[n]`` is a list of entries (bytes,
not leaf hashes).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def leaf_hash(entry: bytes) -> bytes:
    """Section 2.1.1: ``MTH({d[0]}) = HASH(0x00 || d[0])``."""
    return _hash(b"\x00" + entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    """Section 2.1.1: ``HASH(0x01 || left || right)``."""
    return _hash(b"\x01" + left + right)


def _split(count: int) -> int:
    """Give ``k``, the largest power of two smaller than ``count`` (``k < n <= 2k``)."""
    k = 1
    while 2 * k < count:
        k *= 2
    return k


def tree_root(entries: Sequence[bytes]) -> bytes:
    """Section 2.1.1: ``MTH(D[n])``."""
    if not entries:
        return _hash(b"")
    if len(entries) == 1:
        return leaf_hash(entries[0])
    k = _split(len(entries))
    return node_hash(tree_root(entries[:k]), tree_root(entries[k:]))


def inclusion_proof(index: int, entries: Sequence[bytes]) -> list[bytes]:
    """Section 2.1.3.1: ``PATH(m, D[n])`` for ``0 <= m < n``."""
    if not 0 <= index < len(entries):
        raise ValueError(f"no leaf {index} in a tree of {len(entries)}")
    if len(entries) == 1:
        return []
    k = _split(len(entries))
    if index < k:
        return [*inclusion_proof(index, entries[:k]), tree_root(entries[k:])]
    return [*inclusion_proof(index - k, entries[k:]), tree_root(entries[:k])]


def consistency_proof(old: int, entries: Sequence[bytes]) -> list[bytes]:
    """Section 2.1.4.1: ``PROOF(m, D[n])`` for ``0 < m <= n``; empty for ``m = n``."""
    if not 0 < old <= len(entries):
        raise ValueError(f"no proof from {old} to {len(entries)}")
    return _subproof(old, entries, complete=True)


def _subproof(old: int, entries: Sequence[bytes], *, complete: bool) -> list[bytes]:
    """Section 2.1.4.1: ``SUBPROOF(m, D[n], b)``; ``complete`` is ``b``."""
    count = len(entries)
    if old == count:
        return [] if complete else [tree_root(entries)]
    k = _split(count)
    if old <= k:
        return [*_subproof(old, entries[:k], complete=complete), tree_root(entries[k:])]
    return [*_subproof(old - k, entries[k:], complete=False), tree_root(entries[:k])]


def is_included(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Section 2.1.3.2, step by step; ``leaf`` is the leaf hash."""
    if index >= size:  # 1
        return False
    fn, sn, r = index, size - 1, leaf  # 2, 3
    for p in proof:  # 4
        if sn == 0:  # 4.1
            return False
        if fn & 1 or fn == sn:  # 4.2
            r = node_hash(p, r)
            if not fn & 1:
                while fn and not fn & 1:
                    fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1  # 4.3
    return sn == 0 and r == root  # 5


def is_consistent(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Section 2.1.4.2, step by step, with equal sizes (which the RFC leaves out) as equal roots."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if not proof:  # 1
        return False
    path = list(proof)
    if old & (old - 1) == 0:  # 2
        path.insert(0, old_root)
    fn, sn = old - 1, new - 1  # 3
    while fn & 1:  # 4
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]  # 5
    for c in path[1:]:  # 6
        if sn == 0:  # 6.1
            return False
        if fn & 1 or fn == sn:  # 6.2
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            if not fn & 1:
                while fn and not fn & 1:
                    fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1  # 6.3
    return fr == old_root and sr == new_root and sn == 0  # 7
