"""Erasing: content, wrapped keys and index rows of a document are destroyed, and it is certified.

In this order: two people of the organization approve, nobody holds it back and the law no longer
has it kept; the organization's leader signs the step ERASE, which becomes evidence like every step;
then this destroys. The blobs go first and the rows that name them last, so a crash in between is
finished by asking again. What stays (commitments, signatures, parties, times) confirms no content:
the salts, keys and digests that tied it to some are gone.

A recipient's erasure takes its wrapped key and its right to fetch; the content itself goes when the
sender has erased every leg of the message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger import canonical
from ledger.clock import Clock, format_time, unix_seconds
from ledger.digest import Digest
from ledger.envelope.manifest import find_sealed_manifest
from ledger.errors import Conflict, Forbidden, InvalidInput, NotFound
from ledger.exchange.erasure import ErasureApproval, check_approved
from ledger.exchange.message import BLOBS, Routing
from ledger.exchange.reasons import REASONS
from ledger.exchange.rules import LegAction, LegState
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId, Role
from ledger.merkle.note import NoteSigner
from ledger.ports import ChainReader
from ledger.proof.erasure_certificate import CERTIFICATE
from ledger.records.disclosure import DisclosedView
from ledger.services.caller import Caller, Scope
from ledger.storage.blob_store import BlobStore
from ledger.storage.database import Database
from ledger.storage.erasures import Hold
from ledger.storage.exchange_events import EventRow, EventStatus
from ledger.storage.exchange_legs import LegRow
from ledger.storage.exchange_messages import MessageRow
from ledger.storage.transaction import Transaction

_MOST_REASON = 500


@dataclass(frozen=True, slots=True)
class ErasureStanding:
    """How far an organization's erasure of a leg is."""

    approvals: Sequence[ErasureApproval]
    holds: Sequence[Hold]
    certificate: str | None


class Erasing:
    """Approvals, holds, destruction, certificates."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        store: BlobStore,
        registry: ChainReader,
        domain: Domain,
        signer: NoteSigner,
    ) -> None:
        self._db = db
        self._clock = clock
        self._store = store
        self._registry = registry
        self._domain = domain
        self._signer = signer

    def standing(self, caller: Caller, leg: Digest) -> ErasureStanding:
        """What stands about the caller's own erasure. Raises NotFound `leg-unknown`."""
        caller.require(Scope.READ)
        with self._db.read() as tx:
            _own_leg(tx, leg, caller.org)
            return ErasureStanding(
                tx.erasures.approvals(leg, caller.org),
                tx.erasures.holds(leg),
                tx.erasures.certificate(leg, caller.org),
            )

    def approve(self, caller: Caller, one: ErasureApproval) -> None:
        """Keep one person's approval; durable when this returns, and the same again is harmless.

        Raises Forbidden `foreign-organization`, NotFound `leg-unknown`, what
        `ErasureApproval.check` raises, Unavailable when no node answers.
        """
        caller.require(Scope.CAPTURE)
        if one.org != caller.org:
            raise Forbidden("foreign-organization", "an approval of another organization")
        key = self._registry.find_key(one.org, one.signer)
        one.check(self._domain, key, unix_seconds(self._clock.now()))
        with self._db.write() as tx:
            _own_leg(tx, one.leg, caller.org)
            tx.erasures.approve(one)

    def hold(self, caller: Caller, leg: Digest, reason: str) -> None:
        """Keep anybody from erasing a document, until it is lifted: a party, an authority or an
        auditor may. Raises InvalidInput `erasure-malformed`, NotFound `leg-unknown`."""
        caller.require(Scope.STATUS)
        if not reason.strip() or len(reason) > _MOST_REASON:
            raise InvalidInput(
                "erasure-malformed",
                f"a reason has 1 to {_MOST_REASON} characters",
                pointer="/reason",
            )
        with self._db.write() as tx:
            _leg_to_hold(tx, leg, caller)
            tx.erasures.hold(leg, Hold(caller.org, reason.strip(), self._clock.now()))

    def lift(self, caller: Caller, leg: Digest) -> None:
        """End the caller's own hold. Raises NotFound `leg-unknown`."""
        caller.require(Scope.STATUS)
        with self._db.write() as tx:
            _leg_to_hold(tx, leg, caller)
            tx.erasures.lift(leg, caller.org)

    def erase(self, caller: Caller, leg: Digest) -> str:
        """Destroy what is kept here for the caller of a leg; its certificate, a signed note. May be
        repeated, and after a crash has to be.

        Raises NotFound `leg-unknown`, Conflict `erasure-step-missing`, `erasure-held`,
        `erasure-not-approved` or `retention-not-over`, Unavailable.
        """
        caller.require(Scope.CAPTURE)
        with self._db.read() as tx:
            done = tx.erasures.certificate(leg, caller.org)
            if done is not None:
                return done
            plan = self._plan(tx, leg, caller.org)
        gone: set[Digest] = set()
        while True:
            for blob in plan.blobs:
                self._store.delete(blob)
                gone.add(blob)
            # A crash here leaves rows that name blobs that are gone; asking again takes them out.
            with self._db.write() as tx:
                done = tx.erasures.certificate(leg, caller.org)
                if done is not None:
                    return done
                tx.exchange_legs.by_id({leg}, lock=True)
                plan = self._plan(tx, leg, caller.org)
                if gone.issuperset(plan.blobs):
                    certificate = self._take_out(tx, plan)
                    break
            # Another leg of the message was erased meanwhile, and this has become the last.
        self._db.scrub()
        return certificate

    def _plan(self, tx: Transaction, leg: Digest, org: OrgId) -> _Plan:
        """What is to be destroyed, where all that has to be said was said."""
        row = _own_leg(tx, leg, org)
        events = [one for one in tx.exchange_events.of_leg(row.pk) if _erases(one, org)]
        if not events:
            raise Conflict("erasure-step-missing", "the step ERASE has not been taken")
        event, now = events[0], unix_seconds(self._clock.now())
        holds = tx.erasures.holds(leg)
        if holds:
            raise Conflict("erasure-held", f"held back by {holds[0].org.text}: {holds[0].reason}")
        approvals = tx.erasures.approvals(leg, org)
        check_approved(approvals, event.reason, now)
        message = tx.exchange_messages.of([row.message_pk])[row.message_pk]
        others = [one for one in tx.exchange_legs.of_message(row.message_pk) if one.pk != row.pk]
        is_last = org == row.key.sender and all(
            one.standing.state is LegState.SUBMISSION_REJECTED
            or tx.erasures.certificate(one.key.leg, org) is not None
            for one in others
        )
        blobs = _blobs_of(message, [row, *others]) if is_last else []
        legs = {bytes(one.key.leg) for one in (row, *others)}
        alone = [blob for blob in blobs if tx.blobs.legs_of(blob) <= legs]
        return _Plan(row, message, event, approvals, alone, is_last=is_last)

    def _take_out(self, tx: Transaction, plan: _Plan) -> str:
        leg, org = plan.leg.key.leg, OrgId(plan.event.org)
        tx.erasures.zero_what_is_deleted()
        tx.blobs.dismiss(leg)
        for blob in plan.blobs:
            tx.blobs.forget(blob)
        manifest = _manifest_of(plan.leg)
        # Whoever erases last still has to find the sealed manifest; that pointer is no key.
        rest = None if plan.is_last or manifest is None else {"manifest": manifest.hex()}
        text = None if rest is None else canonical.encode(rest).decode()
        tx.erasures.replace_wrapped_key(plan.leg.pk, text)
        tx.exchange_wraps.forget([plan.leg.pk])
        if plan.is_last:
            for other in tx.exchange_legs.of_message(plan.message.pk):
                tx.erasures.replace_wrapped_key(other.pk, None)
                tx.exchange_wraps.forget([other.pk])
            tx.erasures.replace_view(plan.message.pk, _without_blobs(plan.message.view))
        now = self._clock.now()
        body = canonical.encode(plan.to_json(format_time(now))).decode()
        certificate = self._signer.sign(f"{CERTIFICATE}\n{body}\n")
        tx.erasures.certify(leg, org, certificate, now)
        return certificate


