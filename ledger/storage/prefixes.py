"""Who owns which GS1 company prefix here; ended grants stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from ledger.gs1.company_prefix import CompanyPrefix
from ledger.identity.organization import OrgId
from ledger.storage.link_tables import CompanyPrefixes
from ledger.storage.tables import core
from ledger.storage.times import from_ms, from_ms_or_none, to_ms

_PREFIXES = core(CompanyPrefixes)
_IN_FORCE = select(_PREFIXES.c.prefix, _PREFIXES.c.org).where(
    _PREFIXES.c.prefix.in_(bindparam("prefixes", expanding=True)), _PREFIXES.c.ended_at.is_(None)
)
_LOOKUP_CHUNK = 500


@dataclass(frozen=True, slots=True)
class PrefixRow:
    """One grant; in force while `ended_at` is None. `granted_by` is the id of an API key."""

    prefix: CompanyPrefix
    org: OrgId
    granted_at: datetime
    granted_by: str
    ended_at: datetime | None = None


class PrefixStore:
    """Grants in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, prefix: CompanyPrefix) -> PrefixRow | None:
        """The grant in force of exactly this prefix."""
        return self.find_owner((prefix,))

    def find_owner(self, prefixes: Sequence[str]) -> PrefixRow | None:
        """The grant in force of the longest of these prefixes that has one."""
        found = self._connection.execute(
            select(_PREFIXES)
            .where(_PREFIXES.c.prefix.in_(prefixes), _PREFIXES.c.ended_at.is_(None))
            .order_by(func.length(_PREFIXES.c.prefix).desc())
            .limit(1)
        ).first()
        return None if found is None else _row(found)

    def owners(self, prefixes: Sequence[str]) -> dict[str, OrgId]:
        """Of these prefixes, those with a grant in force, and whose it is."""
        found: dict[str, OrgId] = {}
        for start in range(0, len(prefixes), _LOOKUP_CHUNK):
            rows = self._connection.execute(
                _IN_FORCE, {"prefixes": prefixes[start : start + _LOOKUP_CHUNK]}
            )
            found |= {row.prefix: OrgId(row.org) for row in rows}
        return found

    def of(self, org: OrgId) -> Sequence[PrefixRow]:
        """Every grant an organization has had, oldest first."""
        rows = self._connection.execute(
            select(_PREFIXES).where(_PREFIXES.c.org == bytes(org)).order_by(_PREFIXES.c.pk)
        )
        return [_row(row) for row in rows]

    def grant(self, row: PrefixRow) -> None:
        """Record a grant; one in force of the same prefix ends in Conflict `storage-duplicate`."""
        self._connection.execute(
            insert(_PREFIXES).values(
                prefix=str(row.prefix),
                org=bytes(row.org),
                granted_at=to_ms(row.granted_at),
                granted_by=row.granted_by,
            )
        )

    def end(self, prefix: CompanyPrefix, org: OrgId, at: datetime, by: str) -> bool:
        """End the organization's grant in force; False when there is none."""
        done = self._connection.execute(
            update(_PREFIXES)
            .where(
                _PREFIXES.c.prefix == str(prefix),
                _PREFIXES.c.org == bytes(org),
                _PREFIXES.c.ended_at.is_(None),
            )
            .values(ended_at=to_ms(at), ended_by=by)
        )
        return done.rowcount == 1


def _row(row: Any) -> PrefixRow:
    return PrefixRow(
        prefix=CompanyPrefix(row.prefix),
        org=OrgId(row.org),
        granted_at=from_ms(row.granted_at),
        granted_by=row.granted_by,
        ended_at=from_ms_or_none(row.ended_at),
    )
