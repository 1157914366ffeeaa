"""Legs in one transaction: how each stands, and the search for them.

A row holds the leg as every accepted event leaves it. What only the chain decides (`head`, the time
from which an answer is awaited) follows once it is known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, update

from ledger.digest import Digest
from ledger.exchange.leg import Leg, LegMark
from ledger.exchange.rules import RULES, LegAction, LegState
from ledger.exchange.signed import LegKey
from ledger.identity.organization import OrgId
from ledger.storage.exchange_tables import ExchangeLegs
from ledger.storage.tables import core
from ledger.storage.times import from_ms, to_ms

_LEGS = core(ExchangeLegs)


@dataclass(frozen=True, slots=True)
class LegRow:
    """One leg; `pk` 0 before it is stored. `anchored` is how many of its events the chain has."""

    pk: int
    key: LegKey
    message_pk: int
    code_number: str
    code_notation: str
    promulgated: date
    standing: Leg
    replaces: bytes
    anchored: int
    wrapped_key: str | None
    opened_at: datetime

    @property
    def due_by(self) -> int | None:
        """Until when the next is expected of its parties, unix seconds; None: nothing is."""
        open_states = RULES[LegAction.MARK_OVERDUE].states
        return self.standing.expectation[1] or None if self.standing.state in open_states else None

    @property
    def lapse(self) -> LegAction | None:
        """What a passed deadline makes of it; None where that was said before, or there is none."""
        if self.standing.state in RULES[LegAction.EXPIRE].states:
            return LegAction.EXPIRE
        if self.due_by is None or self.standing.expectation[0] in self.standing.marks:
            return None
        return LegAction.MARK_OVERDUE


@dataclass(frozen=True, slots=True)
class LegSearch:
    """Which legs of one party are looked for. `sent` True: those it sent, False: those it receives.
    Dates are those of the papers, both included; `overdue_at` in unix seconds."""

    party: OrgId
    sent: bool
    other: OrgId | None = None
    number: str | None = None
    notation: str | None = None
    state: LegState | None = None
    since: date | None = None
    until: date | None = None
    overdue_at: int | None = None


Place = tuple[date | int, int]
"""Where a leg stands in an answer: the date of the paper, or of what is overdue until when it was
due, and its pk."""


class ExchangeLegStore:
    """Legs in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_all(self, rows: Sequence[LegRow]) -> None:
        """Store new legs under the pks they have. An id that is known ends in
        `storage-duplicate`."""
        if rows:
            self._connection.execute(
                insert(_LEGS),
                [
                    {
                        "pk": row.pk,
                        "leg": bytes(row.key.leg),
                        "message_pk": row.message_pk,
                        "sender": bytes(row.key.sender),
                        "recipient": bytes(row.key.recipient),
                        "salt": row.key.salt,
                        "code_number": row.code_number,
                        "code_notation": row.code_notation,
                        "promulgated": row.promulgated.isoformat(),
                        "replaces": bytes(row.replaces),
                        "wrapped_key": row.wrapped_key,
                        "opened_at": to_ms(row.opened_at),
                        **_standing_values(row),
                    }
                    for row in rows
                ],
            )

    def find(self, leg: bytes) -> LegRow | None:
        """The leg with that id."""
        return self.by_id([leg]).get(Digest(leg))

    def by_id(self, legs: Collection[bytes], *, lock: bool = False) -> dict[Digest, LegRow]:
        """Legs by their id; with `lock` nobody else changes them until we are done. Locked in one
        order."""
        wanted = select(_LEGS).where(_LEGS.c.leg.in_([bytes(leg) for leg in legs]))
        if lock:
            wanted = wanted.order_by(_LEGS.c.pk).with_for_update()
        found = map(_row, self._connection.execute(wanted))
        return {row.key.leg: row for row in found}

    def of(self, pks: Collection[int]) -> dict[int, LegRow]:
        """Legs by their pk."""
        found = self._connection.execute(select(_LEGS).where(_LEGS.c.pk.in_(sorted(pks))))
        return {row.pk: _row(row) for row in found}

    def locked(self, pks: Collection[int]) -> dict[int, LegRow]:
        """The same, and nobody else changes them until we are done. Locked in one order."""
        found = self._connection.execute(
            select(_LEGS).where(_LEGS.c.pk.in_(sorted(pks))).order_by(_LEGS.c.pk).with_for_update()
        )
        return {row.pk: _row(row) for row in found}

    def of_message(self, message_pk: int) -> Sequence[LegRow]:
        """The legs of one message, in the order they were opened."""
        found = self._connection.execute(
            select(_LEGS).where(_LEGS.c.message_pk == message_pk).order_by(_LEGS.c.pk)
        )
        return [_row(row) for row in found]

    def standing(self, leg: bytes) -> LegState:
        """In which state it is; NONE for one that was never opened."""
        found = self._connection.execute(
            select(_LEGS.c.state).where(_LEGS.c.leg == bytes(leg))
        ).scalar()
        return LegState(found or 0)

    def update(self, row: LegRow) -> None:
        """Store how it stands."""
        self._connection.execute(
            update(_LEGS).where(_LEGS.c.pk == row.pk).values(**_standing_values(row))
        )

    def update_all(self, rows: Sequence[LegRow]) -> None:
        """Store how each of these stands."""
        if not rows:
            return
        values = [
            {f"new_{name}": value for name, value in _standing_values(row).items()} for row in rows
        ]
        names = [name.removeprefix("new_") for name in values[0]]
        self._connection.execute(
            update(_LEGS)
            .where(_LEGS.c.pk == bindparam("of_pk"))
            .values({name: bindparam(f"new_{name}") for name in names}),
            [{"of_pk": row.pk, **one} for row, one in zip(rows, values, strict=True)],
        )

    def anchor_all(self, rows: Sequence[LegRow], awaited: Collection[int]) -> None:
        """Store what the chain decides of these: heads, how many events it has, and of those whose
        pk is `awaited` from when on an answer is due. The rest of them is not touched, for every
        index over it would be written anew."""
        if rows:
            self._connection.execute(
                update(_LEGS)
                .where(_LEGS.c.pk == bindparam("of_pk"))
                .values(head=bindparam("new_head"), anchored=bindparam("new_anchored")),
                [
                    {
                        "of_pk": row.pk,
                        "new_head": bytes(row.standing.head),
                        "new_anchored": row.anchored,
                    }
                    for row in rows
                ],
            )
        self.update_all([row for row in rows if row.pk in awaited])

    def lapsed(self, now: int, limit: int) -> Sequence[LegRow]:
        """Legs of which a deadline passed that is to be said on chain."""
        found = self._connection.execute(
            select(_LEGS).where(_LEGS.c.lapse_at < now).order_by(_LEGS.c.lapse_at).limit(limit)
        )
        return [_row(row) for row in found]

    def page(self, after: int, limit: int) -> Sequence[LegRow]:
        """Legs in the order of their pk."""
        found = self._connection.execute(
            select(_LEGS).where(_LEGS.c.pk > after).order_by(_LEGS.c.pk).limit(limit)
        )
        return [_row(row) for row in found]

    def misnamed(self) -> Iterator[tuple[int, bytes, Digest]]:
        """Rows whose id is not that of their parts: pk, id, and what it would have to be."""
        found = self._connection.execute(
            select(_LEGS.c.pk, _LEGS.c.leg, _LEGS.c.sender, _LEGS.c.recipient, _LEGS.c.salt)
        )
        for pk, leg, sender, recipient, salt in found:
            made = LegKey(OrgId(sender), OrgId(recipient), bytes(salt)).leg
            if made != bytes(leg):
                yield pk, bytes(leg), made

    def search(self, wanted: LegSearch, after: Place | None, limit: int) -> Sequence[LegRow]:
        """Those wanted from after that place on: newest paper first; of what is overdue, the
        longest first."""
        return [_row(row) for row in self._connection.execute(_query(wanted, after, limit))]


