"""Page tokens that were revoked, until they would have expired."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from ledger.identity.organization import OrgId
from ledger.storage.page_token_tables import RevokedPageTokens
from ledger.storage.tables import core
from ledger.storage.times import to_ms
from ledger.storage.upsert import insert_into

_TOKENS = core(RevokedPageTokens)


class PageTokenStore:
    """Revoked page tokens in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, name: str, org: OrgId, expires_at: datetime) -> None:
        """Revoke a token; again is harmless."""
        self._connection.execute(
            insert_into(self._connection.dialect.name, _TOKENS)
            .values(name=name, org=bytes(org), expires_at=to_ms(expires_at))
            .on_conflict_do_nothing()
        )

    def holds(self, name: str) -> bool:
        """Whether the token was revoked."""
        found = self._connection.execute(select(_TOKENS.c.name).where(_TOKENS.c.name == name))
        return found.first() is not None

    def count(self, org: OrgId) -> int:
        """How many revoked tokens of the organization are kept."""
        return int(
            self._connection.execute(
                select(func.count()).where(_TOKENS.c.org == bytes(org))
            ).scalar_one()
        )

    def forget(self, at: datetime) -> None:
        """Let go of those that have expired."""
        self._connection.execute(delete(_TOKENS).where(_TOKENS.c.expires_at < to_ms(at)))