@dataclass(frozen=True, slots=True)
class _Plan:
    """One erasure that may be done."""

    leg: LegRow
    message: MessageRow
    event: EventRow
    approvals: Sequence[ErasureApproval]
    blobs: Sequence[Digest]
    is_last: bool

    def to_json(self, erased_at: str) -> dict[str, Any]:
        """What the certificate says; nothing of it is tied to the content."""
        event = self.event
        return {
            "v": 1,
            "leg": self.leg.key.leg.hex(),
            "message": self.message.message.hex(),
            "org": OrgId(event.org).text,
            "reason": event.reason,
            "reasonCode": REASONS[event.reason].code,
            "step": {
                "nonce": event.nonce,
                "evidence": event.evidence.hex(),
                "signer": event.signer,
            },
            "approvals": [
                {
                    "signer": one.signer,
                    "keptUntil": one.kept_until,
                    "deadline": one.deadline,
                    "signature": "0x" + one.signature.hex(),
                }
                for one in self.approvals
            ],
            "destroyed": {"blobs": len(self.blobs), "content": self.is_last, "wrappedKey": True},
            "erasedAt": erased_at,
        }


def _own_leg(tx: Transaction, leg: Digest, org: OrgId) -> LegRow:
    row = tx.exchange_legs.find(leg)
    if row is None or org not in (row.key.sender, row.key.recipient):
        raise NotFound("leg-unknown", "no such leg, or none of yours")
    return row


def _leg_to_hold(tx: Transaction, leg: Digest, caller: Caller) -> None:
    if not caller.roles & (Role.AUTHORITY | Role.AUDITOR):
        _own_leg(tx, leg, caller.org)
    elif tx.exchange_legs.find(leg) is None:
        raise NotFound("leg-unknown", "no such leg")


def _erases(event: EventRow, org: OrgId) -> bool:
    is_refused = event.status is EventStatus.REFUSED
    return event.action is LegAction.ERASE and event.org == bytes(org) and not is_refused


def _manifest_of(leg: LegRow) -> Digest | None:
    return None if leg.wrapped_key is None else find_sealed_manifest(leg.wrapped_key)


def _blobs_of(message: MessageRow, legs: Sequence[LegRow]) -> list[Digest]:
    """The blobs of a message: those of its parts, and its sealed manifests."""
    view = DisclosedView.from_json(canonical.parse(message.view.encode()))
    manifests = [found for leg in legs if (found := _manifest_of(leg)) is not None]
    return list(dict.fromkeys((*Routing.read(view).blobs, *manifests)))


def _without_blobs(text: str) -> str:
    """The same view, giving the same commitment, that no longer shows what the blobs are called."""
    view = DisclosedView.from_json(canonical.parse(text.encode()))
    return canonical.encode(view.without(BLOBS).to_json()).decode()
