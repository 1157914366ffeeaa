"""Tiles: paths of the specification, growth in any rhythm, proofs from what is stored."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import InvalidInput, Unavailable
from ledger.merkle.hashes import EMPTY_ROOT, leaf_hash, tree_root
from ledger.merkle.proofs import (
    ListHashReader,
    check_consistency,
    check_inclusion,
    prove_consistency,
    prove_inclusion,
)
from ledger.merkle.tiles import (
    Tile,
    TileCoordinates,
    TileHashReader,
    append_leaves,
    entries_path,
    parse_tile_path,
    tile_path,
    tile_width,
    tree_root_at,
)
from tests.support import rfc9162
from tests.support.campaign import scale

MOST = 1400
ENTRIES = [b"%d" % number for number in range(MOST)]
HASHES = [leaf_hash(entry) for entry in ENTRIES]


class Shelf:
    """Stored tiles, each holding only what was ever saved."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.size = 0

    def load(self, level: int, index: int) -> bytes:
        return self.tiles.get((level, index), b"")

    def append(self, leaves: list[bytes]) -> bytes:
        update = append_leaves(self.size, leaves, self.load)
        assert update.new_size == self.size + len(leaves)
        for tile in update.tiles:
            assert len(tile.data) > len(self.load(tile.level, tile.index))
            assert tile.data.startswith(self.load(tile.level, tile.index))
            self.tiles[tile.level, tile.index] = tile.data
        self.size = update.new_size
        return update.root


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (0, 1234067, 112, "tile/0/x001/x234/067.p/112"),
        (0, 0, 256, "tile/0/000"),
        (0, 273, 112, "tile/0/273.p/112"),
        (1, 1, 17, "tile/1/001.p/17"),
        (2, 0, 1, "tile/2/000.p/1"),
        (63, 1000, 255, "tile/63/x001/000.p/255"),
        (None, 1234067, 256, "tile/entries/x001/x234/067"),
        (None, 5, 3, "tile/entries/005.p/3"),
    ],
)
def test_tile_path_of_specification_round_trips(
    level: int | None, index: int, width: int, path: str
) -> None:
    made = entries_path(index, width) if level is None else tile_path(level, index, width)
    assert made == path
    assert parse_tile_path(path) == TileCoordinates(level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/00/000",
        "tile/01/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/0",
        "tile/0/1000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/x001/x234",
        "tile/0/x01/234",
        "tile/0/000.p/0",
        "tile/0/000.p/00",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000/",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "tile/data/000",
        "tile/entries/000.p/256",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/0/../../000",
    ],
)
def test_parse_tile_path_other_spelling_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_tile_path(path)
    assert refused.value.code == "tile-path-malformed"


@given(st.integers(0, 63), st.integers(0, 10**21 - 1), st.integers(1, 256))
def test_tile_path_any_coordinates_round_trip(level: int, index: int, width: int) -> None:
    assert parse_tile_path(tile_path(level, index, width)) == TileCoordinates(level, index, width)
    assert parse_tile_path(entries_path(index, width)) == TileCoordinates(None, index, width)


def test_append_leaves_seventy_thousand_gives_tiles_of_specification() -> None:
    leaves = [leaf_hash(number.to_bytes(4, "big")) for number in range(70_000)]
    update = append_leaves(0, leaves, lambda level, index: b"")
    widths: dict[int, list[int]] = {}
    for tile in update.tiles:
        widths.setdefault(tile.level, []).append(tile.width)
    assert widths == {0: [256] * 273 + [112], 1: [256, 17], 2: [1]}
    assert update.root == tree_root(leaves)


def test_append_leaves_256_gives_full_tile_and_its_root_above() -> None:
    update = append_leaves(0, HASHES[:256], lambda level, index: b"")
    assert update.tiles == (
        Tile(0, 0, b"".join(HASHES[:256])),
        Tile(1, 0, bytes(tree_root(HASHES[:256]))),
    )


