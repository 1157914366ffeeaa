"""Who handed in which blobs, who may fetch them, and what is on its way in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from ledger.digest import Digest
from ledger.exchange.rules import LegState
from ledger.exchange.signed import LegKey
from ledger.identity.organization import OrgId
from ledger.storage.content_tables import BlobReaders, Blobs, Uploads
from ledger.storage.exchange_tables import ExchangeLegs
from ledger.storage.tables import core
from ledger.storage.times import from_ms, to_ms
from ledger.storage.upsert import insert_into

_BLOBS = core(Blobs)
_READERS = core(BlobReaders)
_UPLOADS = core(Uploads)
_LEGS = core(ExchangeLegs)

_CLOSED_TO_RECIPIENT = (LegState.SUBMISSION_REJECTED, LegState.WITHDRAWN, LegState.RECALLED)


@dataclass(frozen=True, slots=True)
class Upload:
    """A blob on its way in. `size` in bytes."""

    id: str
    org: OrgId
    digest: Digest
    size: int
    is_complete: bool
    expires_at: datetime


class BlobIndex:
    """Blobs and uploads in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_upload(self, upload: Upload) -> None:
        """Note a new upload. Another of the same organization and blob: `storage-duplicate`."""
        self._connection.execute(
            _UPLOADS.insert().values(
                id=upload.id,
                org=bytes(upload.org),
                sha256=bytes(upload.digest),
                size=upload.size,
                is_complete=upload.is_complete,
                expires_at=to_ms(upload.expires_at),
            )
        )

    def find_upload(self, upload_id: str) -> Upload | None:
        """The upload of that id."""
        return self._one_upload(_UPLOADS.c.id == upload_id)

    def find_upload_of(self, org: OrgId, digest: Digest) -> Upload | None:
        """The organization's upload of that blob."""
        return self._one_upload(_UPLOADS.c.org == bytes(org), _UPLOADS.c.sha256 == bytes(digest))

    def prolong_upload(self, upload_id: str, expires_at: datetime) -> None:
        """Keep an upload that is being worked on."""
        self._change(upload_id, expires_at=to_ms(expires_at))

    def complete_upload(self, upload: Upload, at: datetime) -> None:
        """Note that the blob is kept; again is harmless."""
        self._change(upload.id, is_complete=True)
        self._connection.execute(
            insert_into(self._connection.dialect.name, _BLOBS)
            .values(
                sha256=bytes(upload.digest),
                org=bytes(upload.org),
                size=upload.size,
                created_at=to_ms(at),
            )
            .on_conflict_do_nothing(index_elements=["sha256", "org"])
        )

    def remove_upload(self, upload_id: str) -> None:
        """Let go of an upload."""
        self._connection.execute(delete(_UPLOADS).where(_UPLOADS.c.id == upload_id))

    def expired_uploads(self, at: datetime, most: int) -> Sequence[Upload]:
        """Some of those nobody went on with."""
        rows = self._connection.execute(
            select(_UPLOADS)
            .where(_UPLOADS.c.expires_at < to_ms(at))
            .order_by(_UPLOADS.c.expires_at)
            .limit(most)
        )
        return [_upload(row) for row in rows]

    def open_uploads(self, org: OrgId) -> tuple[int, int]:
        """How many uploads of the organization are not complete, and their bytes."""
        row = self._connection.execute(
            select(func.count(), func.coalesce(func.sum(_UPLOADS.c.size), 0)).where(
                _UPLOADS.c.org == bytes(org), _UPLOADS.c.is_complete.is_(False)
            )
        ).one()
        return int(row[0]), int(row[1])

    def total(self, org: OrgId) -> int:
        """Bytes of the blobs the organization handed in."""
        found = self._connection.execute(
            select(func.coalesce(func.sum(_BLOBS.c.size), 0)).where(_BLOBS.c.org == bytes(org))
        ).scalar_one()
        return int(found)

    def missing(self, org: OrgId, digests: Iterable[Digest]) -> list[Digest]:
        """Which of these the organization has not handed in, in their order."""
        wanted = list(digests)
        rows = self._connection.execute(
            select(_BLOBS.c.sha256).where(
                _BLOBS.c.org == bytes(org), _BLOBS.c.sha256.in_([bytes(one) for one in wanted])
            )
        ).scalars()
        found = {bytes(row) for row in rows}
        return [digest for digest in wanted if bytes(digest) not in found]

    def admit(self, leg: LegKey, digests: Iterable[Digest]) -> None:
        """Let the recipient of a leg fetch what the leg's message names, as far as its sender
        handed that in: nobody shares what is another's. Again is harmless."""
        self.admit_all([(leg, list(digests))])

    def admit_all(self, legs: Sequence[tuple[LegKey, Sequence[Digest]]]) -> None:
        """The same for several legs at once."""
        named: dict[OrgId, dict[Digest, None]] = {}
        for leg, digests in legs:
            named.setdefault(leg.sender, {}).update(dict.fromkeys(digests))
        foreign = {org: set(self.missing(org, list(of))) for org, of in named.items()}
        rows = [
            {"sha256": bytes(digest), "org": bytes(leg.recipient), "leg": bytes(leg.leg)}
            for leg, digests in legs
            for digest in dict.fromkeys(digests)
            if digest not in foreign[leg.sender]
        ]
        if rows:
            self._connection.execute(
                insert_into(self._connection.dialect.name, _READERS).on_conflict_do_nothing(
                    index_elements=["sha256", "org", "leg"]
                ),
                rows,
            )

    def dismiss(self, leg: bytes) -> None:
        """End what `admit` allowed for a leg."""
        self._connection.execute(delete(_READERS).where(_READERS.c.leg == bytes(leg)))

    def may_read(self, org: OrgId, digest: Digest) -> bool:
        """Whether the organization handed the blob in, or is the recipient of a leg that names it
        and was neither withdrawn nor recalled."""
        handed_in = select(_BLOBS.c.org).where(
            _BLOBS.c.sha256 == bytes(digest), _BLOBS.c.org == bytes(org)
        )
        sent = (
            select(_READERS.c.org)
            .join(_LEGS, _LEGS.c.leg == _READERS.c.leg)
            .where(
                _READERS.c.sha256 == bytes(digest),
                _READERS.c.org == bytes(org),
                _LEGS.c.state.not_in([int(state) for state in _CLOSED_TO_RECIPIENT]),
            )
        )
        return any(
            self._connection.execute(one.limit(1)).first() is not None for one in (handed_in, sent)
        )

    def legs_of(self, digest: Digest) -> set[bytes]:
        """The legs that name the blob."""
        rows = self._connection.execute(
            select(_READERS.c.leg).where(_READERS.c.sha256 == bytes(digest))
        ).scalars()
        return {bytes(row) for row in rows}

    def forget(self, digest: Digest) -> None:
        """Take out every row about a blob."""
        for table in (_BLOBS, _READERS, _UPLOADS):
            self._connection.execute(delete(table).where(table.c.sha256 == bytes(digest)))

    def _one_upload(self, *where: ColumnElement[bool]) -> Upload | None:
        row = self._connection.execute(select(_UPLOADS).where(*where)).first()
        return None if row is None else _upload(row)

    def _change(self, upload_id: str, **values: object) -> None:
        self._connection.execute(
            update(_UPLOADS).where(_UPLOADS.c.id == upload_id).values(**values)
        )


def _upload(row: Any) -> Upload:
    return Upload(
        id=row.id,
        org=OrgId(row.org),
        digest=Digest(row.sha256),
        size=row.size,
        is_complete=row.is_complete,
        expires_at=from_ms(row.expires_at),
    )