def _query(wanted: LegSearch, after: Place | None, limit: int) -> Select[Any]:
    party, other = (
        (_LEGS.c.sender, _LEGS.c.recipient) if wanted.sent else (_LEGS.c.recipient, _LEGS.c.sender)
    )
    query = select(_LEGS).where(party == bytes(wanted.party))
    if wanted.other is not None:
        query = query.where(other == bytes(wanted.other))
    if wanted.number is not None:
        query = query.where(_LEGS.c.code_number == wanted.number)
    if wanted.notation is not None:
        query = query.where(_LEGS.c.code_notation == wanted.notation)
    if wanted.state is not None:
        query = query.where(_LEGS.c.state == int(wanted.state))
    if wanted.since is not None:
        query = query.where(_LEGS.c.promulgated >= wanted.since.isoformat())
    if wanted.until is not None:
        query = query.where(_LEGS.c.promulgated <= wanted.until.isoformat())
    if wanted.overdue_at is not None:
        query = query.where(_LEGS.c.due_by < wanted.overdue_at)
        if after is not None:
            query = query.where(
                _LEGS.c.due_by >= after[0],
                (_LEGS.c.due_by > after[0]) | (_LEGS.c.pk > after[1]),
            )
        return query.order_by(_LEGS.c.due_by, _LEGS.c.pk).limit(limit)
    if after is not None:
        day = str(after[0])
        query = query.where(
            _LEGS.c.promulgated <= day,
            (_LEGS.c.promulgated < day) | (_LEGS.c.pk < after[1]),
        )
    return query.order_by(_LEGS.c.promulgated.desc(), _LEGS.c.pk.desc()).limit(limit)


def _standing_values(row: LegRow) -> dict[str, Any]:
    leg = row.standing
    lapse = row.lapse
    return {
        "state": int(leg.state),
        "previous": int(leg.previous),
        "failures": leg.failures,
        "attempts": leg.attempts,
        "marks": int(leg.marks),
        "events": leg.events,
        "arrive_by": leg.arrive_by,
        "answer_within": leg.answer_within,
        "answer_by": leg.answer_by,
        "settle_by": leg.settle_by,
        "head": bytes(leg.head),
        "anchored": row.anchored,
        "due_by": row.due_by,
        "lapse_at": None if lapse is None else row.due_by,
    }


def _row(row: Sequence[Any]) -> LegRow:
    # By place, in the order of the table: by name takes more than twice as long, and every leg is
    # read several times for each of its events.
    (
        pk, _, message_pk, sender, recipient, salt, code_number, code_notation, promulgated,
        state, previous, failures, attempts, marks, events, arrive_by, answer_within, answer_by,
        settle_by, replaces, head, anchored, _, _, wrapped_key, opened_at,
    ) = row  # fmt: skip
    return LegRow(
        pk=pk,
        key=LegKey(OrgId(sender), OrgId(recipient), bytes(salt)),
        message_pk=message_pk,
        code_number=code_number,
        code_notation=code_notation,
        promulgated=date.fromisoformat(promulgated),
        standing=Leg(
            state=LegState(state),
            previous=LegState(previous),
            failures=failures,
            attempts=attempts,
            marks=LegMark(marks),
            events=events,
            arrive_by=arrive_by,
            answer_within=answer_within,
            answer_by=answer_by,
            settle_by=settle_by,
            head=Digest(head),
        ),
        replaces=bytes(replaces),
        anchored=anchored,
        wrapped_key=wrapped_key,
        opened_at=from_ms(opened_at),
    )
