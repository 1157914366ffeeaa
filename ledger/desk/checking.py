"""Checking what the server tells of a leg, before any of it is believed.

1. The opening is of this message, between these parties, and every event follows from those before
   it by the rules (`ledger.exchange.leg`), so none is left out, doubled or moved.
2. Every step is signed, by a key the registry has for that organization and purpose at that time;
   where another acts for the party, by a mandate that stood on the chain just then.
3. Its evidence makes the commitment that was signed, and describes exactly that step.
4. Where events are in blocks, the hash chain over them is what the server says; with a node of the
   chain (`ledger.desk.chain`) it is also what the contract holds.

A fault in 1, 3 and 4, and a signature nobody of the party made, is a lie of somebody's: nothing
more is believed of that leg. A key or mandate that cannot be looked up is only a doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ledger.desk.events import DeskEvent
from ledger.desk.registry import Registry, allows
from ledger.digest import Digest
from ledger.errors import LedgerError, Unavailable, VerificationFailed
from ledger.exchange import erds
from ledger.exchange.leg import NEVER_OPENED, Leg, Standing
from ledger.exchange.rules import OPENINGS, RULES, LegAction
from ledger.exchange.signed import Opening, Step
from ledger.identity.eip712 import Domain, recover
from ledger.identity.organization import OrgId, Purpose


class ChainOfLegs(Protocol):
    """What the contract holds of a leg now."""

    def get_leg(self, leg: bytes) -> Leg:
        """The leg. Raises Unavailable where no node answers."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the events of a leg come to. `anchored` events are in blocks; `doubts` are what could
    not be checked."""

    leg: Leg
    anchored: int
    doubts: tuple[str, ...]


def judge(
    events: Sequence[DeskEvent],
    message: Digest,
    domain: Domain,
    registry: Registry,
    standing: Standing,
) -> Judged:
    """Check all events of one leg, from its opening on.

    Raises VerificationFailed `desk-event-invalid` where they cannot be true.
    """
    leg = NEVER_OPENED
    anchored = 0
    doubts: list[str] = []
    for number, event in enumerate(events):
        try:
            leg = _follow(leg, number, event, message, domain, standing)
            _check_evidence(event)
            _check_signer(event, domain, registry)
            _check_mandate(event, registry)
        except Unavailable as doubt:
            doubts.append(f"{number}: {doubt}")
        except LedgerError as error:
            raise VerificationFailed(
                "desk-event-invalid", f"event {number} ({event.action.name}): {error}"
            ) from error
        if leg.state is not event.state:
            raise VerificationFailed(
                "desk-event-invalid",
                f"event {number} ({event.action.name}) leads to {leg.state.name}, "
                f"not to {event.state.name}",
            )
        if event.spot is not None:
            if anchored != number or event.spot.head != leg.head:
                raise VerificationFailed(
                    "desk-head-differs", f"event {number} is not what the block is said to hold"
                )
            anchored = number + 1
    if anchored < len(events):
        # Their block times are not known, so neither is the hash chain.
        head = events[anchored - 1].spot if anchored else None
        leg = replace(leg, head=NEVER_OPENED.head if head is None else head.head)
    return Judged(leg, anchored, tuple(doubts))


def check_head(chain: ChainOfLegs, events: Sequence[DeskEvent], judged: Judged) -> None:
    """That the contract's hash chain is the one these events make. Raises VerificationFailed
    `desk-head-differs`, Unavailable where no node answers."""
    found = chain.get_leg(events[0].key.leg)
    if found.events < judged.anchored:
        raise VerificationFailed(
            "desk-head-differs",
            f"{judged.anchored} events are said to be in blocks; the chain has {found.events}",
        )
    if found.events == judged.anchored and judged.anchored:
        spot = events[judged.anchored - 1].spot
        if spot is None or spot.head != found.head:
            raise VerificationFailed("desk-head-differs", "the chain holds other events")


def _follow(
    leg: Leg,
    number: int,
    event: DeskEvent,
    message: Digest,
    domain: Domain,
    standing: Standing,
) -> Leg:
    if event.nonce != number:
        raise VerificationFailed("desk-event-invalid", f"an event {event.nonce} stands there")
    signed = event.signed
    if isinstance(signed, Opening):
        if signed.message != message:
            raise VerificationFailed("desk-event-invalid", "it opens a leg of another message")
        known = _besides(event.key.leg, standing)
        return Leg.open(signed, domain, event.time, known, recipient=True)
    if isinstance(signed, Step):
        return leg.act(signed, domain, event.time, standing)
    if event.action is LegAction.EXPIRE:
        return leg.expire(event.key.leg, event.time)
    return leg.mark_overdue(event.key.leg, event.time)


def _besides(own: bytes, standing: Standing) -> Standing:
    """The standing of other legs; this one is judged from its beginning, known before or not."""
    return lambda leg: NEVER_OPENED.state if bytes(leg) == bytes(own) else standing(leg)


def _check_evidence(event: DeskEvent) -> None:
    if event.signed is None:
        return
    if event.record is None or event.salt is None:
        raise VerificationFailed("desk-event-invalid", "its evidence is missing")
    evidence = erds.read_record(event.record)
    evidence.check_describes(event.signed)
    if erds.commitment(evidence, event.salt) != event.signed.evidence:
        raise VerificationFailed(
            "desk-event-invalid", "its evidence does not make the commitment that was signed"
        )


def _check_signer(event: DeskEvent, domain: Domain, registry: Registry) -> None:
    signed = event.signed
    if signed is None:
        return
    if event.signer is None or event.signature is None:
        raise VerificationFailed("desk-event-invalid", "its signature is missing")
    if recover(signed.digest(domain), event.signature) != event.signer:
        raise VerificationFailed("desk-event-invalid", f"not signed by {event.signer}")
    purpose = _purpose(signed)
    if event.spot is not None and signed.deadline < event.spot.time:
        raise VerificationFailed("desk-event-invalid", "it was in a block after its deadline")
    entry = registry.find_key(signed.actor, event.signer)
    if entry is None or not allows(entry, purpose, event.time):
        raise VerificationFailed(
            "desk-event-invalid", f"{event.signer} was no {purpose.name} key of who acts"
        )


def _check_mandate(event: DeskEvent, registry: Registry) -> None:
    """That who acts for another was allowed to, by what was on the chain before the event."""
    signed, spot = event.signed, event.spot
    if signed is None or signed.actor == event.org:
        return
    place = None if spot is None else (spot.block, spot.log_index)
    mandate = registry.find_mandate(OrgId(event.org), signed.actor, place)
    if mandate is not None and mandate.allows(event.action, event.time):
        return
    if spot is None:
        # Mandate and event may both be on their way; the contract decides when they get there.
        raise Unavailable("desk-mandate-unchecked", f"no mandate for {event.action.name} is seen")
    raise VerificationFailed(
        "desk-event-invalid", f"{signed.actor.text} had no mandate for {event.action.name}"
    )


def _purpose(signed: Opening | Step) -> Purpose:
    if isinstance(signed, Opening):
        return OPENINGS[signed.action][1]
    return RULES[signed.action].purpose
