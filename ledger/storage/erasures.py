"""Approvals, holds and certificates of erasure, and the rows that an erasure takes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from ledger.digest import Digest
from ledger.exchange.erasure import ErasureApproval
from ledger.identity.organization import OrgId
from ledger.storage.erasure_tables import ErasureApprovals, ErasureHolds, Erasures
from ledger.storage.exchange_tables import ExchangeLegs, ExchangeMessages
from ledger.storage.tables import core
from ledger.storage.times import from_ms, to_ms
from ledger.storage.upsert import insert_into

_APPROVALS = core(ErasureApprovals)
_HOLDS = core(ErasureHolds)
_ERASURES = core(Erasures)
_LEGS = core(ExchangeLegs)
_MESSAGES = core(ExchangeMessages)


@dataclass(frozen=True, slots=True)
class Hold:
    """A document that an organization needs kept."""

    org: OrgId
    reason: str
    placed_at: datetime


class ErasureStore:
    """Erasure in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def approve(self, one: ErasureApproval) -> None:
        """Keep an approval; one of the same key takes its place."""
        values = {
            "reason": one.reason,
            "kept_until": one.kept_until,
            "deadline": one.deadline,
            "signature": one.signature,
        }
        self._connection.execute(
            insert_into(self._connection.dialect.name, _APPROVALS)
            .values(leg=bytes(one.leg), org=bytes(one.org), signer=one.signer, **values)
            .on_conflict_do_update(index_elements=["leg", "org", "signer"], set_=values)
        )

    def approvals(self, leg: Digest, org: OrgId) -> Sequence[ErasureApproval]:
        """What keys of the organization have approved about a leg."""
        rows = self._connection.execute(
            select(_APPROVALS)
            .where(_APPROVALS.c.leg == bytes(leg), _APPROVALS.c.org == bytes(org))
            .order_by(_APPROVALS.c.signer)
        )
        return [
            ErasureApproval(
                leg=leg,
                org=org,
                reason=row.reason,
                kept_until=row.kept_until,
                deadline=row.deadline,
                signer=row.signer,
                signature=row.signature,
            )
            for row in rows
        ]

    def hold(self, leg: Digest, hold: Hold) -> None:
        """Note that an organization needs it kept; again changes the reason."""
        self._connection.execute(
            insert_into(self._connection.dialect.name, _HOLDS)
            .values(
                leg=bytes(leg),
                org=bytes(hold.org),
                reason=hold.reason,
                placed_at=to_ms(hold.placed_at),
            )
            .on_conflict_do_update(index_elements=["leg", "org"], set_={"reason": hold.reason})
        )

    def lift(self, leg: Digest, org: OrgId) -> None:
        """End the organization's hold, if there is one."""
        self._connection.execute(
            delete(_HOLDS).where(_HOLDS.c.leg == bytes(leg), _HOLDS.c.org == bytes(org))
        )

    def holds(self, leg: Digest) -> Sequence[Hold]:
        """Who needs it kept, the first to say so first."""
        rows = self._connection.execute(
            select(_HOLDS).where(_HOLDS.c.leg == bytes(leg)).order_by(_HOLDS.c.placed_at)
        )
        return [Hold(OrgId(row.org), row.reason, from_ms(row.placed_at)) for row in rows]

    def certificate(self, leg: Digest, org: OrgId) -> str | None:
        """What certifies the organization's erasure, once it is done."""
        found = self._connection.execute(
            select(_ERASURES.c.certificate).where(
                _ERASURES.c.leg == bytes(leg), _ERASURES.c.org == bytes(org)
            )
        ).scalar()
        return None if found is None else str(found)

    def certify(self, leg: Digest, org: OrgId, certificate: str, at: datetime) -> None:
        """Note that it is done. Twice ends in `storage-duplicate`."""
        self._connection.execute(
            insert(_ERASURES).values(
                leg=bytes(leg), org=bytes(org), certificate=certificate, erased_at=to_ms(at)
            )
        )

    def zero_what_is_deleted(self) -> None:
        """From here on, until the connection is asked otherwise, SQLite writes zeros over what this
        transaction deletes. PostgreSQL does not: its pages are written over in its own time."""
        if self._connection.dialect.name == "sqlite":
            self._connection.exec_driver_sql("PRAGMA secure_delete=ON")

    def replace_wrapped_key(self, leg_pk: int, text: str | None) -> None:
        """Put what may stay in the place of a leg's wrapped key."""
        self._connection.execute(update(_LEGS).where(_LEGS.c.pk == leg_pk).values(wrapped_key=text))

    def replace_view(self, message_pk: int, view: str) -> None:
        """Put a view that shows less in the place of a message's."""
        self._connection.execute(
            update(_MESSAGES).where(_MESSAGES.c.pk == message_pk).values(view=view)
        )


def cut_log(connection: Connection) -> None:
    """SQLite: move the log into the database and cut it, as soon as no reader needs it, and stop
    writing zeros over what is deleted. PostgreSQL recycles its log by itself."""
    if connection.dialect.name != "sqlite":
        return
    raw = connection.connection.dbapi_connection
    assert raw is not None
    for pragma in ("wal_checkpoint(TRUNCATE)", "secure_delete=OFF"):
        raw.cursor().execute(f"PRAGMA {pragma}").fetchall()
