"""Audit, first part: do the stored records still make the commitments that were signed?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from ledger import canonical
from ledger.clock import format_time
from ledger.digest import sha256
from ledger.errors import LedgerError
from ledger.identity.eip712 import Domain
from ledger.records.commitment import commit_fast
from ledger.records.submission import check_signature, submission_root
from ledger.services.finding import Finding
from ledger.services.intake import KIND
from ledger.services.proving import submission_of
from ledger.storage.records import RecordRow
from ledger.storage.submissions import SubmissionRow
from ledger.storage.transaction import Transaction

if TYPE_CHECKING:
    from ledger.services.auditing import AuditReport

_PAGE = 500
_RECORDS_PAGE = 5_000


def audit_records(tx: Transaction, domain: Domain, report: AuditReport) -> Iterator[Finding]:
    """Every submission against its records, its root and its signature."""
    groups = groupby(_records(tx), key=attrgetter("submission_pk"))
    pending = next(groups, None)
    after = -1
    while submissions := tx.submissions.iterate(after, _PAGE):
        for row in submissions:
            assert row.pk is not None
            after = row.pk
            report.submissions += 1
            records: list[RecordRow] = []
            if pending is not None and pending[0] == row.pk:
                records = list(pending[1])
                pending = next(groups, None)
            report.records += len(records)
            yield from _audit_submission(row, records, domain)
    for pk, count in tx.records.orphans():
        yield Finding(
            "record-without-submission",
            f"submission {pk}",
            f"{count} records belong to a submission that is gone",
        )


def _records(tx: Transaction) -> Iterator[RecordRow]:
    after = -1
    while page := tx.records.iterate(after, _RECORDS_PAGE):
        yield from page
        after = page[-1].pk


def _audit_submission(
    row: SubmissionRow, records: list[RecordRow], domain: Domain
) -> Iterator[Finding]:
    name = f"submission {row.pk}"
    commitments = [row.commitments[at : at + 32] for at in range(0, len(row.commitments), 32)]
    found = {record.position: record for record in records}
    for position, commitment in enumerate(commitments):
        record = found.pop(position, None)
        if record is None:
            yield Finding("record-missing", f"{name}, record {position}", "the record is gone")
        elif record.body is not None and record.salt is not None:
            yield from _audit_record(record, commitment)
    for record in found.values():
        yield Finding("record-surplus", record.record_id.text, f"not one of those in {name}")
    if len(commitments) != row.count or submission_root(commitments) != row.root:
        yield Finding("submission-root", name, "the commitments do not make the signed root")
    try:
        submission = submission_of(row)
        check_signature(submission, domain)
    except LedgerError as error:
        yield Finding("submission-signature", name, error.detail)
        return
    if submission.digest() != row.digest:
        yield Finding("submission-digest", name, "not the digest of the submission as stored")


def _audit_record(record: RecordRow, commitment: bytes) -> Iterator[Finding]:
    assert record.body is not None
    assert record.salt is not None
    try:
        body = canonical.parse(record.body)
        computed = commit_fast(
            record.record_id.text,
            record.org.text,
            format_time(record.captured_at),
            record.kind,
            body,
            record.salt,
        )
    except LedgerError as error:
        yield Finding("record-changed", record.record_id.text, error.detail)
        return
    if computed != commitment or canonical.encode(body) != record.body:
        yield Finding(
            "record-changed", record.record_id.text, "the record is not what was committed to"
        )


def audit_index(tx: Transaction) -> Iterator[Finding]:
    """The event index against the records: an event that cannot be found is as good as hidden."""
    index = _index(tx)
    entry = next(index, None)
    for record in _records(tx):
        while entry is not None and entry[0] < record.pk:
            yield Finding("index-surplus", f"event {entry[1]}", "indexed without a record")
            entry = next(index, None)
        if entry is None or entry[0] != record.pk:
            if record.kind == KIND:
                yield Finding("index-missing", record.record_id.text, "not in the event index")
            continue
        if record.body is not None:
            content = sha256(record.body)[:16]
            if entry[2] != content or canonical.parse(record.body).get("eventID") != entry[1]:
                yield Finding("index-changed", record.record_id.text, "indexed as another event")
        entry = next(index, None)
    while entry is not None:
        yield Finding("index-surplus", f"event {entry[1]}", "indexed without a record")
        entry = next(index, None)


def _index(tx: Transaction) -> Iterator[tuple[int, str, bytes]]:
    after = -1
    while page := tx.epcis.iterate(after, _RECORDS_PAGE):
        yield from page
        after = page[-1][0]
