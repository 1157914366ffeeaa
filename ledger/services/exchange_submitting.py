"""Submitting a message: its legs are opened here, durably, before the chain has seen them.

The sender signed each opening; we check it as the contract will, store it and answer with a
receipt. A crash before the commit leaves nothing and no answer; the same submission again is
answered as the first time, for it is known by sender, document and version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ledger import canonical
from ledger.clock import Clock, unix_seconds
from ledger.digest import Digest
from ledger.envelope.manifest import find_sealed_manifest
from ledger.errors import Conflict, Forbidden, InvalidInput, LedgerError
from ledger.exchange.leg import NEVER_OPENED, Leg
from ledger.exchange.message import Routing
from ledger.exchange.signed import Opening
from ledger.records.disclosure import DisclosedView
from ledger.services.caller import Caller, Scope
from ledger.services.exchange_authority import ExchangeAuthority, under
from ledger.services.exchange_evidence import HandedEvidence
from ledger.storage.database import Database, Transaction
from ledger.storage.exchange_events import EventRow
from ledger.storage.exchange_legs import LegRow
from ledger.storage.exchange_messages import MessageRow
from ledger.storage.organizations import OrganizationState

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


class ExchangeSubmitting:
    """Takes messages in."""

    def __init__(self, db: Database, clock: Clock, authority: ExchangeAuthority) -> None:
        self._db = db
        self._clock = clock
        self._authority = authority

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
        now = self._clock.now()
        row = _message_row(routing, view, message, now)
        try:
            return self._store(row, routing, legs, handed, now)
        except Conflict as conflict:
            if conflict.code != "storage-duplicate":
                raise
        # Another request stored the same in this moment: it is known now.
        return self._store(row, routing, legs, handed, now)

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
        self._authority.check(opening, one.signer, one.signature)

    def _store(
        self,
        row: MessageRow,
        routing: Routing,
        legs: Sequence[LegToOpen],
        handed: Sequence[HandedEvidence],
        now: datetime,
    ) -> SubmittedMessage:
        with self._db.write() as tx:
            known = tx.exchange_messages.find(row.sender, row.document_id, row.version)
            if known is not None and known.message != row.message:
                raise Conflict(
                    "message-differs", "this version was submitted before, with other content"
                )
            is_new = known is None
            message = replace(row, pk=tx.exchange_messages.add(row)) if known is None else known
            opened: list[tuple[LegRow, EventRow]] = []
            for number, (one, evidence) in enumerate(zip(legs, handed, strict=True)):
                before = tx.exchange_legs.find(one.opening.key.leg, lock=True)
                if before is not None:
                    opened.append(_same(tx, before, one, number))
                    continue
                try:
                    opened.append(self._open(tx, message, routing, one, evidence, now))
                except LedgerError as error:
                    raise under(error, f"/legs/{number}") from error
                is_new = True
            return SubmittedMessage(
                message, opened, tx.exchange_messages.duplicates(message), is_new
            )

    def _open(
        self,
        tx: Transaction,
        message: MessageRow,
        routing: Routing,
        one: LegToOpen,
        evidence: HandedEvidence,
        now: datetime,
    ) -> tuple[LegRow, EventRow]:
        opening = one.opening
        recipient = tx.organizations.find(opening.key.recipient)
        standing = Leg.open(
            opening,
            self._authority.domain,
            unix_seconds(now),
            tx.exchange_legs.standing,
            recipient=recipient is not None and recipient.state is OrganizationState.ACTIVE,
        )
        leg = LegRow(
            pk=0,
            key=opening.key,
            message_pk=message.pk,
            code_number=message.code_number,
            code_notation=message.code_notation,
            promulgated=routing.document.promulgation_date,
            standing=replace(standing, head=NEVER_OPENED.head),
            replaces=opening.replaces,
            anchored=0,
            wrapped_key=one.wrapped_key,
            opened_at=now,
        )
        leg = replace(leg, pk=tx.exchange_legs.add(leg))
        manifest = None if one.wrapped_key is None else find_sealed_manifest(one.wrapped_key)
        tx.blobs.admit(leg.key, (*routing.blobs, *(() if manifest is None else (manifest,))))
        event = EventRow(
            pk=0,
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
        return leg, replace(event, pk=tx.exchange_events.add(event, leg.key))


def _same(tx: Transaction, leg: LegRow, one: LegToOpen, number: int) -> tuple[LegRow, EventRow]:
    """The leg that is known already, if the same opening made it."""
    first = tx.exchange_events.of_leg(leg.pk)[0]
    if first.signature != one.signature or first.evidence != one.opening.evidence:
        raise Conflict(
            "leg-already-opened", "another opening has this id", pointer=f"/legs/{number}/salt"
        )
    return leg, first


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
