"""Audit, second part: do submissions, tiles and checkpoints make one append-only log?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ledger.digest import Digest
from ledger.errors import LedgerError
from ledger.merkle.checkpoint import check_checkpoint
from ledger.merkle.hashes import EMPTY_ROOT
from ledger.merkle.note import NoteKey
from ledger.merkle.tiles import TILE_WIDTH, append_leaves
from ledger.services.finding import Finding
from ledger.services.sequencing import entry_leaves
from ledger.storage.log import CheckpointRow
from ledger.storage.transaction import Transaction

if TYPE_CHECKING:
    from ledger.services.auditing import AuditReport

_PAGE = 2_000


class _Rebuilt:
    """The log built anew in memory, tile by tile, from the submissions alone."""

    def __init__(self) -> None:
        self.size = 0
        self.root = EMPTY_ROOT
        self.tiles: dict[tuple[int, int], bytes] = {}

    def append(self, leaves: list[bytes]) -> None:
        update = append_leaves(self.size, leaves, lambda *at: self.tiles.get(at, b""))
        self.tiles.update({(tile.level, tile.index): tile.data for tile in update.tiles})
        self.size, self.root = update.new_size, update.root


def audit_log(
    tx: Transaction, key: NoteKey, report: AuditReport, roots: dict[int, Digest]
) -> Iterator[Finding]:
    """Rebuild the log and compare it. `roots` receives the true root at every checkpoint's size
    and at every anchor's."""
    checkpoints = list(tx.log.checkpoints())
    wanted = sorted({row.size for row in checkpoints} | {row.size for row in tx.anchors.list()})
    rebuilt = _Rebuilt()
    roots[0] = EMPTY_ROOT
    for leaves, problem in _leaves(tx):
        if problem is not None:
            yield problem
        at = 0
        while at < len(leaves):
            # Stop at each size somebody signed or anchored, to know its root.
            stop = next((size for size in wanted if size > rebuilt.size), None)
            count = len(leaves) - at
            if stop is not None:
                count = min(count, stop - rebuilt.size)
            rebuilt.append(leaves[at : at + count])
            at += count
            if rebuilt.size == stop:
                roots[stop] = rebuilt.root
                wanted = wanted[wanted.index(stop) + 1 :]
    report.leaves = rebuilt.size
    yield from _compare_tiles(tx, rebuilt)
    for row in checkpoints:
        report.checkpoints += 1
        yield from _compare_checkpoint(row, key, roots)
    if checkpoints and max(row.size for row in checkpoints) != rebuilt.size:
        yield Finding(
            "log-size",
            "log",
            f"{rebuilt.size} leaves, while the newest checkpoint signs "
            f"{max(row.size for row in checkpoints)}",
        )


def _leaves(tx: Transaction) -> Iterator[tuple[list[bytes], Finding | None]]:
    """Leaf hashes in log order, with what is wrong about their places."""
    expected = 0
    after = -1
    while page := tx.submissions.sequenced(after, _PAGE):
        for row in page:
            assert row.first_index is not None
            after = row.first_index
            problem = None
            if row.first_index != expected:
                problem = Finding(
                    "log-gap",
                    f"submission {row.pk}",
                    f"begins at leaf {row.first_index}, expected {expected}",
                )
            leaves = entry_leaves(row.commitments, row.digest)
            expected = row.first_index + len(leaves)
            yield leaves, problem


def _compare_tiles(tx: Transaction, rebuilt: _Rebuilt) -> Iterator[Finding]:
    stored: set[tuple[int, int]] = set()
    for level, index, data in tx.log.tiles():
        stored.add((level, index))
        true = rebuilt.tiles.get((level, index), b"")
        if data != true:
            first = next(
                (
                    number
                    for number in range(TILE_WIDTH)
                    if data[32 * number : 32 * number + 32] != true[32 * number : 32 * number + 32]
                ),
                0,
            )
            yield Finding("tile-changed", f"tile {level}/{index}", f"differs from hash {first} on")
    for level, index in sorted(set(rebuilt.tiles) - stored):
        yield Finding("tile-missing", f"tile {level}/{index}", "the tile is gone")


def _compare_checkpoint(
    row: CheckpointRow, key: NoteKey, roots: dict[int, Digest]
) -> Iterator[Finding]:
    name = f"checkpoint {row.size}"
    try:
        checkpoint = check_checkpoint(row.note, key)
    except LedgerError as error:
        yield Finding("checkpoint-signature", name, error.detail)
        return
    if checkpoint.size != row.size or checkpoint.root != row.root:
        yield Finding("checkpoint-changed", name, "stored with another size or root than signed")
    if roots.get(checkpoint.size) != checkpoint.root:
        yield Finding("checkpoint-root", name, "the records do not make the root that was signed")
