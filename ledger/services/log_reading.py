"""The log as C2SP tlog-tiles serves it: checkpoint, hash tiles, entry bundles, byte for byte."""

from __future__ import annotations

from ledger.errors import NotFound
from ledger.merkle.entries import encode_entries
from ledger.merkle.tiles import TILE_WIDTH
from ledger.storage.database import Database


class LogReading:
    """Reads what anyone may mirror."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def checkpoint(self) -> str:
        """The newest signed checkpoint (C2SP tlog-checkpoint)."""
        with self._db.read() as tx:
            row = tx.log.latest_checkpoint()
        if row is None:
            raise NotFound("log-empty", "the log has no checkpoint yet")
        return row.note

    def size(self) -> int:
        """Leaves in the log."""
        with self._db.read() as tx:
            state = tx.log.state()
        return 0 if state is None else state[0]

    def tile(self, level: int, index: int, width: int) -> bytes:
        """The first `width` hashes of a tile. Raises NotFound beyond the tree."""
        with self._db.read() as tx:
            data = tx.log.load_tile(level, index)
        if not 1 <= width <= TILE_WIDTH or len(data) < 32 * width:
            raise NotFound("tile-unknown", "the log has not grown that far")
        return data[: 32 * width]

    def entries(self, index: int, width: int) -> bytes:
        """An entry bundle: each of `width` entries behind its length, two bytes big-endian."""
        if not 1 <= width <= TILE_WIDTH:
            raise NotFound("tile-unknown", "a bundle has 1 to 256 entries")
        first = index * TILE_WIDTH
        with self._db.read() as tx:
            slices = tx.submissions.covering(first, first + width - 1)
        entries = [
            part.commitments[at : at + 32] + part.digest
            for part in slices
            for at in range(0, len(part.commitments), 32)
        ]
        if len(entries) != width:
            raise NotFound("tile-unknown", "the log has not grown that far")
        return encode_entries(entries)
