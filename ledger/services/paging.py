"""Paging: page tokens that were let go before their time.

A token carries all it says, so there is nothing to release. What is kept is the opposite: the names
of the tokens that were revoked, until they would have expired anyway.
"""

from __future__ import annotations

from datetime import datetime

from ledger.clock import Clock
from ledger.errors import InvalidInput, QuotaExceeded
from ledger.services.caller import Caller
from ledger.storage.database import Database

MOST_REVOKED = 10_000
"""Revoked tokens kept of one organization."""


class Paging:
    """Keeps revoked page tokens."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def revoke(self, caller: Caller, name: str, expires_at: datetime) -> None:
        """Refuse the token from now on; again is harmless. Raises QuotaExceeded
        `quota-page-tokens`."""
        with self._db.write() as tx:
            tx.page_tokens.forget(self._clock.now())
            if tx.page_tokens.count(caller.org) >= MOST_REVOKED:
                raise QuotaExceeded(
                    "quota-page-tokens", f"more than {MOST_REVOKED} revoked page tokens"
                )
            tx.page_tokens.add(name, caller.org, expires_at)

    def check(self, name: str) -> None:
        """Raise InvalidInput `page-token-revoked` if it was revoked."""
        with self._db.read() as tx:
            if tx.page_tokens.holds(name):
                raise InvalidInput("page-token-revoked", "the token was revoked")
