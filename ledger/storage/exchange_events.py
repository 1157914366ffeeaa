"""Events of legs and the feed of them, in one transaction.

An event is stored before anybody is answered, and settled once: anchored, or refused by the chain.
Each of these steps has its number in the feed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, text, union_all, update

from ledger.digest import Digest
from ledger.exchange.rules import LegAction, LegState
from ledger.exchange.signed import LegKey
from ledger.identity.organization import OrgId
from ledger.storage.exchange_tables import REFUSED, ExchangeCounters, ExchangeEvents, ExchangeFeed
from ledger.storage.tables import core
from ledger.storage.times import from_ms, to_ms
from ledger.storage.upsert import insert_into

_EVENTS = core(ExchangeEvents)
_FEED = core(ExchangeFeed)
_COUNTERS = core(ExchangeCounters)
_MOST_UNTOLD = 1_000
# Spelled out, because SQLite uses a partial index only where it reads the condition in the query.
_STANDS = text(f"status <> {REFUSED}")
_REFUSED = text(f"status = {REFUSED}")
_UNSETTLED = text("status < 2")
# Made once: to build a statement costs more than to run it.
_TAKE = {
    dialect: (
        (
            fresh := insert_into(dialect, _COUNTERS).values(
                name=bindparam("of"), last=bindparam("many")
            )
        )
        .on_conflict_do_update(
            index_elements=["name"], set_={"last": _COUNTERS.c.last + fresh.excluded.last}
        )
        .returning(_COUNTERS.c.last)
    )
    for dialect in ("sqlite", "postgresql")
}


class EventStatus(IntEnum):
    """How far an event has come."""

    WAITING = 0
    """Stored; to be relayed."""
    RELAYED = 1
    """Part of a transaction that is journalled, or about to be."""
    ANCHORED = 2
    """In a block, and confirmed."""
    REFUSED = REFUSED
    """The chain did not take it, for a reason that is stored with it."""


@dataclass(frozen=True, slots=True)
class EventAnchor:
    """Where the chain holds an event; `time` is the block's, unix seconds; `head` is the leg's."""

    block: int
    block_hash: Digest
    time: int
    transaction: Digest
    log_index: int
    head: Digest


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event. Of a deadline that passed, what nobody signed is zero or None. `pk` is 0 before it
    has one; `evidence_record` is canonical JSON."""

    pk: int
    leg_pk: int
    nonce: int
    action: LegAction
    state: LegState
    org: bytes
    actor: bytes
    reason: int
    evidence: bytes
    link: bytes
    deadline: int
    signer: str | None
    signature: bytes | None
    evidence_record: str | None
    evidence_salt: bytes | None
    received_at: datetime
    status: EventStatus = EventStatus.WAITING
    batch: int | None = None
    anchor: EventAnchor | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One line of the feed: what became of which event."""

    seq: int
    event_pk: int
    kind: EventStatus


class ExchangeEventStore:
    """Events and their feed in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take_pks(self, many: int) -> int:
        """The first of so many pks for new rows, of messages, legs and events alike. Others who
        want some wait until we are done, so whoever has the smaller is seen first."""
        return self._count("row", many) - many + 1

    def add_all(self, rows: Sequence[tuple[EventRow, LegKey]]) -> None:
        """Store new events of legs under the pks they have, and tell of them. A nonce that is taken
        ends in `storage-duplicate`."""
        if not rows:
            return
        self._connection.execute(
            insert(_EVENTS),
            [
                {
                    "pk": row.pk,
                    "leg_pk": row.leg_pk,
                    "nonce": row.nonce,
                    "action": int(row.action),
                    "state": int(row.state),
                    "org": bytes(row.org),
                    "actor": bytes(row.actor),
                    "reason": row.reason,
                    "evidence": bytes(row.evidence),
                    "link": bytes(row.link),
                    "deadline": row.deadline,
                    "signer": row.signer,
                    "signature": row.signature,
                    "evidence_record": row.evidence_record,
                    "evidence_salt": row.evidence_salt,
                    "received_at": to_ms(row.received_at),
                    "status": int(EventStatus.WAITING),
                }
                for row, _ in rows
            ],
        )
        self._tell([(row.pk, key) for row, key in rows], EventStatus.WAITING)

    def of_leg(self, leg_pk: int) -> Sequence[EventRow]:
        """Everything that happened to a leg, or was refused, in the order it was taken in."""
        mine = _EVENTS.c.leg_pk == leg_pk
        rows = [
            _row(row)
            for part in (_STANDS, _REFUSED)
            for row in self._connection.execute(select(_EVENTS).where(mine, part))
        ]
        return sorted(rows, key=lambda row: row.pk)

    def first_of(self, leg_pks: Sequence[int]) -> dict[int, EventRow]:
        """The opening of each of these legs, refused or not, by the leg's pk."""
        if not leg_pks:
            return {}
        mine = _EVENTS.c.leg_pk.in_(list(leg_pks)) & (_EVENTS.c.nonce == 0)
        rows = [
            _row(row)
            for part in (_REFUSED, _STANDS)
            for row in self._connection.execute(select(_EVENTS).where(mine, part))
        ]
        return {row.leg_pk: row for row in rows}

    def of_legs(self, leg_pks: Sequence[int]) -> Sequence[EventRow]:
        """The events of several legs that stand, by leg and in order."""
        found = self._connection.execute(
            select(_EVENTS)
            .where(_EVENTS.c.leg_pk.in_(list(leg_pks)), _STANDS)
            .order_by(_EVENTS.c.leg_pk, _EVENTS.c.nonce)
        )
        return [_row(row) for row in found]

    def of(self, pks: Collection[int]) -> dict[int, EventRow]:
        """Events by their pk."""
        found = self._connection.execute(select(_EVENTS).where(_EVENTS.c.pk.in_(sorted(pks))))
        return {row.pk: _row(row) for row in found}

    def waiting(self, limit: int) -> Sequence[EventRow]:
        """Those to be relayed, in the order they were taken in."""
        found = self._connection.execute(
            select(_EVENTS)
            .where(_UNSETTLED, _EVENTS.c.batch.is_(None))
            .order_by(_EVENTS.c.pk)
            .limit(limit)
        )
        return [_row(row) for row in found]

    def open_batches(self) -> Sequence[int]:
        """Transactions of which not everything is settled."""
        found = self._connection.execute(
            select(_EVENTS.c.batch)
            .where(_UNSETTLED, _EVENTS.c.batch.is_not(None))
            .distinct()
            .order_by(_EVENTS.c.batch)
        )
        return [int(row.batch) for row in found]

    def of_batch(self, batch: int) -> Sequence[EventRow]:
        """What is unsettled of a transaction, in the order it calls."""
        found = self._connection.execute(
            select(_EVENTS).where(_UNSETTLED, _EVENTS.c.batch == batch).order_by(_EVENTS.c.pk)
        )
        return [_row(row) for row in found]

    def bundle(self, pks: Sequence[int]) -> int:
        """Make these one transaction; its number."""
        batch = self._count("batch", 1)
        self._connection.execute(
            update(_EVENTS)
            .where(_EVENTS.c.pk.in_(list(pks)))
            .values(batch=batch, status=int(EventStatus.RELAYED))
        )
        return batch

    def unbundle(self, batch: int) -> None:
        """Whatever the transaction left unsettled waits again."""
        self._connection.execute(
            update(_EVENTS)
            .where(_UNSETTLED, _EVENTS.c.batch == batch)
            .values(batch=None, status=int(EventStatus.WAITING))
        )

    def reopen(self, batches: Collection[int]) -> Sequence[int]:
        """The chain has lost these transactions: their events are on their way again. The pks of
        their legs. Looks through everything, as this hardly ever happens."""
        lost = _EVENTS.c.batch.in_(sorted(batches)) & (
            _EVENTS.c.status == int(EventStatus.ANCHORED)
        )
        legs = self._connection.execute(select(_EVENTS.c.leg_pk).where(lost).distinct())
        found = [int(row.leg_pk) for row in legs]
        nowhere = dict.fromkeys(
            ("block", "block_hash", "block_time", "tx_hash", "log_index", "head")
        )
        self._connection.execute(
            update(_EVENTS).where(lost).values(status=int(EventStatus.RELAYED), **nowhere)
        )
        return found

    def anchor(self, anchored: Sequence[tuple[int, EventAnchor, LegKey]]) -> None:
        """The chain holds these events there."""
        if anchored:
            self._connection.execute(
                update(_EVENTS)
                .where(_EVENTS.c.pk == bindparam("of_pk"))
                .values(
                    status=int(EventStatus.ANCHORED),
                    block=bindparam("new_block"),
                    block_hash=bindparam("new_block_hash"),
                    block_time=bindparam("new_block_time"),
                    tx_hash=bindparam("new_tx_hash"),
                    log_index=bindparam("new_log_index"),
                    head=bindparam("new_head"),
                ),
                [
                    {
                        "of_pk": pk,
                        "new_block": anchor.block,
                        "new_block_hash": bytes(anchor.block_hash),
                        "new_block_time": anchor.time,
                        "new_tx_hash": bytes(anchor.transaction),
                        "new_log_index": anchor.log_index,
                        "new_head": bytes(anchor.head),
                    }
                    for pk, anchor, _ in anchored
                ],
            )
        self._tell([(pk, key) for pk, _, key in anchored], EventStatus.ANCHORED)

    def refuse(self, pks: Sequence[int], key: LegKey, failure: str) -> None:
        """The chain does not take these events of one leg."""
        if not pks:
            return
        self._connection.execute(
            update(_EVENTS)
            .where(_EVENTS.c.pk.in_(list(pks)))
            .values(status=int(EventStatus.REFUSED), failure=failure)
        )
        self._tell([(pk, key) for pk in pks], EventStatus.REFUSED)

    def feed(self, party: OrgId | None, after: int, limit: int) -> Sequence[FeedRow]:
        """What that party is told after that number, in order; of all of them with None."""
        if party is None:
            rows = select(_FEED).where(_FEED.c.seq > after).order_by(_FEED.c.seq).limit(limit)
            return [_feed_row(row) for row in self._connection.execute(rows)]
        halves = [
            select(_FEED)
            .where(column == bytes(party), _FEED.c.seq > after)
            .order_by(_FEED.c.seq)
            .limit(limit)
            .subquery()
            for column in (_FEED.c.sender, _FEED.c.recipient)
        ]
        both = union_all(*(select(half) for half in halves)).subquery()
        found = self._connection.execute(select(both).order_by(both.c.seq).limit(limit))
        return [_feed_row(row) for row in found]

    def untold(self) -> Sequence[int]:
        """Events of which the feed does not tell that they were taken in, or what became of
        them."""
        told = select(_FEED.c.event_pk).where(_FEED.c.kind == 0)
        settled = select(_FEED.c.event_pk).where(_FEED.c.kind == _EVENTS.c.status)
        found = self._connection.execute(
            select(_EVENTS.c.pk)
            .where(
                _EVENTS.c.pk.not_in(told)
                | ((_EVENTS.c.status >= 2) & _EVENTS.c.pk.not_in(settled.correlate(_EVENTS)))
            )
            .order_by(_EVENTS.c.pk)
            .limit(_MOST_UNTOLD)
        )
        return [int(row.pk) for row in found]

    def last_seq(self) -> int:
        """The last number given."""
        found = self._connection.execute(select(func.max(_FEED.c.seq))).scalar()
        return int(found or 0)

    def _tell(self, told: Sequence[tuple[int, LegKey]], kind: EventStatus) -> None:
        if not told:
            return
        last = self._count("feed", len(told))
        first = last - len(told) + 1
        self._connection.execute(
            insert(_FEED),
            [
                {
                    "seq": first + place,
                    "event_pk": pk,
                    "kind": int(kind),
                    "sender": bytes(key.sender),
                    "recipient": bytes(key.recipient),
                }
                for place, (pk, key) in enumerate(told)
            ],
        )

    def _count(self, name: str, many: int) -> int:
        """Take so many numbers; the last of them. Others wait for ours until we are done, so that
        nobody who reads the feed ever sees a number before a smaller one."""
        take = _TAKE[self._connection.dialect.name]
        return int(self._connection.execute(take, {"of": name, "many": many}).scalar_one())


