"""The log as stored: hash tiles and signed checkpoints, written in one transaction.

The checkpoint of the greatest size is the log's state. Tiles beyond it cannot exist: they commit
together. An edit of a tile is seen at once, since the root no longer follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, insert, select

from ledger.digest import Digest
from ledger.storage.tables import Anchors, Checkpoints, Tiles, core
from ledger.storage.times import from_ms, to_ms
from ledger.storage.upsert import insert_into

_TILES = core(Tiles)
_CHECKPOINTS = core(Checkpoints)
_ANCHORS = core(Anchors)


class TileData(Protocol):
    """One tile as `merkle.tiles.Tile` has it: data is 1 to 256 hashes of 32 bytes."""

    @property
    def level(self) -> int:
        """Tile level: 0 holds leaf hashes."""

    @property
    def index(self) -> int:
        """Number of the tile within its level."""

    @property
    def data(self) -> bytes:
        """The hashes, concatenated."""


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """One signed checkpoint; `note` is the C2SP signed note."""

    size: int
    root: Digest
    note: str
    created_at: datetime


class LogStore:
    """Tiles and checkpoints in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def state(self) -> tuple[int, Digest] | None:
        """Size and root of the tree, None before the log was founded."""
        row = self._connection.execute(
            select(_CHECKPOINTS.c.size, _CHECKPOINTS.c.root)
            .order_by(_CHECKPOINTS.c.size.desc())
            .limit(1)
        ).first()
        return None if row is None else (row.size, Digest(row.root))

    def load_tile(self, level: int, index: int) -> bytes:
        """The stored hashes of a tile, possibly fewer than 256; empty if there are none."""
        data = self._connection.execute(
            select(_TILES.c.data).where(_TILES.c.level == level, _TILES.c.idx == index)
        ).scalar()
        return b"" if data is None else bytes(data)

    def save_tiles(self, tiles: Iterable[TileData]) -> None:
        """Write tiles with their whole new data; a partial one is replaced by its longer self."""
        rows = [
            {"level": tile.level, "idx": tile.index, "data": bytes(tile.data)} for tile in tiles
        ]
        if not rows:
            return
        statement = insert_into(self._connection.dialect.name, _TILES)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["level", "idx"], set_={"data": statement.excluded.data}
            ),
            rows,
        )

    def add_checkpoint(self, size: int, root: Digest, note: str, at: datetime) -> None:
        """Record a signed checkpoint. A second one of that size ends in `storage-duplicate`."""
        self._connection.execute(
            insert(_CHECKPOINTS).values(
                size=size, root=bytes(root), note=note, created_at=to_ms(at)
            )
        )

    def latest_checkpoint(self) -> CheckpointRow | None:
        """The newest checkpoint."""
        return self._first(select(_CHECKPOINTS).order_by(_CHECKPOINTS.c.size.desc()))

    def checkpoint_at(self, size: int) -> CheckpointRow | None:
        """The checkpoint of exactly this size."""
        return self._first(select(_CHECKPOINTS).where(_CHECKPOINTS.c.size == size))

    def first_checkpoint_covering(
        self, index: int, *, anchored: bool = True
    ) -> CheckpointRow | None:
        """The smallest checkpoint that contains this leaf; by default among confirmed anchors."""
        query = select(_CHECKPOINTS).where(_CHECKPOINTS.c.size > index)
        if anchored:
            query = query.join(_ANCHORS, _ANCHORS.c.size == _CHECKPOINTS.c.size).where(
                _ANCHORS.c.state == "confirmed"
            )
        return self._first(query.order_by(_CHECKPOINTS.c.size))

    def checkpoints(self) -> Iterator[CheckpointRow]:
        """Every checkpoint, smallest first: for audit."""
        for row in self._connection.execute(select(_CHECKPOINTS).order_by(_CHECKPOINTS.c.size)):
            yield _checkpoint(row)

    def tiles(self) -> Iterator[tuple[int, int, bytes]]:
        """Every stored tile as (level, index, data): for audit."""
        rows = self._connection.execute(select(_TILES).order_by(_TILES.c.level, _TILES.c.idx))
        for row in rows:
            yield row.level, row.idx, bytes(row.data)

    def _first(self, query: Any) -> CheckpointRow | None:
        row = self._connection.execute(query.limit(1)).first()
        if row is None:
            return None
        return _checkpoint(row)


def _checkpoint(row: Any) -> CheckpointRow:
    return CheckpointRow(row.size, Digest(row.root), row.note, from_ms(row.created_at))
