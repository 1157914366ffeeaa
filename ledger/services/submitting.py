"""Submissions signed by organizations that hold their own keys.

The organization makes records, commits to them and signs, all on its own machine; what it hands in
is checked and stored exactly as signed, or refused. Nothing is completed, normalised or moved.

::

    {"v": 1, "submission": {…with signature}, "records": [{"envelope": {…}, "recordSalt": hex}, …]}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from ledger import canonical
from ledger.clock import Clock, from_unix
from ledger.errors import Conflict, Forbidden, TooLarge, VerificationFailed
from ledger.exchange.statistics import SignedStatistics
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId, Purpose
from ledger.masterdata.item import ItemVersion
from ledger.records.record import RecordId
from ledger.records.submission import Submission, check_signature, submission_root
from ledger.services.caller import Caller, Scope
from ledger.services.capturing import Limits, charge
from ledger.services.handed_in import HandedIn, check_age, refuse
from ledger.services.intake import Prepared, file_events, submission_row
from ledger.services.item_versions import (
    check_follows,
    file_version,
    find_missing_files,
    lock_items,
)
from ledger.storage.database import Database
from ledger.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class SubmittedRecord:
    """One record of a submission; `said` is its event, or the version of its item."""

    record_id: RecordId
    kind: str
    said: Prepared | ItemVersion | SignedStatistics
    warnings: tuple[str, ...]


class Submitting:
    """Takes submissions that were signed elsewhere."""

    def __init__(self, db: Database, clock: Clock, domain: Domain, limits: Limits) -> None:
        self._db = db
        self._clock = clock
        self._domain = domain
        self._limits = limits

    def submit(self, caller: Caller, body: bytes) -> Sequence[SubmittedRecord]:
        """Check and store one signed submission; durable when this returns, whole or not at all.

        A repeat of the same submission is answered as the first time. Raises InvalidInput with a
        pointer, TooLarge, VerificationFailed where root or signature do not hold, Forbidden
        `signer-not-registered`, Conflict `event-id-taken` or `record-id-taken`, and what
        `check_follows` raises.
        """
        caller.require(Scope.CAPTURE)
        if len(body) > self._limits.document_bytes:
            raise TooLarge(
                "capture-too-large",
                f"{len(body)} bytes; at most {self._limits.document_bytes} are taken",
            )
        handed_in = canonical.parse(body)
        canonical.check_normalised(orjson.loads(body))
        submission, handed = _read(handed_in)
        if len(handed) > self._limits.document_events:
            raise TooLarge(
                "capture-too-many-events",
                f"{len(handed)} records; one submission takes {self._limits.document_events}",
                pointer="/records",
            )
        now = self._clock.now()
        if submission.org != caller.org:
            refuse("signed for another organization", "/submission/org")
        if submission.custody != "organization":
            refuse("a key of the organization's own signs as such", "/submission/custody")
        check_age(from_unix(submission.signed_at), now, "/submission/signedAt")
        check_signature(submission, self._domain)
        records = [
            HandedIn.read(caller.org, item, f"/records/{number}", now)
            for number, item in enumerate(handed)
        ]
        root = submission_root([one.commitment for one in records]) if records else None
        if submission.count != len(records) or root != submission.root:
            raise VerificationFailed(
                "submission-root-mismatch", "the records do not make the root that was signed"
            )
        try:
            self._store(caller.org, submission, records, now)
        except Conflict as conflict:
            # Another process stored the same in this moment, or an id is of another record.
            if conflict.code != "storage-duplicate" or not self._is_stored(submission):
                raise _name_duplicate(conflict) from conflict
        with self._db.read() as tx:
            return [
                SubmittedRecord(
                    RecordId(one.record_id), one.kind, one.said, (*one.warnings, *_warn(tx, one))
                )
                for one in records
            ]

    def _store(
        self, org: OrgId, submission: Submission, records: Sequence[HandedIn], now: datetime
    ) -> None:
        with self._db.write() as tx:
            tx.organizations.check_active(org)
            check_own_key(tx, org, submission.signer, Purpose.SUBMIT)
            if tx.submissions.find_by_digest(submission.digest()) is not None:
                return
            charge(tx, org, now, len(records), self._limits.events_per_day)
            _check_events_new(tx, org, records)
            lock_items(
                tx, org, [one.said.item for one in records if isinstance(one.said, ItemVersion)]
            )
            commitments = b"".join([one.commitment for one in records])
            submission_pk = tx.submissions.add(submission_row(submission, commitments, now, None))
            pks = tx.records.add_many(
                [
                    (
                        one.record_id,
                        submission_pk,
                        place,
                        one.kind,
                        one.captured_at,
                        one.body,
                        one.salt,
                    )
                    for place, one in enumerate(records)
                ]
            )
            events: list[tuple[int, Prepared]] = []
            for pk, one in zip(pks, records, strict=True):
                if isinstance(one.said, ItemVersion):
                    # Each in its turn: one submission may state an item's first two versions.
                    check_follows(tx, org, one.said, f"{one.at}/body")
                    file_version(tx, org, one.said, pk)
                elif isinstance(one.said, SignedStatistics):
                    month = one.said.month.text
                    tx.exchange_months.add_signed(org, month, RecordId(one.record_id))
                else:
                    events.append((pk, one.said))
            file_events(tx, org, [pk for pk, _ in events], [event for _, event in events])

    def _is_stored(self, submission: Submission) -> bool:
        with self._db.read() as tx:
            return tx.submissions.find_by_digest(submission.digest()) is not None


def check_own_key(tx: Transaction, org: OrgId, signer: str, purpose: Purpose) -> None:
    """Raise Forbidden `signer-not-registered` unless the address is a key that the organization
    holds itself, for this purpose. Whether it was revoked since, the registry on chain decides."""
    for key in tx.organizations.keys(org):
        if key.address.lower() == signer.lower() and not key.custodial and key.purposes & purpose:
            return
    raise Forbidden("signer-not-registered", f"{signer} is no key of this organization's own")


def _check_events_new(tx: Transaction, org: OrgId, records: Sequence[HandedIn]) -> None:
    """Each event once, in the submission and in the ledger."""
    at: dict[bytes, str] = {}
    for one in records:
        if isinstance(one.said, Prepared):
            if one.said.event_key in at:
                refuse("this event stands in the submission twice", f"{one.at}/body/eventID")
            at[one.said.event_key] = one.at
    known = tx.epcis.known(org, list(at))
    for key, place in at.items():
        if key in known:
            raise Conflict(
                "event-id-taken",
                "an event with this eventID was captured before",
                pointer=f"{place}/body/eventID",
            )


def _warn(tx: Transaction, one: HandedIn) -> list[str]:
    if not isinstance(one.said, ItemVersion):
        return []
    missing = find_missing_files(tx, one.said.item.to_json())
    return [f"file {digest.hex()} (at {at}) is not held here yet" for at, digest in missing]


def _name_duplicate(conflict: Conflict) -> Conflict:
    if conflict.code != "storage-duplicate":
        return conflict
    return Conflict("record-id-taken", "a record id of this submission was used before")


def _read(handed_in: Any) -> tuple[Submission, list[Any]]:
    if not isinstance(handed_in, dict) or set(handed_in) != {"v", "submission", "records"}:
        refuse("a signed submission has v, submission and records", "")
    if handed_in["v"] != 1 or not isinstance(handed_in["records"], list):
        refuse("not a version 1 submission", "")
    return Submission.from_json(handed_in["submission"]), handed_in["records"]
