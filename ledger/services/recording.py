"""Recording: single records of any kind but events, on the same way as those.

Same commitment, same signed submission, same log: a proof of such a record is made and checked
like that of an event.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.clock import format_time
from ledger.identity.organization import OrgId
from ledger.records.commitment import RECORD_SALT_BYTES, commit_body
from ledger.records.record import RecordId
from ledger.services.intake import Intake, submission_row
from ledger.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record just written in the caller's transaction: its id and its place."""

    record_id: RecordId
    pk: int
    body: bytes
    salt: bytes


def add_record(
    tx: Transaction,
    intake: Intake,
    *,
    org: OrgId,
    kind: str,
    body: dict[str, Any],
    captured_at: datetime,
) -> NewRecord:
    """Commit to the body, sign with the organization's custodial key, store.

    `captured_at` as `Intake.now` gives it. Raises what `Intake.sign` raises.
    """
    record_id, salt = RecordId.at(captured_at), secrets.token_bytes(RECORD_SALT_BYTES)
    body_json, commitment = commit_body(
        record_id.text, org.text, format_time(captured_at), kind, body, salt
    )
    submission = intake.sign(tx, org, captured_at, [commitment])
    submission_pk = tx.submissions.add(submission_row(submission, commitment, captured_at, None))
    (pk,) = tx.records.add_many([(record_id, submission_pk, 0, kind, captured_at, body_json, salt)])
    return NewRecord(record_id, pk, body_json, salt)
