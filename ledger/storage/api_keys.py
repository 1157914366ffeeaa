"""API keys: of each secret only the SHA-256, so reading this table lets nobody in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from ledger.digest import Digest
from ledger.errors import NotFound
from ledger.identity.organization import OrgId
from ledger.storage.tables import ApiKeys, core
from ledger.storage.times import from_ms, from_ms_or_none, to_ms, to_ms_or_none

_KEYS = core(ApiKeys)


@dataclass(frozen=True, slots=True)
class ApiKeyRow:
    """One key. A scope name holds no space."""

    id: str
    org: OrgId
    secret_hash: Digest
    label: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class ApiKeyStore:
    """API keys in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: ApiKeyRow) -> None:
        """Record a new key."""
        self._connection.execute(
            insert(_KEYS).values(
                id=row.id,
                org=bytes(row.org),
                secret_hash=bytes(row.secret_hash),
                label=row.label,
                scopes=" ".join(sorted(row.scopes)),
                created_at=to_ms(row.created_at),
                expires_at=to_ms_or_none(row.expires_at),
                revoked_at=to_ms_or_none(row.revoked_at),
            )
        )

    def find_by_hash(self, secret_hash: bytes) -> ApiKeyRow | None:
        """The key whose secret has this SHA-256, expired and revoked ones included."""
        row = self._connection.execute(
            select(_KEYS).where(_KEYS.c.secret_hash == bytes(secret_hash))
        ).first()
        return None if row is None else _key(row)

    def list(self, org: OrgId) -> Sequence[ApiKeyRow]:
        """The organization's keys, oldest first, revoked ones included."""
        found = self._connection.execute(
            select(_KEYS).where(_KEYS.c.org == bytes(org)).order_by(_KEYS.c.created_at, _KEYS.c.id)
        )
        return [_key(row) for row in found]

    def revoke(self, key_id: str, at: datetime) -> None:
        """End a key; the first revocation's time stays. Raises NotFound `api-key-unknown`."""
        known = self._connection.execute(select(_KEYS.c.id).where(_KEYS.c.id == key_id)).first()
        if known is None:
            raise NotFound("api-key-unknown", f"no API key {key_id!r:.60}")
        self._connection.execute(
            update(_KEYS)
            .where(_KEYS.c.id == key_id, _KEYS.c.revoked_at.is_(None))
            .values(revoked_at=to_ms(at))
        )


def _key(row: Any) -> ApiKeyRow:
    return ApiKeyRow(
        id=row.id,
        org=OrgId(row.org),
        secret_hash=Digest(row.secret_hash),
        label=row.label,
        scopes=frozenset(row.scopes.split()),
        created_at=from_ms(row.created_at),
        expires_at=from_ms_or_none(row.expires_at),
        revoked_at=from_ms_or_none(row.revoked_at),
    )