def _feed_row(row: Row[Any]) -> FeedRow:
    return FeedRow(row.seq, row.event_pk, EventStatus(row.kind))


def _row(row: Sequence[Any]) -> EventRow:
    # By place, in the order of the table: by name takes more than twice as long, and every event is
    # read several times.
    (
        pk, leg_pk, nonce, action, state, org, actor, reason, evidence, link, deadline, signer,
        signature, record, salt, received_at, status, batch, block, block_hash, block_time,
        tx_hash, log_index, head, failure,
    ) = row  # fmt: skip
    return EventRow(
        pk=pk,
        leg_pk=leg_pk,
        nonce=nonce,
        action=LegAction(action),
        state=LegState(state),
        org=bytes(org),
        actor=bytes(actor),
        reason=reason,
        evidence=bytes(evidence),
        link=bytes(link),
        deadline=deadline,
        signer=signer,
        signature=None if signature is None else bytes(signature),
        evidence_record=record,
        evidence_salt=None if salt is None else bytes(salt),
        received_at=from_ms(received_at),
        status=EventStatus(status),
        batch=batch,
        anchor=None
        if block is None
        else EventAnchor(
            block=block,
            block_hash=Digest(block_hash),
            time=block_time,
            transaction=Digest(tx_hash),
            log_index=log_index,
            head=Digest(head),
        ),
        failure=failure,
    )
