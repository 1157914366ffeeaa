"""Messages of the exchange in one transaction, as their senders disclosed them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, tuple_

from ledger.digest import Digest
from ledger.identity.organization import OrgId
from ledger.storage.exchange_tables import ExchangeMessages
from ledger.storage.tables import core
from ledger.storage.times import from_ms, to_ms

_MESSAGES = core(ExchangeMessages)
_MOST_ALIKE = 20


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message; `view` is the JSON of the disclosed view, `pk` 0 before it has one."""

    pk: int
    sender: OrgId
    document_id: str
    version: int
    message: Digest
    code_number: str
    code_notation: str
    view: str
    received_at: datetime

    @property
    def key(self) -> tuple[OrgId, str, int]:
        """What a message is known by."""
        return self.sender, self.document_id, self.version


class ExchangeMessageStore:
    """Messages in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_all(self, rows: Sequence[MessageRow]) -> None:
        """Store new messages under the pks they have. One of the same sender, document and version
        as another ends in `storage-duplicate`."""
        if rows:
            self._connection.execute(
                insert(_MESSAGES),
                [
                    {
                        "pk": row.pk,
                        "sender": bytes(row.sender),
                        "document_id": row.document_id,
                        "version": row.version,
                        "message": bytes(row.message),
                        "code_number": row.code_number,
                        "code_notation": row.code_notation,
                        "view": row.view,
                        "received_at": to_ms(row.received_at),
                    }
                    for row in rows
                ],
            )

    def known(self, rows: Sequence[MessageRow]) -> dict[tuple[OrgId, str, int], MessageRow]:
        """Those of the same senders, documents and versions that are stored, by these three."""
        keys = [(bytes(row.sender), row.document_id, row.version) for row in rows]
        found = self._connection.execute(
            select(_MESSAGES).where(
                tuple_(_MESSAGES.c.sender, _MESSAGES.c.document_id, _MESSAGES.c.version).in_(keys)
            )
        )
        return {row.key: row for row in map(_row, found)}

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

    def alike(self, rows: Sequence[MessageRow]) -> dict[tuple[OrgId, str, str], list[str]]:
        """Ids of documents that their senders gave the same number and notation as these have, by
        sender, number and notation."""
        keys = [(bytes(row.sender), row.code_number, row.code_notation) for row in rows]
        columns = (_MESSAGES.c.sender, _MESSAGES.c.code_number, _MESSAGES.c.code_notation)
        found = self._connection.execute(
            select(*columns, _MESSAGES.c.document_id)
            .where(tuple_(*columns).in_(keys))
            .distinct()
            .limit(_MOST_ALIKE * len(keys))
        )
        alike: dict[tuple[OrgId, str, str], list[str]] = {}
        for sender, number, notation, document_id in found:
            alike.setdefault((OrgId(sender), number, notation), []).append(document_id)
        return alike


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
