"""The Merkle trees of submissions, remembered in their upper part.

A path in a submission of ten thousand records would cost twenty thousand hashes. Of each tree
seen, the nodes over 256 records are kept (32 bytes each); a path then costs one block of 256.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from ledger.digest import Digest
from ledger.merkle.hashes import leaf_hash, tree_root
from ledger.merkle.proofs import ListHashReader, prove_inclusion
from ledger.storage.submissions import SubmissionRow

_BLOCK_LEVEL = 8
_BLOCK = 1 << _BLOCK_LEVEL
_KEPT_TREES = 20_000


class SubmissionTrees:
    """Proves places of records in their submissions. Safe for use by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks: OrderedDict[int, ListHashReader] = OrderedDict()

    def path(self, row: SubmissionRow, position: int) -> tuple[Digest, ...]:
        """The RFC 9162 path from one record's commitment to the signed root, leaf first."""
        reader = _Reader(row.commitments, self._upper(row))
        return tuple(map(Digest, prove_inclusion(position, row.count, reader)))

    def _upper(self, row: SubmissionRow) -> ListHashReader:
        """The complete nodes over blocks of 256 records."""
        assert row.pk is not None
        with self._lock:
            known = self._blocks.get(row.pk)
            if known is not None:
                self._blocks.move_to_end(row.pk)
                return known
        made = ListHashReader(
            [
                _node(row.commitments, _BLOCK_LEVEL, block)
                for block in range(row.count >> _BLOCK_LEVEL)
            ]
        )
        with self._lock:
            self._blocks[row.pk] = made
            if len(self._blocks) > _KEPT_TREES:
                self._blocks.popitem(last=False)
        return made


class _Reader:
    """A HashReader over one submission: blocks from the cache, what is below computed."""

    def __init__(self, commitments: bytes, blocks: ListHashReader) -> None:
        self._commitments = commitments
        self._blocks = blocks

    def read(self, level: int, index: int) -> bytes:
        """The complete subtree of 2^level records."""
        if level >= _BLOCK_LEVEL:
            return self._blocks.read(level - _BLOCK_LEVEL, index)
        return _node(self._commitments, level, index)


def _node(commitments: bytes, level: int, index: int) -> bytes:
    width = 32 << level
    part = commitments[index * width : (index + 1) * width]
    assert len(part) == width, "only complete subtrees are read"
    return tree_root([leaf_hash(part[at : at + 32]) for at in range(0, width, 32)])
