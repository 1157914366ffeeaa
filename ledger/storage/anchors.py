"""Heads on their way to the chain.

A head is `open` until the engine's confirmation rule held, then `confirmed`; it is reopened if the
chain later shows another past. Only the chain itself proves an anchor: this table is where we look
first, never what a verifier believes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, delete, or_, select, update

from ledger.digest import Digest
from ledger.errors import Conflict, NotFound
from ledger.ports import TransactionState
from ledger.storage.tables import Anchors, Transactions, core
from ledger.storage.upsert import insert_into

_ANCHORS = core(Anchors)
_TX = core(Transactions)


class AnchorState(StrEnum):
    """Whether a head may be told to users as anchored."""

    OPEN = "open"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class AnchorRow:
    """One head; the block members are None while it is open. `block_time` in unix seconds."""

    size: int
    root: Digest
    purpose: str
    state: AnchorState
    block: int | None
    block_hash: Digest | None
    block_time: int | None
    tx_hash: Digest | None


class AnchorStore:
    """Anchors in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, size: int, root: Digest, purpose: str) -> None:
        """Note that this head is to be anchored; again is harmless.

        Raises Conflict `anchor-conflict` if another root was noted for the size.
        """
        self._connection.execute(
            insert_into(self._connection.dialect.name, _ANCHORS)
            .values(size=size, root=bytes(root), purpose=purpose, state=AnchorState.OPEN.value)
            .on_conflict_do_nothing(index_elements=["size"])
        )
        known = self.find(size)
        assert known is not None
        if known.root != root:
            raise Conflict("anchor-conflict", f"size {size} is noted with another root")

    def find(self, size: int) -> AnchorRow | None:
        """The head of exactly this size."""
        return self._first(select(_ANCHORS).where(_ANCHORS.c.size == size))

    def open(self) -> Sequence[AnchorRow]:
        """Heads not confirmed, smallest first."""
        return self._all(
            select(_ANCHORS)
            .where(_ANCHORS.c.state == AnchorState.OPEN.value)
            .order_by(_ANCHORS.c.size)
        )

    def confirm(
        self, size: int, block: int, block_hash: Digest, block_time: int, tx_hash: Digest
    ) -> None:
        """Record where the chain holds it. Raises NotFound `anchor-unknown`."""
        self._change(
            size,
            state=AnchorState.CONFIRMED.value,
            block=block,
            block_hash=bytes(block_hash),
            block_time=block_time,
            tx_hash=bytes(tx_hash),
        )

    def reopen(self, size: int) -> None:
        """Its block vanished: no longer anchored. Raises NotFound `anchor-unknown`."""
        self._change(
            size,
            state=AnchorState.OPEN.value,
            block=None,
            block_hash=None,
            block_time=None,
            tx_hash=None,
        )

    def moved(self, limit: int | None = None) -> Sequence[int]:
        """Sizes of confirmed heads, among the newest so many, whose transaction the journal does
        not hold as settled, or confirms in another block than the one noted here."""
        newest = (
            select(_ANCHORS)
            .where(_ANCHORS.c.state == AnchorState.CONFIRMED.value)
            .order_by(_ANCHORS.c.size.desc())
            .limit(limit)
            .subquery()
        )
        return list(
            self._connection.execute(
                select(newest.c.size)
                .join(_TX, _TX.c.hash == newest.c.tx_hash)
                .where(
                    or_(
                        _TX.c.state.not_in(
                            (TransactionState.CONFIRMED.value, TransactionState.FAILED.value)
                        ),
                        and_(
                            _TX.c.state == TransactionState.CONFIRMED.value,
                            _TX.c.block_hash.is_distinct_from(newest.c.block_hash),
                        ),
                    )
                )
            ).scalars()
        )

    def unjournalled(self) -> Sequence[int]:
        """Sizes of confirmed heads whose transaction is not the journal's for them."""
        return list(
            self._connection.execute(
                select(_ANCHORS.c.size)
                .outerjoin(
                    _TX, (_TX.c.hash == _ANCHORS.c.tx_hash) & (_TX.c.purpose == _ANCHORS.c.purpose)
                )
                .where(_ANCHORS.c.state == AnchorState.CONFIRMED.value, _TX.c.id.is_(None))
            ).scalars()
        )

    def drop(self, size: int) -> None:
        """Forget an open head that a greater one has overtaken. A confirmed one stays."""
        self._connection.execute(
            delete(_ANCHORS).where(
                _ANCHORS.c.size == size, _ANCHORS.c.state == AnchorState.OPEN.value
            )
        )

    def latest_confirmed(self) -> AnchorRow | None:
        """The greatest confirmed head."""
        return self._first(
            select(_ANCHORS)
            .where(_ANCHORS.c.state == AnchorState.CONFIRMED.value)
            .order_by(_ANCHORS.c.size.desc())
        )

    def find_covering(self, index: int) -> AnchorRow | None:
        """The smallest confirmed head that contains this leaf."""
        return self._first(
            select(_ANCHORS)
            .where(_ANCHORS.c.state == AnchorState.CONFIRMED.value, _ANCHORS.c.size > index)
            .order_by(_ANCHORS.c.size)
        )

    def list(self, limit: int | None = None) -> Sequence[AnchorRow]:
        """All heads, or the newest so many; greatest size first."""
        return self._all(select(_ANCHORS).order_by(_ANCHORS.c.size.desc()).limit(limit))

    def _change(self, size: int, **values: object) -> None:
        done = self._connection.execute(
            update(_ANCHORS).where(_ANCHORS.c.size == size).values(**values)
        )
        if done.rowcount != 1:
            raise NotFound("anchor-unknown", f"no head of size {size} is to be anchored")

    def _first(self, query: Any) -> AnchorRow | None:
        row = self._connection.execute(query.limit(1)).first()
        return None if row is None else _anchor(row)

    def _all(self, query: Any) -> Sequence[AnchorRow]:
        return [_anchor(row) for row in self._connection.execute(query)]


def _anchor(row: Any) -> AnchorRow:
    return AnchorRow(
        size=row.size,
        root=Digest(row.root),
        purpose=row.purpose,
        state=AnchorState(row.state),
        block=row.block,
        block_hash=None if row.block_hash is None else Digest(row.block_hash),
        block_time=row.block_time,
        tx_hash=None if row.tx_hash is None else Digest(row.tx_hash),
    )
