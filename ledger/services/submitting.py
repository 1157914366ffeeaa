"""Submissions signed by organizations that hold their own keys.

The organization makes records, commits to them and signs, all on its own machine; what it hands in
is checked and stored exactly as signed, or refused. Nothing is completed, normalised or moved.

::

    {"v": 1, "submission": {…with signature}, "records": [{"envelope": {…}, "recordSalt": hex}, …]}
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn

import orjson

from ledger import canonical
from ledger.clock import Clock, format_time, from_unix, parse_time
from ledger.epcis.document import check_events, read_event
from ledger.epcis.event import Event
from ledger.errors import Conflict, Forbidden, InvalidInput, VerificationFailed
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId, Purpose
from ledger.records.commitment import commit_body
from ledger.records.record import RecordId
from ledger.records.submission import Submission, check_signature, submission_root
from ledger.services.caller import Caller, Scope
from ledger.services.capturing import Limits, charge
from ledger.services.intake import KIND, Prepared, Stored, add_submission, prepared
from ledger.storage.database import Database, Transaction

OLDEST = timedelta(days=1)
"""How long ago a submission may have been signed and its records captured."""
AHEAD = timedelta(minutes=5)
"""How far its clock may run before ours."""

_SALT = re.compile(r"[0-9a-f]{64}")
_ENVELOPE = {"v", "kind", "id", "org", "capturedAt", "body"}


class Submitting:
    """Takes submissions that were signed elsewhere."""

    def __init__(self, db: Database, clock: Clock, domain: Domain, limits: Limits) -> None:
        self._db = db
        self._clock = clock
        self._domain = domain
        self._limits = limits

    def submit(self, caller: Caller, body: bytes) -> Sequence[Stored]:
        """Check and store one signed submission; durable when this returns.

        A repeat of the same submission is answered as the first time. Raises InvalidInput with a
        pointer, VerificationFailed where root or signature do not hold, Forbidden
        `signer-not-registered`, Conflict `event-id-taken`.
        """
        caller.require(Scope.CAPTURE)
        handed_in = canonical.parse(body)
        canonical.check_normalised(orjson.loads(body))
        submission, handed = _read(handed_in)
        now = self._clock.now()
        if submission.org != caller.org:
            _refuse("signed for another organization", "/submission/org")
        if submission.custody != "organization":
            _refuse("a key of the organization's own signs as such", "/submission/custody")
        _check_age(from_unix(submission.signed_at), now, "/submission/signedAt")
        check_signature(submission, self._domain)
        times, items = [], []
        for number, item in enumerate(handed):
            at, one = self._prepare(caller.org, item, f"/records/{number}", now)
            times.append(at)
            items.append(one)
        commitments = [one.commitment for one in items]
        if submission.count != len(handed) or submission_root(commitments) != submission.root:
            raise VerificationFailed(
                "submission-root-mismatch", "the records do not make the root that was signed"
            )
        with self._db.write() as tx:
            tx.organizations.check_active(caller.org)
            self._check_signer(tx, submission)
            created = tx.submissions.find_by_digest(submission.digest()) is None
            if created:
                charge(tx, caller.org, now, len(items), self._limits.events_per_day)
                if tx.epcis.known(caller.org, [one.event_key for one in items]):
                    raise Conflict(
                        "event-id-taken", "an eventID of this submission was captured before"
                    )
                add_submission(tx, submission, times, items, created_at=now)
        return [Stored(one.event_id, RecordId(one.record_id), created=created) for one in items]

    def _check_signer(self, tx: Transaction, submission: Submission) -> None:
        for key in tx.organizations.keys(submission.org):
            if (
                key.address.lower() == submission.signer.lower()
                and not key.custodial
                and key.purposes & Purpose.SUBMIT
            ):
                return
        raise Forbidden(
            "signer-not-registered", f"{submission.signer} is no key of this organization's own"
        )

    def _prepare(self, org: OrgId, item: Any, at: str, now: datetime) -> tuple[datetime, Prepared]:
        """One record as it will be stored: its captured time, and the rest."""
        if not isinstance(item, dict) or set(item) != {"envelope", "recordSalt"}:
            _refuse("a record has envelope and recordSalt", at)
        envelope, salt = item["envelope"], item["recordSalt"]
        if not isinstance(salt, str) or _SALT.fullmatch(salt) is None:
            _refuse("a record salt is 64 lower-case hexadecimal digits", f"{at}/recordSalt")
        at += "/envelope"
        if not isinstance(envelope, dict) or set(envelope) != _ENVELOPE or envelope["v"] != 1:
            _refuse("not a version 1 envelope", at)
        if envelope["kind"] != KIND or envelope["org"] != org.text:
            _refuse(f"kind is {KIND} and org is the signer's", at)
        record_id = RecordId.parse(envelope["id"])
        captured_at = parse_time(envelope["capturedAt"])
        if format_time(captured_at) != envelope["capturedAt"]:
            _refuse("a time has one spelling: UTC with milliseconds", f"{at}/capturedAt")
        _check_age(captured_at, now, f"{at}/capturedAt")
        body = envelope["body"]
        (checked,) = check_events(read_event(canonical.encode(body)), now)
        if not isinstance(checked, Event):
            raise InvalidInput(
                checked.code, checked.detail, pointer=f"{at}/body{checked.pointer or ''}"
            )
        if not checked.has_own_id or "recordTime" in body:
            _refuse("a signed event has its eventID and no recordTime", f"{at}/body")
        body_json, commitment = commit_body(
            record_id.text, org.text, envelope["capturedAt"], KIND, body, bytes.fromhex(salt)
        )
        return captured_at, prepared(
            org, checked, bytes(record_id), bytes.fromhex(salt), body_json, commitment
        )


def _read(handed_in: Any) -> tuple[Submission, list[Any]]:
    if not isinstance(handed_in, dict) or set(handed_in) != {"v", "submission", "records"}:
        _refuse("a signed submission has v, submission and records", "")
    if handed_in["v"] != 1 or not isinstance(handed_in["records"], list):
        _refuse("not a version 1 submission", "")
    return Submission.from_json(handed_in["submission"]), handed_in["records"]


def _check_age(at: datetime, now: datetime, pointer: str) -> None:
    if not now - OLDEST <= at <= now + AHEAD:
        _refuse("signed more than a day ago, or ahead of the clock", pointer)


def _refuse(detail: str, pointer: str) -> NoReturn:
    raise InvalidInput("submission-malformed", detail, pointer=pointer)
