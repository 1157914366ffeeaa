"""From checked events to stored records: the one way in.

`prepare` is pure arithmetic and runs outside any transaction; `store` writes record, salt,
submission, signature and search index in the caller's transaction. Until that commits nothing was
promised, after it nothing acknowledged can be lost.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256 as fast_sha256

from ledger import canonical
from ledger.clock import Clock, format_time, unix_seconds
from ledger.digest import Digest
from ledger.epcis.event import Event
from ledger.epcis.keys import filing_keys
from ledger.epcis.same_event import is_same_event
from ledger.errors import Conflict, Forbidden, Unavailable
from ledger.identity.eip712 import Domain
from ledger.identity.keystore import Keystore
from ledger.identity.organization import OrgId
from ledger.identity.signer import KeySigner, Signer
from ledger.records.commitment import RECORD_SALT_BYTES, commit_body
from ledger.records.record import (
    ID_RANDOMNESS,
    RecordId,
    record_id_of,
    record_id_text,
    time_prefix,
)
from ledger.records.submission import Submission
from ledger.records.submission import build as build_submission
from ledger.storage.epcis import EventRow, event_key
from ledger.storage.organizations import OrganizationState
from ledger.storage.submissions import SubmissionRow
from ledger.storage.transaction import Transaction

KIND = "epcis.event"
"""Record kind of an EPCIS event."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One event ready to be stored. Nothing of the parsed document is kept, so that ten thousand
    of these weigh little more than their bytes."""

    event_id: str
    type: str
    time_ms: int
    biz_step: str | None
    disposition: str | None
    keys: tuple[tuple[str, int], ...]
    record_id: bytes
    salt: bytes
    body: bytes
    commitment: bytes
    event_key: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a prepared event. `created` is False when the same event was there before."""

    event_id: str
    record_id: RecordId
    created: bool
    warnings: tuple[str, ...] = ()


class Intake:
    """Prepares and stores the events of one organization at a time."""

    def __init__(self, clock: Clock, keystore: Keystore, domain: Domain) -> None:
        self._clock = clock
        self._keystore = keystore
        self._domain = domain
        self._signer = lru_cache(maxsize=1024)(self._derive)

    def prepare(
        self, org: OrgId, events: Iterable[Event], captured_at: datetime
    ) -> Iterator[Prepared]:
        """Commit to each event; `captured_at`, in whole milliseconds, is every record's."""
        captured_text = format_time(captured_at)
        org_text = org.text
        prefix = time_prefix(captured_at)
        for event in events:
            randomness = os.urandom(ID_RANDOMNESS + RECORD_SALT_BYTES)
            record_id = record_id_of(prefix, randomness[:ID_RANDOMNESS])
            salt = randomness[ID_RANDOMNESS:]
            body, commitment = commit_body(
                record_id_text(record_id), org_text, captured_text, KIND, event.body, salt
            )
            yield prepared(org, event, record_id, salt, body, commitment)

    def now(self) -> datetime:
        """The time of a capture, in whole milliseconds as records spell it."""
        at = self._clock.now()
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    def store(
        self,
        tx: Transaction,
        org: OrgId,
        captured_at: datetime,
        items: Sequence[Prepared],
        job_id: str | None = None,
    ) -> list[Stored | Conflict]:
        """Write the new events as one signed submission; answer for each, in order.

        An event already there answers with the first record, also where it is written otherwise
        (`is_same_event`); one with other content answers with a Conflict `event-id-taken` and
        stores nothing of its own.
        """
        known = tx.epcis.known(org, [item.event_key for item in items])
        fresh: list[Prepared] = []
        first: dict[bytes, tuple[bytes, bytes]] = dict(known)
        answers: list[Stored | Conflict] = []
        doubtful: list[int] = []
        for at, item in enumerate(items):
            earlier = first.get(item.event_key)
            if earlier is None:
                first[item.event_key] = (item.content, item.record_id)
                fresh.append(item)
                answers.append(Stored(item.event_id, RecordId(item.record_id), created=True))
            elif earlier[0] == item.content:
                answers.append(Stored(item.event_id, RecordId(earlier[1]), created=False))
            else:
                doubtful.append(at)
                answers.append(
                    Conflict(
                        "event-id-taken",
                        f"eventID {item.event_id!r:.120} was captured with other content",
                    )
                )
        if doubtful:
            bodies = tx.epcis.bodies([items[at].event_key for at in doubtful])
            bodies |= {item.event_key: item.body for item in fresh}
            for at in doubtful:
                item = items[at]
                content, record_id = first[item.event_key]
                if _says_the_same(bodies.get(item.event_key), content, item.body):
                    answers[at] = Stored(item.event_id, RecordId(record_id), created=False)
        if fresh:
            self._add(tx, org, captured_at, fresh, job_id)
        return answers

    def _add(
        self,
        tx: Transaction,
        org: OrgId,
        captured_at: datetime,
        fresh: Sequence[Prepared],
        job_id: str | None,
    ) -> None:
        commitments = [item.commitment for item in fresh]
        submission = self.sign(tx, org, captured_at, commitments)
        add_submission(
            tx,
            submission,
            [captured_at] * len(fresh),
            fresh,
            created_at=captured_at,
            job_id=job_id,
        )

    def sign(
        self, tx: Transaction, org: OrgId, captured_at: datetime, commitments: list[bytes]
    ) -> Submission:
        """Sign with the organization's custodial key, marked as such for ever."""
        row = tx.organizations.find(org)
        assert row is not None, "authentication found it"
        if row.state is OrganizationState.REGISTERING:
            raise Unavailable(
                "organization-registering", "the chain has not confirmed this organization yet"
            )
        if row.state is not OrganizationState.ACTIVE:
            raise Forbidden("organization-suspended", f"the organization is {row.state.value}")
        paths = [key.path for key in tx.organizations.keys(org) if key.custodial and key.path]
        if not paths:
            raise Forbidden(
                "key-not-custodial",
                "this organization holds its own key: sign the submission and POST /submissions",
            )
        return build_submission(
            org=org,
            commitments=commitments,
            signed_at=unix_seconds(captured_at),
            nonce=secrets.token_bytes(32),
            custody="platform",
            signer=self._signer(paths[0]),
            domain=self._domain,
        )

    def _derive(self, path: str) -> Signer:
        return KeySigner(self._keystore.derive(path))


