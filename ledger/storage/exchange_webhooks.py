"""Webhooks of the exchange in one transaction: addresses, and numbers of the feed on their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from ledger.identity.organization import OrgId
from ledger.storage.exchange_webhook_tables import ExchangeDeliveries, ExchangeWebhooks
from ledger.storage.tables import core
from ledger.storage.times import from_ms, to_ms
from ledger.storage.upsert import insert_into

_WEBHOOKS = core(ExchangeWebhooks)
_LINES = core(ExchangeDeliveries)


@dataclass(frozen=True, slots=True)
class ExchangeWebhookRow:
    """Where an organization is told; `token` is sealed, `seq` how far in the feed it is."""

    org: OrgId
    dest: str
    token: bytes
    seq: int
    set_at: datetime


@dataclass(frozen=True, slots=True)
class ExchangeDeliveryRow:
    """One number of the feed on its way."""

    org: OrgId
    seq: int
    leg_pk: int
    dead: bool
    attempts: int
    attempt_at: datetime
    failure: str | None


class ExchangeWebhookStore:
    """Webhooks in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def set(self, row: ExchangeWebhookRow) -> None:
        """Set or replace where an organization is told; one that is there keeps its place in the
        feed. What was refused too often is in line again."""
        values = {"dest": row.dest, "token": row.token, "set_at": to_ms(row.set_at)}
        self._connection.execute(
            insert_into(self._connection.dialect.name, _WEBHOOKS)
            .values(org=bytes(row.org), seq=row.seq, **values)
            .on_conflict_do_update(index_elements=["org"], set_=values)
        )
        self.revive(row.org, row.set_at)

    def find(self, org: OrgId) -> ExchangeWebhookRow | None:
        """Where the organization is told, if it has said so."""
        row = self._connection.execute(
            select(_WEBHOOKS).where(_WEBHOOKS.c.org == bytes(org))
        ).first()
        return None if row is None else _webhook(row)

    def behind(self, last: int) -> Sequence[ExchangeWebhookRow]:
        """Those that have not seen the feed to its end."""
        rows = self._connection.execute(select(_WEBHOOKS).where(_WEBHOOKS.c.seq < last))
        return [_webhook(row) for row in rows]

    def remove(self, org: OrgId) -> bool:
        """Tell the organization no more. False if it was not told."""
        self._connection.execute(delete(_LINES).where(_LINES.c.org == bytes(org)))
        done = self._connection.execute(delete(_WEBHOOKS).where(_WEBHOOKS.c.org == bytes(org)))
        return done.rowcount == 1

    def replay(self, org: OrgId, after: int) -> None:
        """Begin again after that number."""
        self._connection.execute(
            delete(_LINES).where(_LINES.c.org == bytes(org), _LINES.c.seq > after)
        )
        self._move(org, after)

    def line_up(self, org: OrgId, told: Sequence[tuple[int, int]], seq: int, at: datetime) -> None:
        """Put numbers of the feed (with the pk of their leg) in line, and note how far it is."""
        if told:
            self._connection.execute(
                insert_into(self._connection.dialect.name, _LINES).on_conflict_do_nothing(),
                [
                    {
                        "org": bytes(org),
                        "seq": number,
                        "leg_pk": leg_pk,
                        "dead": False,
                        "attempts": 0,
                        "attempt_at": to_ms(at),
                        "failure": None,
                    }
                    for number, leg_pk in told
                ],
            )
        self._move(org, seq)

    def counts(self, org: OrgId) -> tuple[int, int]:
        """How many wait to be sent, and how many were put aside."""
        row = self._connection.execute(
            select(
                func.count().filter(_LINES.c.dead.is_(False)),
                func.count().filter(_LINES.c.dead.is_(True)),
            ).where(_LINES.c.org == bytes(org))
        ).one()
        return int(row[0]), int(row[1])

    def due(self, at: datetime, limit: int) -> Sequence[tuple[OrgId, int]]:
        """Lines, as organization and pk of a leg, in which something is due."""
        rows = self._connection.execute(
            select(_LINES.c.org, _LINES.c.leg_pk)
            .where(_LINES.c.dead.is_(False), _LINES.c.attempt_at <= to_ms(at))
            .group_by(_LINES.c.org, _LINES.c.leg_pk)
            .order_by(func.min(_LINES.c.attempt_at))
            .limit(limit)
        )
        return [(OrgId(row.org), int(row.leg_pk)) for row in rows]

    def first(self, org: OrgId, leg_pk: int) -> ExchangeDeliveryRow | None:
        """What is to be sent next of a line."""
        row = self._connection.execute(
            select(_LINES)
            .where(_LINES.c.org == bytes(org), _LINES.c.leg_pk == leg_pk, _LINES.c.dead.is_(False))
            .order_by(_LINES.c.seq)
            .limit(1)
        ).first()
        return None if row is None else _delivery(row)

    def dead(self, org: OrgId, limit: int) -> Sequence[ExchangeDeliveryRow]:
        """What was refused too often, oldest first."""
        rows = self._connection.execute(
            select(_LINES)
            .where(_LINES.c.org == bytes(org), _LINES.c.dead.is_(True))
            .order_by(_LINES.c.seq)
            .limit(limit)
        )
        return [_delivery(row) for row in rows]

    def revive(self, org: OrgId, at: datetime) -> int:
        """Put what was refused too often in line again; how many."""
        done = self._connection.execute(
            update(_LINES)
            .where(_LINES.c.org == bytes(org), _LINES.c.dead.is_(True))
            .values(dead=False, attempts=0, attempt_at=to_ms(at))
        )
        return int(done.rowcount)

    def take(self, row: ExchangeDeliveryRow, _at: datetime) -> None:
        """It was taken."""
        self._connection.execute(delete(_LINES).where(*_place(row)))

    def postpone(self, row: ExchangeDeliveryRow, until: datetime, failure: str) -> None:
        """It was not taken; try again then."""
        self._set(row, attempts=row.attempts + 1, attempt_at=to_ms(until), failure=failure)

    def bury(self, row: ExchangeDeliveryRow, _at: datetime, failure: str) -> None:
        """It was refused too often: let the next one of its leg pass."""
        self._set(row, attempts=row.attempts + 1, dead=True, failure=failure)

    def _move(self, org: OrgId, seq: int) -> None:
        self._connection.execute(
            update(_WEBHOOKS).where(_WEBHOOKS.c.org == bytes(org)).values(seq=seq)
        )

    def _set(self, row: ExchangeDeliveryRow, **values: Any) -> None:
        self._connection.execute(update(_LINES).where(*_place(row)).values(**values))


def _place(row: ExchangeDeliveryRow) -> tuple[Any, Any]:
    return _LINES.c.org == bytes(row.org), _LINES.c.seq == row.seq


def _webhook(row: Row[Any]) -> ExchangeWebhookRow:
    return ExchangeWebhookRow(
        OrgId(row.org), row.dest, bytes(row.token), row.seq, from_ms(row.set_at)
    )


def _delivery(row: Row[Any]) -> ExchangeDeliveryRow:
    return ExchangeDeliveryRow(
        org=OrgId(row.org),
        seq=row.seq,
        leg_pk=row.leg_pk,
        dead=bool(row.dead),
        attempts=row.attempts,
        attempt_at=from_ms(row.attempt_at),
        failure=row.failure,
    )
