"""Disclosing: a stored record as one audience may see it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ledger import canonical
from ledger.identity.organization import OrgId
from ledger.records.commitment import commit
from ledger.records.disclosure import disclose
from ledger.records.policy import Audience
from ledger.records.record import Record, RecordId


def disclosed_body(
    *,
    record_id: RecordId,
    kind: str,
    org: OrgId,
    captured_at: datetime,
    body: bytes,
    salt: bytes,
    audience: Audience,
) -> dict[str, Any]:
    """The members of the body that the audience may see, nested as they were recorded."""
    envelope = Record(record_id, kind, org, captured_at, canonical.parse(body)).envelope()
    shown: dict[str, Any] = disclose(commit(envelope, salt), kind, audience).value()
    found = shown.get("body", {})
    assert isinstance(found, dict)
    return found
