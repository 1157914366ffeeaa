"""A leg made anew from its stored events, by the rules alone: what its row would have to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ledger.clock import unix_seconds
from ledger.exchange.leg import NEVER_OPENED, Leg
from ledger.exchange.rules import OPENINGS, LegAction, LegState
from ledger.exchange.signed import Opening, Step
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId
from ledger.storage.exchange_events import EventRow
from ledger.storage.exchange_legs import LegRow


def opening_of(event: EventRow, leg: LegRow, message: bytes) -> Opening:
    """What the sender signed, from its rows."""
    terms = leg.standing
    return Opening(
        key=leg.key,
        actor=OrgId(event.actor),
        action=event.action,
        message=message,
        evidence=event.evidence,
        deadline=event.deadline,
        reason=event.reason,
        replaces=leg.replaces,
        arrive_by=terms.arrive_by,
        answer_within=terms.answer_within,
        settle_by=terms.settle_by,
        attempts=terms.attempts,
    )


def step_of(event: EventRow, leg: LegRow) -> Step:
    """What a party signed, from its rows."""
    return Step(
        key=leg.key,
        org=OrgId(event.org),
        actor=OrgId(event.actor),
        action=event.action,
        evidence=event.evidence,
        nonce=event.nonce,
        deadline=event.deadline,
        reason=event.reason,
        link=event.link,
    )


def replay(leg: LegRow, message: bytes, events: Sequence[EventRow], domain: Domain) -> LegRow:
    """The leg after these of its events, from the opening on and in order.

    The times are those of the blocks; an event that is in none yet stands with the time we took it
    in, and without a head. Raises what `Leg` raises where the events could not have happened.
    """
    terms = leg.standing
    standing = replace(
        NEVER_OPENED,
        attempts=terms.attempts,
        arrive_by=terms.arrive_by,
        answer_within=terms.answer_within,
        settle_by=terms.settle_by,
    )
    head, anchored = NEVER_OPENED.head, 0
    for event in events:
        now = event.anchor.time if event.anchor is not None else unix_seconds(event.received_at)
        standing = _follow(standing, leg, message, event, domain, now)
        if event.anchor is not None:
            head, anchored = standing.head, anchored + 1
    return replace(leg, standing=replace(standing, head=head), anchored=anchored)


def _follow(
    standing: Leg, leg: LegRow, message: bytes, event: EventRow, domain: Domain, now: int
) -> Leg:
    own = leg.key.leg

    def others(one: bytes) -> LegState:
        # Whether a leg that is named exists was judged when the event came; its own does not yet.
        return standing.state if one == own else LegState.SUBMITTED

    if event.action in OPENINGS:
        return Leg.open(opening_of(event, leg, message), domain, now, others, recipient=True)
    if event.action is LegAction.EXPIRE:
        return standing.expire(own, now)
    if event.action is LegAction.MARK_OVERDUE:
        return standing.mark_overdue(own, now)
    return standing.act(step_of(event, leg), domain, now, others)
