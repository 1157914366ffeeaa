"""Submitting a message: its legs are opened here, durably, before the chain has seen them.

The sender signed each opening; we check it as the contract will, store it and answer with a
receipt. A crash before the commit leaves nothing and no answer; the same submission again is
answered as the first time, for it is known by sender, document and version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from ledger import canonical
from ledger.clock import Clock, unix_seconds
from ledger.digest import Digest
from ledger.envelope.manifest import find_sealed_manifest
from ledger.errors import Conflict, Forbidden, InvalidInput, LedgerError
from ledger.exchange.leg import NEVER_OPENED, Leg
from ledger.exchange.message import Routing
from ledger.exchange.rules import LegState
from ledger.exchange.signed import LegKey, Opening
from ledger.records.disclosure import DisclosedView
from ledger.services.caller import Caller, Scope
from ledger.services.combining import Combining
from ledger.services.exchange_authority import ExchangeAuthority, under
from ledger.services.exchange_evidence import HandedEvidence
from ledger.storage.database import Database
from ledger.storage.exchange_events import EventRow
from ledger.storage.exchange_legs import LegRow
from ledger.storage.exchange_messages import MessageRow
from ledger.storage.transaction import Transaction

MOST_LEGS = 200
"""Legs that one request opens; a message may have more, submitted in several."""
MOST_KEY_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class LegToOpen:
    """One leg as its sender hands it in; `evidence` is `{"envelope", "recordSalt"}`."""

    opening: Opening
    signer: str
    signature: bytes
    evidence: Any
    wrapped_key: str | None = None


@dataclass(frozen=True, slots=True)
class SubmittedMessage:
    """What became of a submission: the message, its legs with their first events, ids of other
    documents of the sender with the same number and notation, and whether any of it is new."""

    message: MessageRow
    legs: Sequence[tuple[LegRow, EventRow]]
    duplicates: Sequence[str]
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Submission:
    """A submission whose signatures and evidence were checked."""

    message: MessageRow
    promulgated: date
    blobs: Sequence[Digest]
    legs: Sequence[LegToOpen]
    evidence: Sequence[HandedEvidence]


class ExchangeSubmitting:
    """Takes messages in. Safe to share among threads."""

    def __init__(self, db: Database, clock: Clock, authority: ExchangeAuthority) -> None:
        self._db = db
        self._clock = clock
        self._authority = authority
        self._writing: Combining[_Submission, SubmittedMessage] = Combining(self._write)

    def submit(
        self, caller: Caller, view: DisclosedView, legs: Sequence[LegToOpen]
    ) -> SubmittedMessage:
        """Check and store a message with these legs, all or nothing; durable when this returns.

        Raises InvalidInput, VerificationFailed and Forbidden with a pointer, Conflict
        `message-differs` or as `Leg.open` does, Unavailable.
        """
        caller.require(Scope.CAPTURE)
        try:
            routing = Routing.read(view)
        except LedgerError as error:
            raise under(error, "/view") from error
        message = view.commitment()
        if not 0 < len(legs) <= MOST_LEGS:
            raise InvalidInput(
                "document-malformed", f"1 to {MOST_LEGS} legs at once", pointer="/legs"
            )
        handed: list[HandedEvidence] = []
        for number, one in enumerate(legs):
            at = f"/legs/{number}"
            try:
                self._check(caller, routing, message, one)
                handed.append(HandedEvidence.read(one.evidence, one.opening))
            except LedgerError as error:
                raise under(error, at) from error
        row = _message_row(routing, view, message, self._clock.now())
        promulgated = routing.document.promulgation_date
        wanted = _Submission(row, promulgated, routing.blobs, legs, handed)
        try:
            return self._writing.ask(wanted)
        except Conflict as conflict:
            if conflict.code != "storage-duplicate":
                raise
        # Another process stored one of those in this moment: by now it is known.
        return self._writing.ask(wanted)

    def _check(self, caller: Caller, routing: Routing, message: Digest, one: LegToOpen) -> None:
        opening = one.opening
        if caller.org not in (opening.key.sender, opening.actor):
            raise Forbidden("foreign-organization", "a message of another organization")
        if opening.key.sender != routing.org:
            raise InvalidInput(
                "document-malformed", "not the organization that issued the message",
                pointer="/sender",
            )  # fmt: skip
        if opening.message != message:
            raise InvalidInput(
                "message-differs", "not the commitment that the view gives", pointer="/message"
            )
        if one.wrapped_key is not None and len(one.wrapped_key) > MOST_KEY_BYTES:
            raise InvalidInput("document-malformed", "too long", pointer="/wrappedKey")
        try:
            self._authority.check(opening, one.signer, one.signature)
        except LedgerError:
            # Whoever lost our answer and asks again later, past the deadline of the signature or
            # with a key that ended, is told what became of it, not that it is refused.
            if not self._was_taken(one):
                raise

    def _was_taken(self, one: LegToOpen) -> bool:
        with self._db.read() as tx:
            leg = tx.exchange_legs.find(one.opening.key.leg)
            first = {} if leg is None else tx.exchange_events.first_of([leg.pk])
        return any(_is_same(event, one) for event in first.values())

    def _write(self, group: Sequence[_Submission]) -> Sequence[SubmittedMessage | Exception]:
        """Store several submissions in one transaction; what is wrong with one is its own."""
        with self._db.write() as tx:
            intake = _Intake(tx, self._authority, group)
            answers = [intake.take(one) for one in group]
            intake.store()
        return answers


class _Intake:
    """What is known of a group's messages and legs, and what it adds to them."""

    def __init__(
        self, tx: Transaction, authority: ExchangeAuthority, group: Sequence[_Submission]
    ) -> None:
        rows = [one.message for one in group]
        ids = [leg.opening.key.leg for one in group for leg in one.legs]
        self._tx = tx
        self._authority = authority
        self._messages = tx.exchange_messages.known(rows)
        self._alike = tx.exchange_messages.alike(rows)
        self._legs = tx.exchange_legs.by_id(ids, lock=True)
        self._first = tx.exchange_events.first_of([leg.pk for leg in self._legs.values()])
        # Each kind of row has a part of the numbers; what is not used is used by nobody.
        self._message_pk = tx.exchange_events.take_pks(len(rows) + 2 * len(ids))
        self._leg_pk = self._message_pk + len(rows)
        self._event_pk = self._leg_pk + len(ids)
        self._new_messages: list[MessageRow] = []
        self._new_legs: list[LegRow] = []
        self._new_events: list[tuple[EventRow, LegKey]] = []
        self._admitted: list[tuple[LegKey, Sequence[Digest]]] = []

    def take(self, wanted: _Submission) -> SubmittedMessage | Exception:
        """Judge one submission, as if those before it were stored. Nothing of it is kept when it
        is refused."""
        known = self._messages.get(wanted.message.key)
        if known is not None and known.message != wanted.message.message:
            return Conflict(
                "message-differs", "this version was submitted before, with other content"
            )
        message = known or replace(wanted.message, pk=self._message_pk)
        opened: list[tuple[LegRow, EventRow]] = []
        is_new: list[bool] = []
        pairs = zip(wanted.legs, wanted.evidence, strict=True)
        for number, (one, evidence) in enumerate(pairs):
            try:
                leg = self._legs.get(one.opening.key.leg)
                if leg is not None:
                    opened.append((leg, _same(self._first[leg.pk], one)))
                else:
                    place = sum(is_new)
                    opened.append(self._open(message, wanted, one, evidence, place))
                is_new.append(leg is None)
            except LedgerError as error:
                return under(error, f"/legs/{number}")
        self._keep(message, known is None, opened, is_new)
        for one, new in zip(wanted.legs, is_new, strict=True):
            if new:
                self._admitted.append((one.opening.key, [*wanted.blobs, *_sealed_manifest(one)]))
        key = (message.sender, message.code_number, message.code_notation)
        alike = self._alike.setdefault(key, [])
        duplicates = [one for one in alike if one != message.document_id]
        if message.document_id not in alike:
            alike.append(message.document_id)
        return SubmittedMessage(message, opened, duplicates, known is None or any(is_new))

    def store(self) -> None:
        """Write what was taken."""
        self._tx.exchange_messages.add_all(self._new_messages)
        self._tx.exchange_legs.add_all(self._new_legs)
        self._tx.blobs.admit_all(self._admitted)
        self._tx.exchange_events.add_all(self._new_events)

    def _keep(
        self,
        message: MessageRow,
        is_new_message: bool,
        opened: Sequence[tuple[LegRow, EventRow]],
        is_new: Sequence[bool],
    ) -> None:
        if is_new_message:
            self._messages[message.key] = message
            self._new_messages.append(message)
            self._message_pk += 1
        for (leg, event), new in zip(opened, is_new, strict=True):
            if new:
                self._legs[leg.key.leg] = leg
                self._first[leg.pk] = event
                self._new_legs.append(leg)
                self._new_events.append((event, leg.key))
                self._leg_pk += 1
                self._event_pk += 1

    def _standing(self, leg: bytes) -> LegState:
        known = self._legs.get(Digest(leg))
        return known.standing.state if known is not None else self._tx.exchange_legs.standing(leg)

    def _open(
        self,
        message: MessageRow,
        wanted: _Submission,
        one: LegToOpen,
        evidence: HandedEvidence,
        place: int,
    ) -> tuple[LegRow, EventRow]:
        opening, now = one.opening, wanted.message.received_at
        standing = Leg.open(
            opening,
            self._authority.domain,
            unix_seconds(now),
            lambda id: LegState.NONE if id == opening.key.leg else self._standing(id),
            recipient=self._authority.is_active(opening.key.recipient),
        )
        leg = LegRow(
            pk=self._leg_pk + place,
            key=opening.key,
            message_pk=message.pk,
            code_number=message.code_number,
            code_notation=message.code_notation,
            promulgated=wanted.promulgated,
            standing=replace(standing, head=NEVER_OPENED.head),
            replaces=opening.replaces,
            anchored=0,
            wrapped_key=one.wrapped_key,
            opened_at=now,
        )
        event = EventRow(
            pk=self._event_pk + place,
            leg_pk=leg.pk,
            nonce=0,
            action=opening.action,
            state=standing.state,
            org=bytes(opening.key.sender),
            actor=bytes(opening.actor),
            reason=opening.reason,
            evidence=opening.evidence,
            link=opening.replaces,
            deadline=opening.deadline,
            signer=one.signer,
            signature=one.signature,
            evidence_record=evidence.record,
            evidence_salt=evidence.salt,
            received_at=now,
        )
        return leg, event


def _sealed_manifest(one: LegToOpen) -> tuple[Digest, ...]:
    found = None if one.wrapped_key is None else find_sealed_manifest(one.wrapped_key)
    return () if found is None else (found,)


def _same(first: EventRow, one: LegToOpen) -> EventRow:
    """The opening of a leg that is known already, if it is this very one."""
    if not _is_same(first, one):
        raise Conflict("leg-already-opened", "another opening has this id", pointer="/salt")
    return first


def _is_same(first: EventRow, one: LegToOpen) -> bool:
    return (first.signature, first.evidence) == (one.signature, one.opening.evidence)


def _message_row(
    routing: Routing, view: DisclosedView, message: Digest, now: datetime
) -> MessageRow:
    return MessageRow(
        pk=0,
        sender=routing.org,
        document_id=routing.document.document_id.text,
        version=routing.document.version,
        message=message,
        code_number=routing.document.code_number,
        code_notation=routing.document.code_notation,
        view=canonical.encode(view.to_json()).decode(),
        received_at=now,
    )
