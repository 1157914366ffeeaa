"""What is shared of single records: grants to organizations, and links for inspectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from ledger.digest import Digest
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from ledger.storage.sharing_tables import GrantCounters, GrantNews, RecordGrants, RecordLinks
from ledger.storage.tables import core
from ledger.storage.times import from_ms, from_ms_or_none, to_ms
from ledger.storage.upsert import insert_into

_GRANTS = core(RecordGrants)
_LINKS = core(RecordLinks)
_NEWS = core(GrantNews)
_COUNTERS = core(GrantCounters)
_GRANTED = select(_GRANTS.c.record_id).where(
    _GRANTS.c.record_id.in_(bindparam("ids", expanding=True)), _GRANTS.c.org == bindparam("org")
)
_LOOKUP_CHUNK = 500


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One organization that sees a record as a partner."""

    record_id: RecordId
    org: OrgId
    granted_by: str
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One link. `uses` counts how often it was opened, `used_at` when last."""

    id: str
    record_id: RecordId
    secret_hash: Digest
    audience: str
    label: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    uses: int = 0
    used_at: datetime | None = None


class SharingStore:
    """Grants and links in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def grant(self, row: GrantRow) -> None:
        """Record a grant, and that it is news to the organization; again is harmless."""
        done = self._connection.execute(
            insert_into(self._connection.dialect.name, _GRANTS)
            .values(
                record_id=bytes(row.record_id),
                org=bytes(row.org),
                granted_by=row.granted_by,
                granted_at=to_ms(row.granted_at),
            )
            .on_conflict_do_nothing(index_elements=["record_id", "org"])
            .returning(_GRANTS.c.org)
        )
        if done.first() is not None:
            self._announce(row.record_id, row.org)

    def end_grant(self, record_id: RecordId, org: OrgId) -> bool:
        """End a grant; False when there is none."""
        done = self._connection.execute(
            delete(_GRANTS).where(
                _GRANTS.c.record_id == bytes(record_id), _GRANTS.c.org == bytes(org)
            )
        )
        return done.rowcount == 1

    def news(self, org: OrgId, after: int, limit: int) -> Sequence[tuple[int, RecordId]]:
        """What the organization was granted since that number, in order."""
        rows = self._connection.execute(
            select(_NEWS.c.number, _NEWS.c.record_id)
            .where(_NEWS.c.org == bytes(org), _NEWS.c.number > after)
            .order_by(_NEWS.c.number)
            .limit(limit)
        )
        return [(row.number, RecordId(row.record_id)) for row in rows]

    def last_news(self, org: OrgId) -> int:
        """The number of the last grant to the organization; 0 where there was none."""
        found = self._connection.execute(
            select(_COUNTERS.c.last).where(_COUNTERS.c.org == bytes(org))
        ).scalar()
        return 0 if found is None else int(found)

    def _announce(self, record_id: RecordId, org: OrgId) -> None:
        number = self._connection.execute(
            insert_into(self._connection.dialect.name, _COUNTERS)
            .values(org=bytes(org), last=1)
            .on_conflict_do_update(index_elements=["org"], set_={"last": _COUNTERS.c.last + 1})
            .returning(_COUNTERS.c.last)
        ).scalar_one()
        self._connection.execute(
            insert(_NEWS).values(org=bytes(org), number=number, record_id=bytes(record_id))
        )

    def is_granted(self, record_id: RecordId, org: OrgId) -> bool:
        """Whether the organization has a grant."""
        return any(row.org == org for row in self.grants(record_id))

    def granted(self, record_ids: Sequence[RecordId], org: OrgId) -> set[RecordId]:
        """Those of the records for which the organization has a grant."""
        found: set[RecordId] = set()
        for start in range(0, len(record_ids), _LOOKUP_CHUNK):
            ids = list(map(bytes, record_ids[start : start + _LOOKUP_CHUNK]))
            rows = self._connection.execute(_GRANTED, {"ids": ids, "org": bytes(org)})
            found.update(map(RecordId, rows.scalars()))
        return found

    def grants(self, record_id: RecordId) -> Sequence[GrantRow]:
        """The grants of a record, oldest first."""
        rows = self._connection.execute(
            select(_GRANTS)
            .where(_GRANTS.c.record_id == bytes(record_id))
            .order_by(_GRANTS.c.granted_at, _GRANTS.c.org)
        )
        return [
            GrantRow(
                RecordId(row.record_id), OrgId(row.org), row.granted_by, from_ms(row.granted_at)
            )
            for row in rows
        ]

    def add_link(self, row: LinkRow) -> None:
        """Record a new link."""
        self._connection.execute(
            insert(_LINKS).values(
                id=row.id,
                record_id=bytes(row.record_id),
                secret_hash=bytes(row.secret_hash),
                audience=row.audience,
                label=row.label,
                created_by=row.created_by,
                created_at=to_ms(row.created_at),
                expires_at=to_ms(row.expires_at),
                uses=0,
            )
        )

    def links(self, record_id: RecordId) -> Sequence[LinkRow]:
        """Every link a record has had, oldest first."""
        rows = self._connection.execute(
            select(_LINKS)
            .where(_LINKS.c.record_id == bytes(record_id))
            .order_by(_LINKS.c.created_at, _LINKS.c.id)
        )
        return [_link(row) for row in rows]

    def find_link(self, secret_hash: bytes) -> LinkRow | None:
        """The link whose secret has this SHA-256, ended ones included."""
        row = self._connection.execute(
            select(_LINKS).where(_LINKS.c.secret_hash == bytes(secret_hash))
        ).first()
        return None if row is None else _link(row)

    def count_use(self, link_id: str, at: datetime) -> None:
        """Count one opening."""
        self._connection.execute(
            update(_LINKS)
            .where(_LINKS.c.id == link_id)
            .values(uses=_LINKS.c.uses + 1, used_at=to_ms(at))
        )

    def revoke_link(self, record_id: RecordId, link_id: str, at: datetime) -> bool:
        """End a link; the first revocation's time stays. False when the record has no such link."""
        found = self._connection.execute(
            select(_LINKS.c.id).where(
                _LINKS.c.id == link_id, _LINKS.c.record_id == bytes(record_id)
            )
        ).first()
        if found is None:
            return False
        self._connection.execute(
            update(_LINKS)
            .where(_LINKS.c.id == link_id, _LINKS.c.revoked_at.is_(None))
            .values(revoked_at=to_ms(at))
        )
        return True


def _link(row: Any) -> LinkRow:
    return LinkRow(
        id=row.id,
        record_id=RecordId(row.record_id),
        secret_hash=Digest(row.secret_hash),
        audience=row.audience,
        label=row.label,
        created_by=row.created_by,
        created_at=from_ms(row.created_at),
        expires_at=from_ms(row.expires_at),
        revoked_at=from_ms_or_none(row.revoked_at),
        uses=row.uses,
        used_at=from_ms_or_none(row.used_at),
    )
