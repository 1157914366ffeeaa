"""Alerts in one transaction: made with what they tell of, sent in order, kept as an inbox.

The first that waits for an organization is sent until it is taken or dead; only then comes the
next. When to send next stands with the address, and whatever changes an organization's line
changes that row first, so that nobody sets it by a line that another is just changing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from ledger.epcis.alert import Alert
from ledger.identity.organization import OrgId
from ledger.storage.alert_tables import AlertAddresses, Alerts
from ledger.storage.tables import core
from ledger.storage.times import from_ms, from_ms_or_none, to_ms
from ledger.storage.upsert import insert_into

_ADDRESSES = core(AlertAddresses)
_ALERTS = core(Alerts)


@dataclass(frozen=True, slots=True)
class AddressRow:
    """Where an organization is told. `token` is sealed."""

    org: OrgId
    dest: str
    token: bytes
    set_at: datetime
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert of one organization; `body` are the bytes that are sent, at every attempt."""

    pk: int
    id: str
    org: OrgId
    kind: str
    body: bytes
    created_at: datetime
    waits: bool
    dead: bool
    attempts: int
    failure: str | None
    taken_at: datetime | None
    acknowledged_at: datetime | None


class AlertStore:
    """Alerts and addresses in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def set_address(self, row: AddressRow) -> None:
        """Set or replace where an organization is told. What was refused too often at the old
        address is in line again."""
        values = {"dest": row.dest, "token": row.token, "set_at": to_ms(row.set_at)}
        self._connection.execute(
            insert_into(self._connection.dialect.name, _ADDRESSES)
            .values(org=bytes(row.org), **values)
            .on_conflict_do_update(index_elements=["org"], set_=values)
        )
        self._connection.execute(
            update(_ALERTS)
            .where(_ALERTS.c.org == bytes(row.org), _ALERTS.c.dead.is_(True))
            .values(dead=False, waits=True, attempts=0)
        )
        self._schedule_next(row.org, row.set_at)

    def find_address(self, org: OrgId) -> AddressRow | None:
        """Where the organization is told, if it has said so."""
        row = self._connection.execute(
            select(_ADDRESSES).where(_ADDRESSES.c.org == bytes(org))
        ).first()
        if row is None:
            return None
        return AddressRow(
            org, row.dest, bytes(row.token), from_ms(row.set_at), from_ms_or_none(row.taken_at)
        )

    def delete_address(self, org: OrgId) -> bool:
        """Stop sending; what waits stays in the inbox alone. False if there was no address."""
        done = self._connection.execute(
            delete(_ADDRESSES).where(_ADDRESSES.c.org == bytes(org))
        ).rowcount
        self._connection.execute(
            update(_ALERTS).where(_ALERTS.c.org == bytes(org)).values(waits=False)
        )
        return done == 1

    def add(self, orgs: Collection[OrgId], alert: Alert, at: datetime) -> None:
        """Tell each of these of it, in the transaction in which it became true. Whoever was told
        of the same before is not told again."""
        for org in sorted(orgs, key=bytes):  # one order for everybody: no deadlocks
            added = self._connection.execute(
                insert_into(self._connection.dialect.name, _ALERTS)
                .values(
                    id=alert.id_for(org),
                    org=bytes(org),
                    about=alert.about,
                    kind=alert.kind.value,
                    body=alert.body_for(org, at),
                    created_at=to_ms(at),
                    waits=self._is_told(org, at),
                    dead=False,
                    attempts=0,
                )
                .on_conflict_do_nothing(index_elements=["org", "about"])
                .returning(_ALERTS.c.pk)
            ).first()
            if added is None:
                self._schedule_next(org, at)

    def inbox(self, org: OrgId, limit: int) -> Sequence[AlertRow]:
        """What the organization was told, newest first."""
        rows = self._connection.execute(
            select(_ALERTS)
            .where(_ALERTS.c.org == bytes(org))
            .order_by(_ALERTS.c.pk.desc())
            .limit(limit)
        )
        return [_row(row) for row in rows]

    def counts(self, org: OrgId) -> tuple[int, int]:
        """How many wait to be sent, and how many were put aside."""
        row = self._connection.execute(
            select(
                func.count().filter(_ALERTS.c.waits.is_(True)),
                func.count().filter(_ALERTS.c.dead.is_(True)),
            ).where(_ALERTS.c.org == bytes(org))
        ).one()
        return int(row[0]), int(row[1])

    def acknowledge(self, org: OrgId, alert_id: str, key_id: str, at: datetime) -> bool:
        """Note that the organization knows; the first time counts. False if there is none such."""
        place = (_ALERTS.c.org == bytes(org), _ALERTS.c.id == alert_id)
        self._connection.execute(
            update(_ALERTS)
            .where(*place, _ALERTS.c.acknowledged_at.is_(None))
            .values(acknowledged_at=to_ms(at), acknowledged_by=key_id)
        )
        found = self._connection.execute(select(_ALERTS.c.pk).where(*place)).first()
        return found is not None

    def to_send(self, at: datetime, limit: int) -> Sequence[OrgId]:
        """Organizations for which something waits whose time has come."""
        rows = self._connection.execute(
            select(_ADDRESSES.c.org)
            .where(_ADDRESSES.c.attempt_at <= to_ms(at))
            .order_by(_ADDRESSES.c.attempt_at)
            .limit(limit)
        )
        return [OrgId(row.org) for row in rows]

    def first(self, org: OrgId) -> AlertRow | None:
        """The alert that is to be sent next."""
        row = self._connection.execute(
            select(_ALERTS)
            .where(_ALERTS.c.org == bytes(org), _ALERTS.c.waits.is_(True))
            .order_by(_ALERTS.c.pk)
            .limit(1)
        ).first()
        return None if row is None else _row(row)

    def take(self, row: AlertRow, at: datetime) -> None:
        """The alert was taken."""
        self._touch(row.org, taken_at=to_ms(at))
        self._set(row, waits=False, taken_at=to_ms(at))
        self._schedule_next(row.org, at)

    def postpone(self, row: AlertRow, until: datetime, failure: str) -> None:
        """The alert was not taken; try again then."""
        self._touch(row.org, attempt_at=to_ms(until))
        self._set(row, attempts=row.attempts + 1, failure=failure)

    def bury(self, row: AlertRow, at: datetime, failure: str) -> None:
        """The alert was refused too often: let the next one pass."""
        self._touch(row.org, attempt_at=to_ms(at))
        self._set(row, attempts=row.attempts + 1, waits=False, dead=True, failure=failure)
        self._schedule_next(row.org, at)

    def _is_told(self, org: OrgId, at: datetime) -> bool:
        """Whether it has an address, whose line is now held and is to be sent."""
        done = self._connection.execute(
            update(_ADDRESSES)
            .where(_ADDRESSES.c.org == bytes(org))
            .values(attempt_at=func.coalesce(_ADDRESSES.c.attempt_at, to_ms(at)))
        )
        return done.rowcount == 1

    def _schedule_next(self, org: OrgId, at: datetime) -> None:
        waits = self.first(org) is not None
        self._touch(org, attempt_at=to_ms(at) if waits else None)

    def _touch(self, org: OrgId, **values: int | None) -> None:
        self._connection.execute(
            update(_ADDRESSES).where(_ADDRESSES.c.org == bytes(org)).values(**values)
        )

    def _set(self, row: AlertRow, **values: Any) -> None:
        self._connection.execute(update(_ALERTS).where(_ALERTS.c.pk == row.pk).values(**values))


def _row(row: Row[Any]) -> AlertRow:
    return AlertRow(
        pk=row.pk,
        id=row.id,
        org=OrgId(row.org),
        kind=row.kind,
        body=bytes(row.body),
        created_at=from_ms(row.created_at),
        waits=bool(row.waits),
        dead=bool(row.dead),
        attempts=row.attempts,
        failure=row.failure,
        taken_at=from_ms_or_none(row.taken_at),
        acknowledged_at=from_ms_or_none(row.acknowledged_at),
    )
