"""Master data: which record holds the newest version of an item, and which the earlier ones.

What an item says stands in its records alone; here is only the way to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select

from ledger.digest import Digest
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from ledger.storage.masterdata_tables import MasterItems, MasterVersions
from ledger.storage.submissions import MOST_RECORDS, submission_of
from ledger.storage.tables import Records, Submissions, core
from ledger.storage.times import from_ms
from ledger.storage.upsert import insert_into

_ITEMS = core(MasterItems)
_VERSIONS = core(MasterVersions)
_RECORDS = core(Records)
_SUBMISSIONS = core(Submissions)

MOST_SHARING = 100
"""Organizations told that say something about one GS1 key."""


@dataclass(frozen=True, slots=True)
class MasterRow:
    """One version of an item with its record; `body` and `salt` are None once erased.

    `content` and `gs1_key` are known of the newest version only.
    """

    org: OrgId
    kind: str
    code: str
    version: int
    record_pk: int
    record_id: RecordId
    captured_at: datetime
    body: bytes | None
    salt: bytes | None
    first_index: int | None
    content: Digest | None = None
    gs1_key: str | None = None

    @property
    def leaf_index(self) -> int | None:
        """The record's place in the log, once sequenced."""
        if self.first_index is None:
            return None
        return self.first_index + (self.record_pk & (MOST_RECORDS - 1))


@dataclass(frozen=True, slots=True)
class FiledVersion:
    """Where a version is filed: for audit."""

    org: OrgId
    kind: str
    code: str
    version: int
    record_pk: int
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedItem:
    """A record of master data, filed or not: for audit."""

    record_pk: int
    record_id: RecordId
    kind: str
    body: bytes | None


