"""Erasing a document of this agency: what it said goes, at the server and here; what proves that it
was sent or received, by whom and when, stays.

Two people approve (`ledger.desk.erasures`); from there it comes about by itself, whatever happens.
In this order, each step kept before the next one is begun:

1. the step ERASE, signed by the leader's key and journalled like every step;
2. both approvals and the server's erasure, which may be asked for again, and its certificate;
3. when every leg of the message has one, the copy here.

So after a crash the copy is here until all else is done and certified, and what is left to do
follows from what is kept. A sender's document is erased for all its recipients at once: its copy
here is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import structlog

from ledger.client.erasures import ErasureClient
from ledger.clock import Clock, unix_seconds
from ledger.desk.acting import Acting, Alone, Wanted
from ledger.desk.destroying import Destroying
from ledger.desk.erasures import (
    Erasure,
    approved,
    end_erasure,
    erasures_to_finish,
    find_certificate,
    find_erasure,
    note_waits,
    put_certificate,
    put_erasure,
)
from ledger.desk.events import events_of
from ledger.desk.evidencing import Said
from ledger.desk.keys import DeskKeys
from ledger.desk.legs import LegRow, legs_of
from ledger.desk.messages import get_message
from ledger.desk.partners import find_partner
from ledger.desk.people import Person
from ledger.desk.settings import DeskSettings
from ledger.desk.step_signing import SIGNED_FOR_SECONDS
from ledger.desk.store import Store
from ledger.desk.terms import end_of_day
from ledger.digest import Digest
from ledger.errors import Conflict, InvalidInput, LedgerError, Unavailable, VerificationFailed
from ledger.exchange.erasure import ErasureApproval, approval_digest
from ledger.exchange.evidence import Staff
from ledger.exchange.leg import LegMark
from ledger.exchange.rules import ON_THE_WAY, UNANSWERED, UNSETTLED, LegAction, LegState
from ledger.identity.eip712 import Domain
from ledger.identity.organization import Purpose
from ledger.merkle.note import NoteKey
from ledger.proof.erasure_certificate import ErasureCertificate, read_certificate

_log = structlog.get_logger(__name__)

RUNNING = ON_THE_WAY | UNANSWERED | UNSETTLED | {LegState.RECALL_REQUESTED}
"""Somebody still has to do something: what they need is not erased, though the contract's rules
would let it be."""

_LAST_YEAR = 9000


class Erasing:
    """Erases documents of one desk. `log_key` is the one that certificates are signed with."""

    def __init__(
        self,
        store: Store,
        server: ErasureClient,
        settings: DeskSettings,
        keys: DeskKeys,
        domain: Domain,
        log_key: NoteKey,
        acting: Acting,
        destroying: Destroying,
        alone: Alone,
        clock: Clock,
    ) -> None:
        self._store = store
        self._server = server
        self._settings = settings
        self._keys = keys
        self._domain = domain
        self._log_key = log_key
        self._acting = acting
        self._destroying = destroying
        self._alone = alone
        self._clock = clock

    def approve(
        self,
        message: bytes,
        person: Person,
        reason: int | None = None,
        kept_until: date | None = None,
    ) -> Erasure:
        """Somebody approves the erasure of a message; by the second it is decided, and done. How
        far it is then. `kept_until` is the last day the law has it kept; the second person may
        leave out both, and means what the first said.

        Raises as `erasures.approved`; Conflict `desk-document-running` or `erasure-held` where it
        cannot be erased now; VerificationFailed `desk-leg-doubtful`; Unavailable. Once it was
        decided, also what kept it from being done: it will be, in a later round.
        """
        until = None if kept_until is None else _end_of(kept_until)
        with self._store.read() as tx:
            get_message(tx, message)
            known = find_erasure(tx, message)
        legs = self._legs(message)
        if known is None or known.decided_at is None:
            # Said before anybody is asked, and judged again with what is true then.
            approved(known, person, reason, until, self._now())
            for leg in legs:
                self._check(self._acting.refresh(leg.id))
            with self._store.write() as tx:
                known = find_erasure(tx, message)
                if known is None or known.decided_at is None:
                    known = approved(known, person, reason, until, self._now())
                    put_erasure(tx, message, known)
        return known if known.decided_at is None else self._finish(message)

    def finish_all(self) -> int:
        """Do what was decided; how many came to their end. What cannot be done yet says why and
        waits. Raises Unavailable where the server is away."""
        with self._store.read() as tx:
            waiting = erasures_to_finish(tx)
        done = 0
        for message in waiting:
            try:
                self._finish(message)
            except Unavailable:
                raise
            except LedgerError as error:
                _log.warning("erasure waits", message=message.hex(), code=error.code)
            else:
                done += 1
        return done

    def _finish(self, message: bytes) -> Erasure:
        with self._alone():
            with self._store.read() as tx:
                erasure = find_erasure(tx, message)
            assert erasure is not None, "it was decided"
            if erasure.erased_at is not None:
                return erasure
            try:
                for leg in self._legs(message):
                    self._erase(leg, erasure)
                self._destroying.destroy(message)
            except LedgerError as error:
                with self._store.write() as tx:
                    note_waits(tx, message, f"{error} [{error.code}]")
                raise
            at = self._now()
            with self._store.write() as tx:
                end_erasure(tx, message, at)
            return replace(erasure, erased_at=at, waits=None)

    def _erase(self, leg: LegRow, erasure: Erasure) -> None:
        with self._store.read() as tx:
            if find_certificate(tx, leg.id) is not None:
                return
        row = self._acting.refresh(leg.id)
        mark = LegMark.ERASED_BY_SENDER if row.outgoing else LegMark.ERASED_BY_RECIPIENT
        if mark not in row.leg.marks:
            self._check(row)
            said = Said(reason=erasure.reason, staff=Staff(None, erasure.leader.name))
            self._acting.act(leg.id, Wanted(LegAction.ERASE, said))
        for approval in erasure.approvals:
            self._server.approve(self._sign(leg, erasure, approval.purpose))
        note = self._server.erase(leg.id).certificate
        if note is None:
            raise Unavailable("server-answer-malformed", "erased, and not certified")
        certificate = read_certificate(note, self._log_key)
        self._check_certificate(certificate, leg, erasure)
        with self._store.write() as tx:
            put_certificate(tx, leg.id, note)

    def _check(self, row: LegRow) -> None:
        """That the leg may be erased now, whoever approves it."""
        if row.fault is not None:
            raise VerificationFailed("desk-leg-doubtful", row.fault)
        if row.leg.state in RUNNING:
            raise Conflict(
                "desk-document-running", f"with {row.other_name} it is {row.leg.state.name}"
            )
        holds = self._server.get(row.id).holds
        if holds:
            with self._store.read() as tx:
                known = find_partner(tx, holds[0].org)
            by = holds[0].org.text if known is None else known.name or known.organ_id
            if holds[0].org == self._settings.org:
                by = self._settings.name
            raise Conflict(
                "erasure-held",
                f"held back by {by}: {holds[0].reason}",
                held_by=by,
                why=holds[0].reason,
            )

    def _sign(self, leg: LegRow, erasure: Erasure, purpose: Purpose) -> ErasureApproval:
        """Anew each time: what was decided stays so, and a hold may outlast a signature."""
        signer, org = self._keys.signer(purpose), self._settings.org
        deadline = self._now() + SIGNED_FOR_SECONDS
        digest = approval_digest(
            self._domain, leg.id, org, erasure.reason, erasure.kept_until, deadline
        )
        return ErasureApproval(
            leg=leg.id,
            org=org,
            reason=erasure.reason,
            kept_until=erasure.kept_until,
            deadline=deadline,
            signer=signer.address,
            signature=signer.sign_digest(digest),
        )

    def _check_certificate(self, told: ErasureCertificate, leg: LegRow, erasure: Erasure) -> None:
        """That it is of this leg and of what was signed here for it."""
        org = self._settings.org
        with self._store.read() as tx:
            steps = [
                Digest(one.signed.evidence)
                for one in events_of(tx, leg.key)
                if one.action is LegAction.ERASE and one.signed is not None and one.org == org
            ]
        names = (told.leg, told.message, told.org, told.reason)
        if names != (leg.id, leg.message, org, erasure.reason) or told.evidence not in steps:
            raise VerificationFailed(
                "erasure-certificate-invalid", f"it is not that of leg {leg.id.hex()}"
            )
        told.check_approvals(self._domain)

    def _legs(self, message: bytes) -> Sequence[LegRow]:
        """The legs to erase: a submission that was rejected took nothing along. Raises Conflict
        `leg-action-illegal` where there is none."""
        with self._store.read() as tx:
            legs = legs_of(tx, message)
        found = [one for one in legs if one.leg.state is not LegState.SUBMISSION_REJECTED]
        if not found:
            raise Conflict("leg-action-illegal", "it went to nobody")
        return found

    def _now(self) -> int:
        return unix_seconds(self._clock.now())


def _end_of(day: date) -> int:
    if day.year > _LAST_YEAR:
        raise InvalidInput("desk-text-malformed", "no year of ours", pointer="/keptUntil")
    return end_of_day(day)