def prepared(
    org: OrgId, event: Event, record_id: bytes, salt: bytes, body: bytes, commitment: bytes
) -> Prepared:
    """What is stored of a checked event with this id, salt, canonical body and commitment."""
    declaration = event.body.get("errorDeclaration")
    return Prepared(
        event_id=event.event_id,
        type=event.type,
        time_ms=event.time_ms,
        biz_step=event.biz_step,
        disposition=event.disposition,
        keys=event.keys + filing_keys(event.biz_step, event.read_point, event.biz_location),
        record_id=record_id,
        salt=salt,
        body=body,
        commitment=commitment,
        event_key=event_key(
            org, event.event_id, b"" if declaration is None else canonical.encode(declaration)
        ),
        content=_content(body),
    )


def _says_the_same(recorded: bytes | None, content: bytes, body: bytes) -> bool:
    """Never of a record that is erased, nor of one that was edited in the database: what it said
    is not known."""
    if recorded is None or _content(recorded) != content:
        return False
    return is_same_event(canonical.parse(recorded), canonical.parse(body))


def _content(body: bytes) -> bytes:
    return fast_sha256(body).digest()[:16]


def add_submission(
    tx: Transaction,
    submission: Submission,
    captured_at: Sequence[datetime],
    items: Sequence[Prepared],
    *,
    created_at: datetime,
    job_id: str | None = None,
) -> None:
    """Write a signed submission with its records, their salts and their index rows."""
    submission_pk = tx.submissions.add(
        submission_row(
            submission, b"".join([item.commitment for item in items]), created_at, job_id
        )
    )
    pks = tx.records.add_many(
        [
            (item.record_id, submission_pk, position, KIND, at, item.body, item.salt)
            for position, (at, item) in enumerate(zip(captured_at, items, strict=True))
        ]
    )
    file_events(tx, submission.org, pks, items)


def file_events(tx: Transaction, org: OrgId, pks: Sequence[int], items: Sequence[Prepared]) -> None:
    """Write the index rows of events whose records have these pks."""
    tx.epcis.add_many(
        [
            EventRow(
                record_pk=pk,
                org=org,
                event_id=item.event_id,
                event_key=item.event_key,
                content=item.content,
                type=item.type,
                time_ms=item.time_ms,
                biz_step=item.biz_step,
                disposition=item.disposition,
            )
            for pk, item in zip(pks, items, strict=True)
        ],
        [
            (key, role, pk, item.time_ms)
            for pk, item in zip(pks, items, strict=True)
            for key, role in item.keys
        ],
    )


def submission_row(
    submission: Submission, commitments: bytes, created_at: datetime, job_id: str | None
) -> SubmissionRow:
    """The stored form of a signed submission."""
    return SubmissionRow(
        org=submission.org,
        root=submission.root,
        count=submission.count,
        signed_at=submission.signed_at,
        nonce=submission.nonce,
        custody=submission.custody,
        signer=submission.signer,
        signature=submission.signature,
        digest=Digest(submission.digest()),
        commitments=commitments,
        job_id=job_id,
        created_at=created_at,
    )
