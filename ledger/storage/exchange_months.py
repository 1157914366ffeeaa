"""What the monthly statistics of the exchange are made of, and which were signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, exists, insert, or_, select, tuple_

from ledger.exchange.history import OPEN_STATES
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from ledger.storage.exchange_statistics_tables import ExchangeStatisticsRecords
from ledger.storage.exchange_tables import ExchangeEvents, ExchangeLegs
from ledger.storage.tables import core
from ledger.storage.times import to_ms

_LEGS = core(ExchangeLegs)
_EVENTS = core(ExchangeEvents)
_SIGNED = core(ExchangeStatisticsRecords)

_FIRST = ("", 0)


class LegPlace(NamedTuple):
    """A leg in the order of its papers: the ISO date of the paper, and its pk."""

    promulgated: str
    pk: int


class ExchangeMonths:
    """Legs by the months that concern them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def legs(
        self,
        party: OrgId,
        *,
        sent: bool,
        since: int,
        until: datetime,
        after: LegPlace | None,
        limit: int,
    ) -> Sequence[LegPlace]:
        """Legs the party sent, or receives, that were opened before `until` and are open, or to
        which something happened on chain from `since` (unix seconds) on: more than concern the
        month between them, and never less. Oldest paper first."""
        mine = _LEGS.c.sender if sent else _LEGS.c.recipient
        happened = exists().where(
            and_(_EVENTS.c.leg_pk == _LEGS.c.pk, _EVENTS.c.block_time >= since)
        )
        found = self._connection.execute(
            select(_LEGS.c.promulgated, _LEGS.c.pk)
            .where(
                mine == bytes(party),
                _LEGS.c.opened_at < to_ms(until),
                or_(_LEGS.c.state.in_([int(state) for state in sorted(OPEN_STATES)]), happened),
                tuple_(_LEGS.c.promulgated, _LEGS.c.pk) > tuple_(*(after or _FIRST)),
            )
            .order_by(_LEGS.c.promulgated, _LEGS.c.pk)
            .limit(limit)
        )
        return [LegPlace(row.promulgated, row.pk) for row in found]

    def add_signed(self, org: OrgId, month: str, record_id: RecordId) -> None:
        """A record with the organization's statistics of that month was stored."""
        self._connection.execute(
            insert(_SIGNED).values(org=bytes(org), month=month, record_id=record_id.bytes16)
        )

    def last_signed(self, org: OrgId, month: str) -> RecordId | None:
        """The last such record."""
        found = self._connection.execute(
            select(_SIGNED.c.record_id)
            .where(_SIGNED.c.org == bytes(org), _SIGNED.c.month == month)
            .order_by(_SIGNED.c.pk.desc())
            .limit(1)
        ).scalar()
        return None if found is None else RecordId(bytes(found))
