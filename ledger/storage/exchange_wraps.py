"""Later wraps of data keys in one transaction. They are added and never changed; an erasure takes
them out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from ledger.digest import Digest
from ledger.identity.organization import OrgId
from ledger.storage.exchange_wrap_tables import ExchangeWraps
from ledger.storage.tables import core
from ledger.storage.times import from_ms, to_ms
from ledger.storage.upsert import insert_into

_WRAPS = core(ExchangeWraps)


@dataclass(frozen=True, slots=True)
class WrapRow:
    """The data key of a leg, wrapped to the key `key_id` by `org`; `text` as the leg's first."""

    leg_pk: int
    key_id: Digest
    org: OrgId
    text: str
    received_at: datetime


class ExchangeWrapStore:
    """Later wraps in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: WrapRow) -> bool:
        """Keep it, unless the party handed one in for that key: then nothing is changed, and the
        answer is False."""
        added = self._connection.execute(
            insert_into(self._connection.dialect.name, _WRAPS)
            .values(
                leg_pk=row.leg_pk,
                key_id=bytes(row.key_id),
                org=bytes(row.org),
                wrapped_key=row.text,
                received_at=to_ms(row.received_at),
            )
            .on_conflict_do_nothing(index_elements=["leg_pk", "key_id", "org"])
            .returning(_WRAPS.c.leg_pk)
        )
        return added.first() is not None

    def of_leg(self, leg_pk: int) -> Sequence[WrapRow]:
        """Those of a leg, oldest first."""
        rows = self._connection.execute(
            select(_WRAPS)
            .where(_WRAPS.c.leg_pk == leg_pk)
            .order_by(_WRAPS.c.received_at, _WRAPS.c.key_id, _WRAPS.c.org)
        )
        return [
            WrapRow(
                leg_pk=row.leg_pk,
                key_id=Digest(row.key_id),
                org=OrgId(row.org),
                text=row.wrapped_key,
                received_at=from_ms(row.received_at),
            )
            for row in rows
        ]

    def forget(self, leg_pks: Collection[int]) -> None:
        """Take out those of these legs."""
        self._connection.execute(delete(_WRAPS).where(_WRAPS.c.leg_pk.in_(sorted(leg_pks))))
