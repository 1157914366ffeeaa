"""Rows for storage tests: a producer, its submissions, records and events."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from ledger.digest import Digest
from ledger.identity.organization import OrgId, Profile
from ledger.storage.database import Database
from ledger.storage.epcis import EventRow, event_key
from ledger.storage.jobs import JobRow
from ledger.storage.organizations import OrganizationRow, OrganizationState
from ledger.storage.submissions import SubmissionRow
from ledger.storage.transaction import Transaction

NOW = datetime(2026, 3, 1, 8, 0, 0, 123_000, tzinfo=UTC)
LOT = "https://id.gs1.org/01/08930000000019/10/TH-01"


def later(seconds: float) -> datetime:
    """NOW, moved."""
    return NOW + timedelta(seconds=seconds)


def digest() -> Digest:
    """A random digest."""
    return Digest(secrets.token_bytes(32))


def organization(org: OrgId | None = None) -> OrganizationRow:
    """An active producer."""
    org = org or OrgId.random()
    profile = Profile.new(org, "Hợp tác xã Nga Sơn", "Nga Son cooperative", "producer")
    return OrganizationRow(org, profile, 1, OrganizationState.ACTIVE, None, NOW)


def submission(org: OrgId, count: int = 3, job_id: str | None = None) -> SubmissionRow:
    """A submission of `count` records with random commitments."""
    return SubmissionRow(
        org=org,
        root=digest(),
        count=count,
        signed_at=1_772_352_000,
        nonce=secrets.token_bytes(32),
        custody="platform",
        signer="0x" + "ab" * 20,
        signature=secrets.token_bytes(65),
        digest=digest(),
        commitments=secrets.token_bytes(32 * count),
        job_id=job_id,
        created_at=NOW,
    )


def job(job_id: str, org: OrgId, body: bytes = b"{}") -> JobRow:
    """A capture job waiting to be claimed."""
    return JobRow(job_id, org, "application/json", "rollback", body, NOW)


def event_row(org: OrgId, record_pk: int, event_id: str, time_ms: int = 1_000) -> EventRow:
    """The index row of one event."""
    return EventRow(
        record_pk=record_pk,
        org=org,
        event_id=event_id,
        event_key=event_key(org, event_id),
        content=b"c" * 16,
        type="ObjectEvent",
        time_ms=time_ms,
        biz_step="shipping",
        disposition=None,
    )


def capture(
    tx: Transaction, org: OrgId, event_ids: list[str], *, job_id: str | None = None, start: int = 0
) -> list[bytes]:
    """Store events as one submission, one second apart, all naming LOT; their record ids."""
    pk = tx.submissions.add(submission(org, len(event_ids), job_id))
    ids = [secrets.token_bytes(16) for _ in event_ids]
    pks = tx.records.add_many(
        [
            (
                record_id,
                pk,
                at,
                "epcis.event",
                NOW,
                f'{{"n":{at}}}'.encode(),
                secrets.token_bytes(32),
            )
            for at, record_id in enumerate(ids)
        ]
    )
    tx.epcis.add_many(
        [
            event_row(org, record_pk, event_id, 1_000 * (start + at))
            for at, (record_pk, event_id) in enumerate(zip(pks, event_ids, strict=True))
        ],
        [(LOT, 1, record_pk, 1_000 * (start + at)) for at, record_pk in enumerate(pks)],
    )
    return ids


def found(db: Database, row: OrganizationRow | None = None) -> OrgId:
    """Record an organization in its own transaction."""
    row = row or organization()
    with db.write() as tx:
        tx.organizations.add(row)
    return row.org
