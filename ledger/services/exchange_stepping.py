"""Steps: what a party does to a leg, taken in durably and relayed afterwards.

A step is judged by the leg as all steps before it leave it, those included that the chain has not
seen yet. A crash before the commit leaves nothing and no answer; the same step again is answered
with the same receipt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ledger.clock import Clock, unix_seconds
from ledger.digest import Digest
from ledger.errors import Conflict, Forbidden, InvalidInput, LedgerError, NotFound
from ledger.exchange.rules import LegAction
from ledger.exchange.signed import ZERO, Step
from ledger.identity.organization import OrgId
from ledger.services.caller import Caller, Scope
from ledger.services.exchange_authority import ExchangeAuthority
from ledger.services.exchange_evidence import HandedEvidence
from ledger.storage.database import Database, Transaction
from ledger.storage.exchange_events import EventRow, EventStatus
from ledger.storage.exchange_legs import LegRow

MOST_STEPS = 200
"""Steps that one request hands in."""


@dataclass(frozen=True, slots=True)
class StepToTake:
    """One step as its party hands it in; `evidence` is `{"envelope", "recordSalt"}`. The leg's own
    key is known here and not repeated."""

    leg: Digest
    org: OrgId
    actor: OrgId
    action: LegAction
    nonce: int
    deadline: int
    commitment: bytes
    signer: str
    signature: bytes
    evidence: Any
    reason: int = 0
    link: bytes = ZERO

    def over(self, leg: LegRow) -> Step:
        """What was signed."""
        return Step(
            key=leg.key,
            org=self.org,
            actor=self.actor,
            action=self.action,
            evidence=self.commitment,
            nonce=self.nonce,
            deadline=self.deadline,
            reason=self.reason,
            link=self.link,
        )


@dataclass(frozen=True, slots=True)
class TakenStep:
    """The leg after a step, and the event; `is_new` False where it was known."""

    leg: LegRow
    event: EventRow
    is_new: bool


class ExchangeStepping:
    """Takes steps in."""

    def __init__(self, db: Database, clock: Clock, authority: ExchangeAuthority) -> None:
        self._db = db
        self._clock = clock
        self._authority = authority

    def take(self, caller: Caller, wanted: StepToTake) -> TakenStep:
        """One step; durable when this returns. Raises NotFound `leg-unknown`, and what `Leg.act`
        and `check_authority` raise."""
        (taken,) = self.take_all(caller, [wanted])
        if isinstance(taken, LedgerError):
            raise taken
        return taken

    def take_all(
        self, caller: Caller, wanted: Sequence[StepToTake]
    ) -> Sequence[TakenStep | LedgerError]:
        """Several steps in one transaction, each judged after those before it; for each what came
        of it. What one refuses hinders no other."""
        caller.require(Scope.CAPTURE)
        if not 0 < len(wanted) <= MOST_STEPS:
            raise InvalidInput(
                "document-malformed", f"1 to {MOST_STEPS} steps at once", pointer="/steps"
            )
        # Signatures are checked before anybody is made to wait for us.
        checked = [self._checked(caller, one) for one in wanted]
        now = self._clock.now()
        with self._db.write() as tx:
            return [
                found if isinstance(found, LedgerError) else self._attempt(tx, one, found, now)
                for one, found in zip(wanted, checked, strict=True)
            ]

    def _checked(self, caller: Caller, one: StepToTake) -> HandedEvidence | LedgerError:
        try:
            with self._db.read() as tx:
                leg = tx.exchange_legs.find(one.leg)
            if leg is None or caller.org not in (leg.key.sender, leg.key.recipient, one.actor):
                raise NotFound("leg-unknown", "no such leg, or none of yours")
            if caller.org not in (one.org, one.actor):
                raise Forbidden("foreign-organization", "a step of another organization")
            step = one.over(leg)
            self._authority.check(step, one.signer, one.signature)
            return HandedEvidence.read(one.evidence, step)
        except LedgerError as error:
            return error

    def _attempt(
        self, tx: Transaction, one: StepToTake, evidence: HandedEvidence, now: datetime
    ) -> TakenStep | LedgerError:
        """Nothing is written before everything is judged, so a refusal leaves no trace."""
        try:
            return self._store(tx, one, evidence, now)
        except (Conflict, Forbidden, InvalidInput) as error:
            if error.code == "storage-duplicate":
                raise
            return error

    def _store(
        self, tx: Transaction, one: StepToTake, evidence: HandedEvidence, now: datetime
    ) -> TakenStep:
        leg = tx.exchange_legs.find(one.leg, lock=True)
        assert leg is not None, "legs are never deleted"
        known = _find_same(tx, leg, one)
        if known is not None:
            return TakenStep(leg, known, is_new=False)
        standing = leg.standing.act(
            one.over(leg), self._authority.domain, unix_seconds(now), tx.exchange_legs.standing
        )
        moved = replace(leg, standing=replace(standing, head=leg.standing.head))
        tx.exchange_legs.update(moved)
        event = EventRow(
            pk=0,
            leg_pk=leg.pk,
            nonce=one.nonce,
            action=one.action,
            state=standing.state,
            org=bytes(one.org),
            actor=bytes(one.actor),
            reason=one.reason,
            evidence=one.commitment,
            link=one.link,
            deadline=one.deadline,
            signer=one.signer,
            signature=one.signature,
            evidence_record=evidence.record,
            evidence_salt=evidence.salt,
            received_at=now,
        )
        return TakenStep(
            moved, replace(event, pk=tx.exchange_events.add(event, leg.key)), is_new=True
        )


def _find_same(tx: Transaction, leg: LegRow, one: StepToTake) -> EventRow | None:
    """The event this very step made before, if it did."""
    if one.nonce >= leg.standing.events:
        return None
    for event in tx.exchange_events.of_leg(leg.pk):
        if (event.nonce, event.signature, event.evidence) == (
            one.nonce,
            one.signature,
            one.commitment,
        ) and event.status is not EventStatus.REFUSED:
            return event
    return None
