"""Time-stamps, what of the journal they cover, and the times without an authority.

What waits for a token is read off the journal: every transaction of ours that no stamped block
holds. So nothing is queued, nothing can be lost with a queue, and one token catches up with all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from ledger.ports import TransactionState
from ledger.storage.tables import Transactions, core
from ledger.storage.times import from_ms, from_ms_or_none, to_ms
from ledger.storage.timestamp_tables import TimestampOutages, Timestamps

_STAMPS = core(Timestamps)
_OUTAGES = core(TimestampOutages)
_TX = core(Transactions)
_CONFIRMED = _TX.c.state == TransactionState.CONFIRMED.value


@dataclass(frozen=True, slots=True)
class TimestampRow:
    """One token: `statement` is what it is about, `response` the authority's whole answer.

    It covers every block up to `block` and the log's first `size` leaves; `time` is the token's,
    `oldest_at` when the oldest transaction was signed that it was the first to cover.
    """

    id: int
    block: int
    size: int
    statement: bytes
    response: bytes
    time: datetime
    covered_id: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Settled transactions without a token: when the oldest was signed, and the id up to which
    the whole journal would be covered."""

    oldest_at: datetime
    covered_id: int


@dataclass(frozen=True, slots=True)
class OutageRow:
    """A time without an authority; `ended_at` is None while it lasts. `code` and `detail` are of
    the last failure."""

    began_at: datetime
    last_at: datetime
    ended_at: datetime | None
    attempts: int
    code: str
    detail: str


class TimestampStore:
    """Time-stamps in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        *,
        block: int,
        size: int,
        statement: bytes,
        response: bytes,
        time: datetime,
        uncovered: Uncovered,
    ) -> None:
        """Keep a token, under the next number: without a gap, so that none can go unnoticed."""
        last = self._connection.execute(select(func.max(_STAMPS.c.id))).scalar()
        self._connection.execute(
            insert(_STAMPS).values(
                id=(last or 0) + 1,
                block=block,
                size=size,
                statement=statement,
                response=response,
                time=to_ms(time),
                covered_id=uncovered.covered_id,
                oldest_at=to_ms(uncovered.oldest_at),
            )
        )

    def latest(self) -> TimestampRow | None:
        """The token of the highest block."""
        return self._first(select(_STAMPS).order_by(_STAMPS.c.block.desc(), _STAMPS.c.id))

    def find(self, number: int) -> TimestampRow | None:
        """The token with this number."""
        return self._first(select(_STAMPS).where(_STAMPS.c.id == number))

    def find_covering(self, index: int) -> TimestampRow | None:
        """The first token that covers this leaf of the log."""
        return self._first(
            select(_STAMPS).where(_STAMPS.c.size > index).order_by(_STAMPS.c.size, _STAMPS.c.id)
        )

    def find_covering_block(self, block: int) -> TimestampRow | None:
        """The first token that covers this block."""
        return self._first(
            select(_STAMPS).where(_STAMPS.c.block >= block).order_by(_STAMPS.c.block, _STAMPS.c.id)
        )

    def list(self, limit: int, before: int | None = None) -> Sequence[TimestampRow]:
        """The newest tokens first, of those with a number lower than `before`."""
        query = select(_STAMPS).order_by(_STAMPS.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(_STAMPS.c.id < before)
        return [_stamp(row) for row in self._connection.execute(query)]

    def page(self, after: int, limit: int) -> Sequence[TimestampRow]:
        """The oldest tokens first, of those with a number higher than `after`."""
        query = select(_STAMPS).where(_STAMPS.c.id > after).order_by(_STAMPS.c.id).limit(limit)
        return [_stamp(row) for row in self._connection.execute(query)]

    def uncovered(self, settled: int, since: int = 0) -> Uncovered | None:
        """What is settled up to this block and no token covers; None when there is nothing.
        `since`: the id up to which a token is on its way for the whole journal."""
        latest = self.latest()
        block, covered = (
            (-1, since) if latest is None else (latest.block, max(latest.covered_id, since))
        )
        waiting = self._connection.execute(
            select(func.min(_TX.c.created_at)).where(
                _TX.c.id > covered, _CONFIRMED, _TX.c.block > block, _TX.c.block <= settled
            )
        ).scalar()
        if waiting is None:
            return None
        unsettled = self._connection.execute(
            select(func.min(_TX.c.id)).where(
                _TX.c.id > covered,
                _TX.c.state != TransactionState.FAILED.value,
                or_(_TX.c.block.is_(None), _TX.c.block > settled, ~_CONFIRMED),
            )
        ).scalar()
        highest = self._connection.execute(select(func.max(_TX.c.id))).scalar_one()
        return Uncovered(from_ms(waiting), int(highest if unsettled is None else unsettled - 1))

    def oldest_uncovered(self) -> datetime | None:
        """When the oldest transaction was signed that no token covers, settled or not."""
        latest = self.latest()
        query = select(func.min(_TX.c.created_at)).where(
            _TX.c.state != TransactionState.FAILED.value
        )
        if latest is not None:
            query = query.where(
                _TX.c.id > latest.covered_id,
                or_(_TX.c.block.is_(None), _TX.c.block > latest.block),
            )
        return from_ms_or_none(self._connection.execute(query).scalar())

    def note_failure(self, at: datetime, code: str, detail: str) -> None:
        """The authority gave no token that holds: an outage begins, or goes on."""
        done = self._connection.execute(
            update(_OUTAGES)
            .where(_OUTAGES.c.ended_at.is_(None))
            .values(last_at=to_ms(at), attempts=_OUTAGES.c.attempts + 1, code=code, detail=detail)
        )
        if done.rowcount == 0:
            self._connection.execute(
                insert(_OUTAGES).values(
                    began_at=to_ms(at), last_at=to_ms(at), attempts=1, code=code, detail=detail
                )
            )

    def end_outage(self, at: datetime) -> None:
        """There is an authority again; harmless where there was one all along."""
        self._connection.execute(
            update(_OUTAGES)
            .where(and_(_OUTAGES.c.ended_at.is_(None), _OUTAGES.c.began_at <= to_ms(at)))
            .values(ended_at=to_ms(at))
        )

    def outages(self, limit: int) -> Sequence[OutageRow]:
        """The newest outages first."""
        rows = self._connection.execute(
            select(_OUTAGES).order_by(_OUTAGES.c.id.desc()).limit(limit)
        )
        return [
            OutageRow(
                began_at=from_ms(row.began_at),
                last_at=from_ms(row.last_at),
                ended_at=from_ms_or_none(row.ended_at),
                attempts=row.attempts,
                code=row.code,
                detail=row.detail,
            )
            for row in rows
        ]

    def _first(self, query: Any) -> TimestampRow | None:
        row = self._connection.execute(query.limit(1)).first()
        return None if row is None else _stamp(row)


def _stamp(row: Any) -> TimestampRow:
    return TimestampRow(
        id=row.id,
        block=row.block,
        size=row.size,
        statement=row.statement,
        response=row.response,
        time=from_ms(row.time),
        covered_id=row.covered_id,
        oldest_at=from_ms(row.oldest_at),
    )
