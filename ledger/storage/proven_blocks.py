"""The blocks that proofs we gave away rest on."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from ledger.digest import Digest
from ledger.storage.proven_block_tables import ProvenBlocks
from ledger.storage.tables import core
from ledger.storage.upsert import insert_into

_BLOCKS = core(ProvenBlocks)


class ProvenBlockStore:
    """Blocks by number in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, number: int, block_hash: Digest) -> None:
        """Note a settled block; what stands at that height now is what counts."""
        statement = insert_into(self._connection.dialect.name, _BLOCKS).values(
            number=number, hash=bytes(block_hash)
        )
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["number"], set_={"hash": statement.excluded.hash}
            )
        )

    def list(self, limit: int) -> Sequence[tuple[int, Digest]]:
        """The newest blocks, lowest number first."""
        rows = self._connection.execute(
            select(_BLOCKS).order_by(_BLOCKS.c.number.desc()).limit(limit)
        ).all()
        return [(row.number, Digest(row.hash)) for row in reversed(rows)]
