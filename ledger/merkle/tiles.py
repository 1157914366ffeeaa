"""The stored form of the log: tiles of 256 hashes, exactly as C2SP tlog-tiles v0.1.0.

The n-th tile of level l holds MTH(D[(256n + i)·256^l : (256n + i + 1)·256^l]) for i from 0 on:
leaf hashes on level 0, roots of full tiles of the level below elsewhere. The hashes between two
levels are not stored; they are made again when a proof needs them, 255 at most per tile.

A tile only ever grows at its end. So a tile stored for a larger tree serves every smaller one,
and a tile written in a transaction that was rolled back leaves nothing wrong behind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from ledger.digest import DIGEST_BYTES, Digest
from ledger.errors import InvalidInput, Unavailable
from ledger.merkle.hashes import EMPTY_ROOT, SIZE_LIMIT, parents
from ledger.merkle.proofs import range_root

TILE_HEIGHT = 8
"""Tree levels in one tile."""

TILE_WIDTH = 256
"""Hashes in a full tile."""

TILE_BYTES = TILE_WIDTH * DIGEST_BYTES

MAX_LEVEL = 63
"""The highest level a path may name; a tree below 2^63 leaves has none above 7."""

LoadTile = Callable[[int, int], bytes]
"""(level, index) -> the stored hashes, concatenated; b"" where nothing is stored."""

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile with all the hashes it has, concatenated."""

    level: int
    index: int
    data: bytes

    @property
    def width(self) -> int:
        """How many hashes it holds: 1 to 256."""
        return len(self.data) // DIGEST_BYTES


@dataclass(frozen=True, slots=True)
class TileUpdate:
    """What appending changed: new size and root, and every tile that is new or longer."""

    new_size: int
    root: Digest
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class TileCoordinates:
    """What a tile path names. `level` is None for a bundle of entries."""

    level: int | None
    index: int
    width: int

    @property
    def path(self) -> str:
        """The one spelling of these coordinates, relative to the log's prefix."""
        if self.level is None:
            return entries_path(self.index, self.width)
        return tile_path(self.level, self.index, self.width)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a path as `tile_path` or `entries_path` write it; InvalidInput otherwise."""
        match = _PATH.fullmatch(text)
        if match is None:
            raise InvalidInput("tile-path-malformed", f"not a tile path: {text!r:.100}")
        level = None if match["level"] == "entries" else int(match["level"])
        index = int(match["index"].replace("x", "").replace("/", ""))
        width = int(match["width"] or TILE_WIDTH)
        found = cls(level, index, width)
        # One resource, one address: groups of leading zeros and a width of 256 have none.
        if (level or 0) > MAX_LEVEL or width > TILE_WIDTH or found.path != text:
            raise InvalidInput("tile-path-malformed", f"not a tile path: {text!r:.100}")
        return found


def tile_path(level: int, index: int, width: int) -> str:
    """`tile/<L>/<N>[.p/<W>]` of a tile of hashes."""
    return f"tile/{level}/{_index_path(index)}{_width_path(width)}"


def entries_path(index: int, width: int) -> str:
    """`tile/entries/<N>[.p/<W>]` of a bundle of entries."""
    return f"tile/entries/{_index_path(index)}{_width_path(width)}"


def parse_tile_path(text: str) -> TileCoordinates:
    """See `TileCoordinates.parse`."""
    return TileCoordinates.parse(text)


def tile_width(level: int, index: int, size: int) -> int:
    """How many hashes the tile has in a tree of that size: 0 where it does not exist yet."""
    hashes = size >> (TILE_HEIGHT * level)
    return max(0, min(TILE_WIDTH, hashes - TILE_WIDTH * index))


def append_leaves(size: int, leaf_hashes: Sequence[bytes], load: LoadTile) -> TileUpdate:
    """Extend the tree of `size` leaves.

    Loads only tiles of the right edge. Raises Unavailable `tile-missing` when one of them is not
    there or shorter than the size says: the caller's store has lost data.
    """
    new_size = size + len(leaf_hashes)
    assert new_size < SIZE_LIMIT, "a log ends at 2^63 leaves"
    changed: dict[tuple[int, int], bytes] = {}
    added = b"".join(leaf_hashes)
    assert len(added) == DIGEST_BYTES * len(leaf_hashes), "leaf hashes have 32 bytes"
    level, first = 0, size
    while added:
        index, width = divmod(first, TILE_WIDTH)
        data = _load_exactly(load, level, index, width) + added
        added = b""
        for at in range(0, len(data), TILE_BYTES):
            tile = data[at : at + TILE_BYTES]
            changed[level, index] = tile
            index += 1
            if len(tile) == TILE_BYTES:
                added += _full_tile_root(tile)
        level, first = level + 1, first // TILE_WIDTH

    def load_changed(level: int, index: int) -> bytes:
        return changed.get((level, index)) or load(level, index)

    return TileUpdate(
        new_size,
        tree_root_at(new_size, load_changed),
        tuple(Tile(level, index, data) for (level, index), data in changed.items()),
    )


def tree_root_at(size: int, load: LoadTile) -> Digest:
    """Root of the first `size` leaves; Unavailable `tile-missing` as for `TileHashReader`."""
    if size == 0:
        return EMPTY_ROOT
    return Digest(range_root(0, size, TileHashReader(load, size)))


class TileHashReader:
    """Reads the hashes of a tree of `size` leaves from its tiles, each loaded once.

    Raises Unavailable `tile-missing` for a tile that is absent or too short.
    """

    def __init__(self, load: LoadTile, size: int) -> None:
        self._load = load
        self._size = size
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def read(self, level: int, index: int) -> bytes:
        """See HashReader."""
        assert (index + 1) << level <= self._size, "the prover stays inside the tree"
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_index, offset = divmod(index << height, TILE_WIDTH)
        rows = self._tiles.get((tile_level, tile_index))
        if rows is None:
            width = tile_width(tile_level, tile_index, self._size)
            rows = [_load_exactly(self._load, tile_level, tile_index, width)]
            self._tiles[tile_level, tile_index] = rows
        while len(rows) <= height:
            rows.append(parents(rows[-1]))
        at = (offset >> height) * DIGEST_BYTES
        return rows[height][at : at + DIGEST_BYTES]


def _load_exactly(load: LoadTile, level: int, index: int, width: int) -> bytes:
    """The first `width` hashes of a stored tile."""
    if width == 0:
        return b""
    data = load(level, index)[: width * DIGEST_BYTES]
    if len(data) != width * DIGEST_BYTES:
        raise Unavailable(
            "tile-missing",
            f"{tile_path(level, index, width)} is stored with {len(data)} bytes",
        )
    return data


def _full_tile_root(data: bytes) -> bytes:
    while len(data) > DIGEST_BYTES:
        data = parents(data)
    return data


def _index_path(index: int) -> str:
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([*("x" + group for group in groups[:-1]), groups[-1]])


def _width_path(width: int) -> str:
    return "" if width == TILE_WIDTH else f".p/{width}"
