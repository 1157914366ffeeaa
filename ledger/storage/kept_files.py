"""Which organization keeps which files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, func, select

from ledger.digest import Digest
from ledger.identity.organization import OrgId
from ledger.storage.file_tables import KeptFiles
from ledger.storage.tables import core
from ledger.storage.times import to_ms
from ledger.storage.upsert import insert_into

_FILES = core(KeptFiles)


class KeptFileStore:
    """Kept files in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def has(self, org: OrgId, digest: Digest) -> bool:
        """Whether the organization keeps it."""
        found = self._connection.execute(
            select(_FILES.c.size).where(
                _FILES.c.org == bytes(org), _FILES.c.sha256 == bytes(digest)
            )
        ).first()
        return found is not None

    def held(self, digests: Iterable[Digest]) -> set[Digest]:
        """Which of these are kept here, whoever keeps them."""
        wanted = [bytes(digest) for digest in digests]
        rows = self._connection.execute(
            select(_FILES.c.sha256).where(_FILES.c.sha256.in_(wanted)).distinct()
        ).scalars()
        return {Digest(found) for found in rows} if wanted else set()

    def total(self, org: OrgId) -> int:
        """Bytes the organization keeps."""
        found = self._connection.execute(
            select(func.coalesce(func.sum(_FILES.c.size), 0)).where(_FILES.c.org == bytes(org))
        ).scalar_one()
        return int(found)

    def add(self, org: OrgId, digest: Digest, media_type: str, size: int, at: datetime) -> None:
        """Note that it is kept; again is harmless."""
        self._connection.execute(
            insert_into(self._connection.dialect.name, _FILES)
            .values(
                org=bytes(org),
                sha256=bytes(digest),
                media_type=media_type,
                size=size,
                created_at=to_ms(at),
            )
            .on_conflict_do_nothing(index_elements=["org", "sha256"])
        )
