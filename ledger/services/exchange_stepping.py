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
from ledger.errors import Forbidden, InvalidInput, LedgerError, NotFound
from ledger.exchange.rules import LegAction, LegState
from ledger.exchange.signed import ZERO, LegKey, Step
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId
from ledger.services.caller import Caller, Scope
from ledger.services.combining import Combining
from ledger.services.exchange_authority import ExchangeAuthority
from ledger.services.exchange_evidence import HandedEvidence
from ledger.storage.database import Database
from ledger.storage.exchange_events import EventRow, EventStatus
from ledger.storage.exchange_legs import LegRow
from ledger.storage.transaction import Transaction

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


_Checked = tuple[StepToTake, HandedEvidence | LedgerError]
"""A step with its evidence, or what was wrong with it before the leg was looked at."""


class ExchangeStepping:
    """Takes steps in. Safe to share among threads."""

    def __init__(self, db: Database, clock: Clock, authority: ExchangeAuthority) -> None:
        self._db = db
        self._clock = clock
        self._authority = authority
        self._writing: Combining[Sequence[_Checked], Sequence[TakenStep | LedgerError]] = Combining(
            self._write
        )

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
        with self._db.read() as tx:
            legs = tx.exchange_legs.by_id({one.leg for one in wanted})
        checked = [self._checked(caller, one, legs.get(one.leg)) for one in wanted]
        return self._writing.ask([*zip(wanted, checked, strict=True)])

    def _write(
        self, group: Sequence[Sequence[_Checked]]
    ) -> Sequence[Sequence[TakenStep | LedgerError] | Exception]:
        """Store the steps of several requests in one transaction."""
        now = self._clock.now()
        with self._db.write() as tx:
            intake = _Intake(tx, self._authority.domain, group, now)
            answers = [[intake.take(*one) for one in several] for several in group]
            intake.store()
        return answers

    def _checked(
        self, caller: Caller, one: StepToTake, leg: LegRow | None
    ) -> HandedEvidence | LedgerError:
        try:
            if leg is None or caller.org not in (leg.key.sender, leg.key.recipient, one.actor):
                raise NotFound("leg-unknown", "no such leg, or none of yours")
            if caller.org not in (one.org, one.actor):
                raise Forbidden("foreign-organization", "a step of another organization")
            step = one.over(leg)
            try:
                self._authority.check(step, one.signer, one.signature)
            except LedgerError:
                # The answer to it was lost, and the signature counts no more: it was taken in.
                if not self._was_taken(leg, one):
                    raise
            return HandedEvidence.read(one.evidence, step)
        except LedgerError as error:
            return error

    def _was_taken(self, leg: LegRow, one: StepToTake) -> bool:
        with self._db.read() as tx:
            return any(_is_same(event, one) for event in tx.exchange_events.of_leg(leg.pk))


class _Intake:
    """The legs that a group of steps is about, and what the group makes of them."""

    def __init__(
        self,
        tx: Transaction,
        domain: Domain,
        group: Sequence[Sequence[_Checked]],
        now: datetime,
    ) -> None:
        good = [one for several in group for one, checked in several if not _is_error(checked)]
        self._tx = tx
        self._domain = domain
        self._now = now
        self._legs = tx.exchange_legs.by_id({one.leg for one in good}, lock=True)
        self._event_pk = tx.exchange_events.take_pks(len(good)) if good else 0
        self._moved: dict[Digest, LegRow] = {}
        self._events: list[tuple[EventRow, LegKey]] = []

    def take(
        self, one: StepToTake, checked: HandedEvidence | LedgerError
    ) -> TakenStep | LedgerError:
        """Judge one step, as if those before it were stored. Nothing of it is kept when it is
        refused."""
        if isinstance(checked, LedgerError):
            return checked
        leg = self._legs[one.leg]
        known = self._find_same(leg, one)
        if known is not None:
            return TakenStep(leg, known, is_new=False)
        try:
            standing = leg.standing.act(
                one.over(leg), self._domain, unix_seconds(self._now), self._standing
            )
        except LedgerError as error:
            return error
        moved = replace(leg, standing=replace(standing, head=leg.standing.head))
        event = EventRow(
            pk=self._event_pk + len(self._events),
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
            evidence_record=checked.record,
            evidence_salt=checked.salt,
            received_at=self._now,
        )
        self._legs[one.leg] = self._moved[one.leg] = moved
        self._events.append((event, leg.key))
        return TakenStep(moved, event, is_new=True)

    def store(self) -> None:
        """Write what was taken."""
        self._tx.exchange_legs.update_all(list(self._moved.values()))
        self._tx.exchange_events.add_all(self._events)

    def _standing(self, leg: bytes) -> LegState:
        known = self._legs.get(Digest(leg))
        return known.standing.state if known is not None else self._tx.exchange_legs.standing(leg)

    def _find_same(self, leg: LegRow, one: StepToTake) -> EventRow | None:
        """The event this very step made before, if it did."""
        if one.nonce >= leg.standing.events:
            return None
        earlier = [event for event, key in self._events if key == leg.key]
        for event in (*self._tx.exchange_events.of_leg(leg.pk), *earlier):
            if _is_same(event, one):
                return event
        return None


def _is_same(event: EventRow, one: StepToTake) -> bool:
    """Whether this very step made that event, and it stands."""
    return (event.nonce, event.signature, event.evidence) == (
        one.nonce,
        one.signature,
        one.commitment,
    ) and event.status is not EventStatus.REFUSED


def _is_error(checked: HandedEvidence | LedgerError) -> bool:
    return isinstance(checked, LedgerError)
