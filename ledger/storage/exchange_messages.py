"""Messages of the exchange in one transaction, as their senders disclosed them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from ledger.digest import Digest
from ledger.identity.organization import OrgId
from ledger.storage.exchange_tables import ExchangeMessages
from ledger.storage.tables import core
from ledger.storage.times import from_ms, to_ms

_MESSAGES = core(ExchangeMessages)
_MOST_DUPLICATES = 10


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message; `view` is the JSON of the disclosed view, `pk` 0 before it is stored."""

    pk: int
    sender: OrgId
    document_id: str
    version: int
    message: Digest
    code_number: str
    code_notation: str
    view: str
    received_at: datetime


class ExchangeMessageStore:
    """Messages in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: MessageRow) -> int:
        """Store a new message; its pk. One of the same sender, document and version ends in
        `storage-duplicate`."""
        return int(
            self._connection.execute(
                insert(_MESSAGES)
                .values(
                    sender=bytes(row.sender),
                    document_id=row.document_id,
                    version=row.version,
                    message=bytes(row.message),
                    code_number=row.code_number,
                    code_notation=row.code_notation,
                    view=row.view,
                    received_at=to_ms(row.received_at),
                )
                .returning(_MESSAGES.c.pk)
            ).scalar_one()
        )

    def find(self, sender: OrgId, document_id: str, version: int) -> MessageRow | None:
        """The message of that sender, document and version."""
        found = self._connection.execute(
            select(_MESSAGES).where(
                _MESSAGES.c.sender == bytes(sender),
                _MESSAGES.c.document_id == document_id,
                _MESSAGES.c.version == version,
            )
        ).first()
        return None if found is None else _row(found)

    def of(self, pks: Collection[int]) -> dict[int, MessageRow]:
        """Messages by their pk."""
        found = self._connection.execute(select(_MESSAGES).where(_MESSAGES.c.pk.in_(sorted(pks))))
        return {row.pk: _row(row) for row in found}

    def page(self, after: int, limit: int) -> Sequence[MessageRow]:
        """Messages in the order of their pk."""
        found = self._connection.execute(
            select(_MESSAGES).where(_MESSAGES.c.pk > after).order_by(_MESSAGES.c.pk).limit(limit)
        )
        return [_row(row) for row in found]

    def duplicates(self, row: MessageRow) -> Sequence[str]:
        """Ids of other documents of that sender with the same number and notation."""
        found = self._connection.execute(
            select(_MESSAGES.c.document_id)
            .where(
                _MESSAGES.c.sender == bytes(row.sender),
                _MESSAGES.c.code_number == row.code_number,
                _MESSAGES.c.code_notation == row.code_notation,
                _MESSAGES.c.document_id != row.document_id,
            )
            .distinct()
            .limit(_MOST_DUPLICATES)
        )
        return [str(one.document_id) for one in found]


def _row(row: Row[Any]) -> MessageRow:
    return MessageRow(
        pk=row.pk,
        sender=OrgId(row.sender),
        document_id=row.document_id,
        version=row.version,
        message=Digest(row.message),
        code_number=row.code_number,
        code_notation=row.code_notation,
        view=row.view,
        received_at=from_ms(row.received_at),
    )
