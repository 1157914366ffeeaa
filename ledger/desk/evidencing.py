"""Evidence of what the desk does: one record for each opening and step."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.digest import Digest
from ledger.exchange.document import DocumentId
from ledger.exchange.evidence import Arrival, Evidence, ExchangeParty, FileCode, Staff
from ledger.exchange.rules import LegAction
from ledger.exchange.signed import ZERO, LegKey
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId
from ledger.records.commitment import RECORD_SALT_BYTES, commitment_of
from ledger.records.record import Record, RecordId

REPORT_KIND = "exchange.report"


@dataclass(frozen=True, slots=True)
class Subject:
    """Which leg of which document it is about."""

    key: LegKey
    sender: ExchangeParty
    recipient: ExchangeParty
    message: Digest
    document_id: DocumentId
    version: int
    submission_time: datetime | None = None
    previous: RecordId | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What a clerk says besides the action itself."""

    reason: int = 0
    note: str | None = None
    staff: Staff | None = None
    arrival: Arrival | None = None
    report: Digest | None = None
    link: bytes = ZERO
    file: FileCode | None = None
    by_document: DocumentId | None = None


def make_evidence(
    subject: Subject,
    action: LegAction,
    sequence: int,
    issuer: OrgId,
    domain: Domain,
    at: datetime,
    said: Said,
) -> Evidence:
    """The evidence of one event of a leg. Raises InvalidInput as `Evidence` does."""
    return Evidence(
        id=RecordId.random(),
        action=action,
        domain=domain,
        leg=subject.key.leg,
        sequence=sequence,
        sender=subject.sender,
        recipient=subject.recipient,
        issuer=issuer,
        custody="organization",
        event_time=to_millisecond(at),
        message=subject.message,
        document_id=subject.document_id,
        version=subject.version,
        submission_time=subject.submission_time,
        reason=said.reason,
        link=None if said.link == ZERO else Digest(said.link),
        previous=subject.previous,
        note=said.note,
        staff=said.staff,
        arrival=said.arrival,
        report=said.report,
        file=said.file,
        by_document=said.by_document,
    )


@dataclass(frozen=True, slots=True)
class Report:
    """A record that evidence commits to besides itself: what a check of signatures found, how a
    copy was destroyed, which document orders a recall."""

    record: Record
    salt: bytes

    @classmethod
    def new(cls, org: OrgId, body: dict[str, Any], at: datetime) -> Report:
        """A report with a fresh id and salt."""
        record = Record(RecordId.random(), REPORT_KIND, org, to_millisecond(at), body)
        return cls(record, secrets.token_bytes(RECORD_SALT_BYTES))

    @property
    def commitment(self) -> Digest:
        """What evidence names it by."""
        return Digest(commitment_of(self.record.envelope(), self.salt))


def to_millisecond(at: datetime) -> datetime:
    """Records count to the millisecond."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
