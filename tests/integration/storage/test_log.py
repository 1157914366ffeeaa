from dataclasses import dataclass

import pytest

from ledger.errors import Conflict, NotFound
from ledger.storage.anchors import AnchorState
from ledger.storage.database import Database
from tests.support.stored import NOW, digest


@dataclass(frozen=True)
class TileOf:
    level: int
    index: int
    data: bytes


def test_log_before_founding_has_no_state(db: Database) -> None:
    with db.read() as tx:
        assert tx.log.state() is None
        assert tx.log.latest_checkpoint() is None
        assert tx.log.load_tile(0, 0) == b""


def test_partial_tile_is_replaced_by_its_longer_self(db: Database) -> None:
    with db.write() as tx:
        tx.log.save_tiles([TileOf(0, 0, b"a" * 32), TileOf(1, 0, b"b" * 32)])
        tx.log.save_tiles([TileOf(0, 0, b"a" * 64)])
        tx.log.save_tiles([])
    with db.read() as tx:
        assert tx.log.load_tile(0, 0) == b"a" * 64
        assert tx.log.load_tile(1, 0) == b"b" * 32


def test_checkpoints_latest_and_by_size(db: Database) -> None:
    roots = {size: digest() for size in (0, 3, 10)}
    with db.write() as tx:
        for size, root in roots.items():
            tx.log.add_checkpoint(size, root, f"note {size} — Thanh Hóa\n", NOW)
    with db.read() as tx:
        assert tx.log.state() == (10, roots[10])
        latest = tx.log.latest_checkpoint()
        assert latest is not None
        assert (latest.size, latest.note, latest.created_at) == (10, "note 10 — Thanh Hóa\n", NOW)
        assert tx.log.checkpoint_at(3) is not None
        assert tx.log.checkpoint_at(4) is None


def test_checkpoint_second_of_same_size_is_duplicate(db: Database) -> None:
    with db.write() as tx:
        tx.log.add_checkpoint(3, digest(), "a", NOW)
    with pytest.raises(Conflict) as caught, db.write() as tx:
        tx.log.add_checkpoint(3, digest(), "b", NOW)
    assert caught.value.code == "storage-duplicate"


def test_anchor_confirmed_covers_leaves_until_reopened(db: Database) -> None:
    roots = {size: digest() for size in (3, 10)}
    block, transaction = digest(), digest()
    with db.write() as tx:
        for size, root in roots.items():
            tx.log.add_checkpoint(size, root, "note", NOW)
            tx.anchors.add(size, root, f"anchor/{size}")
        tx.anchors.add(3, roots[3], "anchor/3")
        assert [row.size for row in tx.anchors.open()] == [3, 10]
        assert tx.anchors.latest_confirmed() is None
        assert tx.anchors.find_covering(0) is None
        tx.anchors.confirm(10, 7, block, 1_772_352_001, transaction)
    with db.write() as tx:
        row = tx.anchors.find_covering(2)
        assert row is not None
        assert row.state is AnchorState.CONFIRMED
        assert (row.size, row.root, row.purpose) == (10, roots[10], "anchor/10")
        assert (row.block, row.block_hash, row.block_time) == (7, block, 1_772_352_001)
        assert row.tx_hash == transaction
        assert tx.anchors.find_covering(10) is None
        covering = tx.log.first_checkpoint_covering(2)
        assert covering is not None
        assert covering.size == 10
        unanchored = tx.log.first_checkpoint_covering(2, anchored=False)
        assert unanchored is not None
        assert unanchored.size == 3
        assert [anchor.size for anchor in tx.anchors.list()] == [10, 3]
        assert [anchor.size for anchor in tx.anchors.list(1)] == [10]
        tx.anchors.reopen(10)
        assert tx.anchors.find_covering(2) is None
        assert tx.log.first_checkpoint_covering(2) is None
        reopened = tx.anchors.find(10)
        assert reopened is not None
        assert (reopened.state, reopened.block) == (AnchorState.OPEN, None)


def test_anchor_dropped_only_while_open(db: Database) -> None:
    with db.write() as tx:
        tx.anchors.add(3, digest(), "anchor/3")
        tx.anchors.add(5, digest(), "anchor/5")
        tx.anchors.confirm(5, 1, digest(), 1, digest())
        tx.anchors.drop(3)
        tx.anchors.drop(5)
        assert [row.size for row in tx.anchors.list()] == [5]


def test_anchor_other_root_for_same_size_is_conflict(db: Database) -> None:
    with db.write() as tx:
        tx.anchors.add(3, digest(), "anchor/3")
    with pytest.raises(Conflict) as caught, db.write() as tx:
        tx.anchors.add(3, digest(), "anchor/3")
    assert caught.value.code == "anchor-conflict"
    with pytest.raises(NotFound), db.write() as tx:
        tx.anchors.confirm(4, 1, digest(), 1, digest())
    with pytest.raises(NotFound), db.write() as tx:
        tx.anchors.reopen(4)