class MasterDataStore:
    """Items of master data in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self, org: OrgId, kind: str, code: str) -> None:
        """On PostgreSQL, hold other changes of this item back until the transaction ends; SQLite
        has one writer anyway."""
        if self._connection.dialect.name == "postgresql":
            name = sha256(bytes(org) + f"{kind}/{code}".encode()).digest()[:8]
            key = int.from_bytes(name, "big", signed=True)
            self._connection.execute(select(func.pg_advisory_xact_lock(key)))

    def add_version(
        self,
        *,
        org: OrgId,
        kind: str,
        code: str,
        gs1_key: str | None,
        version: int,
        record_pk: int,
        content: Digest,
        parent: str | None = None,
    ) -> None:
        """Make this record the newest version. A version that is there already ends in
        `storage-duplicate`."""
        place = {"org": bytes(org), "kind": kind, "code": code}
        newest = {
            "gs1_key": gs1_key,
            "version": version,
            "record_pk": record_pk,
            "content": bytes(content),
            "parent": parent,
        }
        self._connection.execute(
            insert(_VERSIONS).values(**place, version=version, record_pk=record_pk)
        )
        self._connection.execute(
            insert_into(self._connection.dialect.name, _ITEMS)
            .values(**place, **newest)
            .on_conflict_do_update(index_elements=["org", "kind", "code"], set_=newest)
        )

    def find(self, org: OrgId, kind: str, code: str) -> MasterRow | None:
        """The newest version of an item."""
        row = self._connection.execute(
            _newest().where(
                _ITEMS.c.org == bytes(org), _ITEMS.c.kind == kind, _ITEMS.c.code == code
            )
        ).first()
        return None if row is None else _row(row)

    def find_by_gs1_key(self, kind: str, key: str, org: OrgId | None = None) -> Sequence[MasterRow]:
        """The newest versions of items with this GTIN or GLN, of one organization or of all,
        oldest record first."""
        query = _newest().where(_ITEMS.c.gs1_key == key, _ITEMS.c.kind == kind)
        if org is not None:
            query = query.where(_ITEMS.c.org == bytes(org))
        rows = self._connection.execute(query.order_by(_ITEMS.c.record_pk).limit(MOST_SHARING))
        return [_row(row) for row in rows]

    def find_by_gs1_keys(self, keys: Sequence[str]) -> Sequence[MasterRow]:
        """The newest versions of all items of any kind with one of these GTINs or GLNs, oldest
        record first."""
        query = _newest().where(_ITEMS.c.gs1_key.in_(keys)).order_by(_ITEMS.c.record_pk)
        rows = self._connection.execute(query.limit(MOST_SHARING * len(keys)))
        return [_row(row) for row in rows]

    def list(self, org: OrgId, kind: str, limit: int, after: str | None) -> Sequence[MasterRow]:
        """The organization's items of a kind by code, those after `after`."""
        query = _newest().where(_ITEMS.c.org == bytes(org), _ITEMS.c.kind == kind)
        if after is not None:
            query = query.where(_ITEMS.c.code > after)
        rows = self._connection.execute(query.order_by(_ITEMS.c.code).limit(limit))
        return [_row(row) for row in rows]

    def history(
        self, org: OrgId, kind: str, code: str, limit: int, before: int | None
    ) -> Sequence[MasterRow]:
        """Versions of an item, newest first, those below `before`."""
        query = _joined(_VERSIONS).where(
            _VERSIONS.c.org == bytes(org), _VERSIONS.c.kind == kind, _VERSIONS.c.code == code
        )
        if before is not None:
            query = query.where(_VERSIONS.c.version < before)
        rows = self._connection.execute(query.order_by(_VERSIONS.c.version.desc()).limit(limit))
        return [_row(row) for row in rows]

    def versions(self) -> Sequence[FiledVersion]:
        """Every version there is: for audit."""
        return [_filed(row) for row in self._connection.execute(select(_VERSIONS))]

    def newest(self) -> Sequence[FiledVersion]:
        """What is filed as newest: for audit."""
        return [_filed(row) for row in self._connection.execute(select(_ITEMS))]

    def recorded(self) -> Iterator[RecordedItem]:
        """Every record of master data, in order: for audit."""
        columns = _RECORDS.c
        rows = self._connection.execute(
            select(columns.pk, columns.id, columns.kind, columns.body)
            .where(columns.kind.like("masterdata.%"))
            .order_by(columns.pk)
        )
        for row in rows:
            yield RecordedItem(row.pk, RecordId(row.id), row.kind, _bytes(row.body))


def _bytes(value: Any) -> bytes | None:
    """A body edited by hand may have become text: it is read as its bytes."""
    return value.encode() if isinstance(value, str) else value


def _filed(row: Any) -> FiledVersion:
    parent = getattr(row, "parent", None)
    return FiledVersion(OrgId(row.org), row.kind, row.code, row.version, row.record_pk, parent)


def _newest() -> Select[Any]:
    return _joined(_ITEMS).add_columns(_ITEMS.c.content, _ITEMS.c.gs1_key)


def _joined(table: Any) -> Select[Any]:
    return (
        select(
            table.c.org,
            table.c.kind,
            table.c.code,
            table.c.version,
            table.c.record_pk,
            _RECORDS.c.id,
            _RECORDS.c.captured_at,
            _RECORDS.c.body,
            _RECORDS.c.salt,
            _SUBMISSIONS.c.first_index,
        )
        .select_from(table)
        .join(_RECORDS, _RECORDS.c.pk == table.c.record_pk)
        .join(_SUBMISSIONS, _SUBMISSIONS.c.pk == submission_of(table.c.record_pk))
    )


def _row(row: Any) -> MasterRow:
    content = getattr(row, "content", None)
    return MasterRow(
        org=OrgId(row.org),
        kind=row.kind,
        code=row.code,
        version=row.version,
        record_pk=row.record_pk,
        record_id=RecordId(row.id),
        captured_at=from_ms(row.captured_at),
        body=row.body,
        salt=row.salt,
        first_index=row.first_index,
        content=None if content is None else Digest(content),
        gs1_key=getattr(row, "gs1_key", None),
    )
