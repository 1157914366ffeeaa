"""Signing keys on their way to the registry, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from ledger.identity.organization import OrgId
from ledger.storage.organizations import KeyRow
from ledger.storage.tables import core
from ledger.storage.times import from_ms, from_ms_or_none, to_ms, to_ms_or_none
from ledger.storage.waiting_key_tables import WaitingKeys

_KEYS = core(WaitingKeys)


class WaitingKeyStore:
    """Waiting keys in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: KeyRow) -> None:
        """Have a key registered. One that waits already ends in `storage-duplicate`."""
        self._connection.execute(
            insert(_KEYS).values(
                org=bytes(row.org),
                address=row.address,
                purposes=int(row.purposes),
                valid_from=to_ms(row.valid_from),
                valid_until=to_ms_or_none(row.valid_until),
            )
        )

    def list(self) -> Sequence[KeyRow]:
        """All that wait."""
        found = self._connection.execute(select(_KEYS).order_by(_KEYS.c.valid_from))
        return [_row(row) for row in found]

    def of(self, org: OrgId) -> Sequence[KeyRow]:
        """Those of one organization."""
        found = self._connection.execute(select(_KEYS).where(_KEYS.c.org == bytes(org)))
        return [_row(row) for row in found]

    def remove(self, row: KeyRow) -> None:
        """The chain has it, or never will."""
        self._connection.execute(
            delete(_KEYS).where(_KEYS.c.org == bytes(row.org), _KEYS.c.address == row.address)
        )


def _row(row: Row[Any]) -> KeyRow:
    return KeyRow(
        org=OrgId(row.org),
        address=row.address,
        path=None,
        custodial=False,
        purposes=row.purposes,
        valid_from=from_ms(row.valid_from),
        valid_until=from_ms_or_none(row.valid_until),
    )