def test_append_leaves_nothing_changes_nothing() -> None:
    shelf = Shelf()
    assert shelf.append([]) == EMPTY_ROOT
    shelf.append(HASHES[:300])
    before = dict(shelf.tiles)
    assert shelf.append([]) == tree_root(HASHES[:300])
    assert shelf.tiles == before


@settings(max_examples=scale(60, 1000), deadline=None)
@given(st.lists(st.integers(0, 400), max_size=8), st.data())
def test_append_leaves_any_batches_equal_one_batch(batches: list[int], data: st.DataObject) -> None:
    shelf = Shelf()
    for batch in batches:
        if shelf.size + batch > MOST:
            break
        root = shelf.append(HASHES[shelf.size : shelf.size + batch])
        assert root == rfc9162.tree_root(ENTRIES[: shelf.size])
    at_once = append_leaves(0, HASHES[: shelf.size], lambda level, index: b"")
    assert {(tile.level, tile.index): tile.data for tile in at_once.tiles} == shelf.tiles
    for (level, index), stored in shelf.tiles.items():
        assert tile_width(level, index, shelf.size) == len(stored) // 32
    if shelf.size:
        size = data.draw(st.integers(1, shelf.size))
        index = data.draw(st.integers(0, size - 1))
        # The shelf holds more than the size asked for: the reader must not look at the rest.
        reader = TileHashReader(shelf.load, size)
        root = tree_root_at(size, shelf.load)
        proof = prove_inclusion(index, size, reader)
        assert proof == prove_inclusion(index, size, ListHashReader(HASHES[:size]))
        check_inclusion(HASHES[index], index, size, proof, root)
        old_root = tree_root_at(index, shelf.load)
        check_consistency(index, old_root, size, root, prove_consistency(index, size, reader))


def test_append_leaves_after_lost_answer_overwrites_unacknowledged_hashes() -> None:
    """Hashes stored beyond the size were never acknowledged: the next append replaces them."""
    shelf = Shelf()
    shelf.append(HASHES[:100])
    stray = append_leaves(100, HASHES[500:520], shelf.load)
    shelf.tiles[0, 0] = stray.tiles[0].data
    update = append_leaves(100, HASHES[100:110], shelf.load)
    assert update.root == tree_root(HASHES[:110])
    assert update.tiles == (Tile(0, 0, b"".join(HASHES[:110])),)


def test_tile_width_counts_hashes_of_tile() -> None:
    assert [tile_width(0, index, 70_000) for index in (0, 272, 273, 274)] == [256, 256, 112, 0]
    assert [tile_width(level, 0, 70_000) for level in (1, 2, 3)] == [256, 1, 0]
    assert tile_width(1, 1, 70_000) == 17
    assert tile_width(0, 0, 0) == 0


@pytest.mark.parametrize("kept", [0, 32, 31 * 32, 99 * 32 + 31])
def test_append_leaves_to_lost_tile_is_unavailable(kept: int) -> None:
    shelf = Shelf()
    shelf.append(HASHES[:100])
    shelf.tiles[0, 0] = shelf.tiles[0, 0][:kept]
    with pytest.raises(Unavailable) as failed:
        append_leaves(100, HASHES[100:101], shelf.load)
    assert failed.value.code == "tile-missing"


def test_tile_reader_of_lost_tile_is_unavailable_not_false() -> None:
    shelf = Shelf()
    shelf.append(HASHES[:700])
    del shelf.tiles[1, 0]
    with pytest.raises(Unavailable) as failed:
        tree_root_at(700, shelf.load)
    assert failed.value.code == "tile-missing"


def test_tile_reader_loads_each_tile_once() -> None:
    shelf = Shelf()
    shelf.append(HASHES[:1300])
    loaded: list[tuple[int, int]] = []

    def load(level: int, index: int) -> bytes:
        loaded.append((level, index))
        return shelf.load(level, index)

    prove_inclusion(600, 1300, TileHashReader(load, 1300))
    assert len(loaded) == len(set(loaded)) <= 3
