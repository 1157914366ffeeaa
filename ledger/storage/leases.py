"""Leases with fencing: what only one may do, done by one.

The token rises with every new holder. A holder that slept through its lease still has its old
token, and `check` inside its write transaction refuses it; the row lock taken there keeps a
successor waiting until that transaction has ended, so the two never interleave.
Times are the callers' clocks: hosts that share a lease keep theirs within a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from ledger.errors import Conflict
from ledger.storage.tables import Leases, core
from ledger.storage.times import from_ms, to_ms
from ledger.storage.upsert import insert_into

_LEASES = core(Leases)


@dataclass(frozen=True, slots=True)
class Lease:
    """Proof of holding a lease: valid while the table has the same token."""

    name: str
    holder: str
    token: int
    expires_at: datetime


class LeaseStore:
    """Leases in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def acquire(self, name: str, holder: str, now: datetime, ttl: float) -> Lease | None:
        """Take the lease for `ttl` seconds if it is free or expired; None while another has it.

        A holder that asks again gets it at once, with a new token: it may have crashed between.
        """
        self._connection.execute(
            insert_into(self._connection.dialect.name, _LEASES)
            .values(name=name, holder=None, token=0, expires_at=0)
            .on_conflict_do_nothing(index_elements=["name"])
        )
        row = self._connection.execute(
            select(_LEASES).where(_LEASES.c.name == name).with_for_update()
        ).one()
        if row.holder not in (None, holder) and row.expires_at > to_ms(now):
            return None
        return self._write(Lease(name, holder, row.token + 1, now + timedelta(seconds=ttl)))

    def renew(self, lease: Lease, now: datetime, ttl: float) -> Lease:
        """Hold it for another `ttl` seconds. Raises Conflict `lease-lost` if another took it.

        An expired lease that nobody took meanwhile is still ours.
        """
        self.check(lease)
        return self._write(
            Lease(lease.name, lease.holder, lease.token, now + timedelta(seconds=ttl))
        )

    def release(self, lease: Lease) -> None:
        """Let the next one take it at once. Harmless when it was lost already."""
        self._connection.execute(
            update(_LEASES)
            .where(_LEASES.c.name == lease.name, _LEASES.c.token == lease.token)
            .values(holder=None, expires_at=0)
        )

    def check(self, lease: Lease) -> None:
        """Raise Conflict `lease-lost` unless still held; nobody can take it before this commits."""
        row = self._connection.execute(
            select(_LEASES).where(_LEASES.c.name == lease.name).with_for_update()
        ).first()
        if row is None or row.token != lease.token or row.holder != lease.holder:
            raise Conflict("lease-lost", f"lease {lease.name!r} passed to another holder")

    def find(self, name: str) -> Lease | None:
        """Who holds it now, expired or not; None when it is free."""
        row = self._connection.execute(select(_LEASES).where(_LEASES.c.name == name)).first()
        if row is None or row.holder is None:
            return None
        return Lease(name, row.holder, row.token, from_ms(row.expires_at))

    def _write(self, lease: Lease) -> Lease:
        self._connection.execute(
            update(_LEASES)
            .where(_LEASES.c.name == lease.name)
            .values(holder=lease.holder, token=lease.token, expires_at=to_ms(lease.expires_at))
        )
        return lease
