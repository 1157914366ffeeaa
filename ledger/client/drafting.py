"""Records made and signed on this machine: what a server cannot change, only refuse.

A draft is a record with its salt and its commitment. Many of them are signed once; what comes out
is the body of `POST /submissions` (docs/formats/submission.md). Nothing here speaks to anyone.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from ledger import canonical
from ledger.clock import unix_seconds
from ledger.epcis.context import Context
from ledger.epcis.event import Event, check_event
from ledger.errors import InvalidInput
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId
from ledger.identity.signer import DigestSigner
from ledger.masterdata.item import ItemVersion, body_of
from ledger.records.commitment import RECORD_SALT_BYTES, commitment_of
from ledger.records.record import Record, RecordId
from ledger.records.submission import build

EVENT = "epcis.event"


@dataclass(frozen=True, slots=True)
class Draft:
    """A record that is ready to be signed."""

    record: Record
    salt: bytes

    @classmethod
    def new(cls, org: OrgId, kind: str, body: Mapping[str, Any], at: datetime) -> Draft:
        """A record of that kind with a fresh id and salt, captured at that time."""
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        record = Record(RecordId.at(at), kind, org, at, dict(body))
        return cls(record, secrets.token_bytes(RECORD_SALT_BYTES))

    def commitment(self) -> bytes:
        """What is signed of it."""
        return commitment_of(self.record.envelope(), self.salt)

    def to_json(self) -> dict[str, Any]:
        """As `/submissions` takes it."""
        return {"envelope": self.record.envelope(), "recordSalt": self.salt.hex()}


def check_own_events(
    events: Sequence[Mapping[str, Any]], context: Sequence[Any], now: datetime
) -> list[Event]:
    """The events as they will be recorded: checked, in NFC, each with its `@context` and eventID.

    An event without an eventID gets its event hash (CBV 2.0, 8.9), so that it stays the same event
    when it is handed in again. Raises InvalidInput whose pointer begins with the event's index.
    """
    shared = Context().extended(canonical.parse(orjson.dumps(list(context))))
    checked = []
    for index, event in enumerate(events):
        try:
            checked.append(check_event(canonical.parse(orjson.dumps(event)), shared, now))
        except InvalidInput as fault:
            fault.pointer = f"/{index}{fault.pointer or ''}"
            raise
    return checked


def draft_version(org: OrgId, said: ItemVersion, at: datetime) -> Draft:
    """The record of that version of an item."""
    body = body_of(said.item, said.version, said.previous)
    return Draft.new(org, said.item.code.kind.record_kind, body, at)


def sign_drafts(
    org: OrgId, drafts: Sequence[Draft], signer: DigestSigner, registry: Domain, at: datetime
) -> bytes:
    """One signature over all of them: the body of `POST /submissions`, which may be kept and sent
    again. At least one draft."""
    submission = build(
        org=org,
        commitments=[draft.commitment() for draft in drafts],
        signed_at=unix_seconds(at),
        nonce=secrets.token_bytes(32),
        custody="organization",
        signer=signer,
        domain=registry,
    )
    return orjson.dumps(
        {
            "v": 1,
            "submission": submission.to_json(),
            "records": [draft.to_json() for draft in drafts],
        }
    )
