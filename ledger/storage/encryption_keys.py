"""Statements of encryption keys, as organizations signed them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from ledger import canonical
from ledger.envelope.key_statement import KeyStatement
from ledger.identity.organization import OrgId
from ledger.storage.content_tables import EncryptionKeys
from ledger.storage.tables import core
from ledger.storage.times import to_ms
from ledger.storage.upsert import insert_into

_KEYS = core(EncryptionKeys)


class EncryptionKeyStore:
    """Published keys in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, said: KeyStatement, at: datetime) -> None:
        """Keep a statement; one of the same key from the same time takes its place."""
        text = canonical.encode(said.to_json()).decode()
        insert = insert_into(self._connection.dialect.name, _KEYS).values(
            org=bytes(said.org),
            valid_from=said.valid_from,
            key_id=bytes(said.key.id),
            statement=text,
            received_at=to_ms(at),
        )
        self._connection.execute(
            insert.on_conflict_do_update(
                index_elements=["org", "valid_from", "key_id"],
                set_={"statement": text, "received_at": to_ms(at)},
            )
        )

    def count(self, org: OrgId) -> int:
        """How many the organization has stated."""
        return int(
            self._connection.execute(
                select(func.count()).where(_KEYS.c.org == bytes(org))
            ).scalar_one()
        )

    def list(self, org: OrgId) -> Sequence[KeyStatement]:
        """All of them, the latest to begin first."""
        rows = self._connection.execute(
            select(_KEYS.c.statement)
            .where(_KEYS.c.org == bytes(org))
            .order_by(_KEYS.c.valid_from.desc(), _KEYS.c.key_id)
        ).scalars()
        return [KeyStatement.from_json(json.loads(text)) for text in rows]
