"""Bringing a leg up to date: what the server tells of it is judged, then kept.

A lie leaves what was known before untouched and is written beside the leg as its fault; from then
on nothing is done to it by itself, and everybody who looks at it is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from ledger import canonical
from ledger.client.exchange import ExchangeClient
from ledger.clock import Clock, unix_seconds
from ledger.desk.checking import ChainOfLegs, Judged, check_head, judge
from ledger.desk.events import DeskEvent, drop_events, events_of, put_event
from ledger.desk.legs import LegRow, find_leg, get_leg, put_leg, standing_of
from ledger.desk.messages import Stage, add_message, find_message, get_message
from ledger.desk.partners import find_partner
from ledger.desk.registry import Registry
from ledger.desk.settings import DeskSettings
from ledger.desk.store import Store, Transaction
from ledger.desk.wire import ToldLeg, read_told_leg
from ledger.errors import VerificationFailed
from ledger.exchange.rules import LegAction
from ledger.exchange.signed import ZERO, LegKey, Opening, Step
from ledger.identity.eip712 import Domain

_log = structlog.get_logger(__name__)

_MOST_REPLACED = 100
"""Versions of a document that are asked for one after the other: a lie has no end."""


class Syncing:
    """Reads legs from the server into the store."""

    def __init__(
        self,
        store: Store,
        server: ExchangeClient,
        settings: DeskSettings,
        domain: Domain,
        registry: Registry,
        clock: Clock,
        chain: ChainOfLegs | None = None,
    ) -> None:
        self._store = store
        self._server = server
        self._settings = settings
        self._domain = domain
        self._registry = registry
        self._clock = clock
        self._chain = chain

    def sync(self, leg: bytes) -> LegRow:
        """The leg as it is now. Raises VerificationFailed where the server's word cannot be true,
        Unavailable where it cannot be had."""
        told = self._ask(leg)
        self._take_in_related(told)
        return self._take_in(told)

    def _ask(self, leg: bytes) -> ToldLeg:
        return read_told_leg(leg, self._server.get_leg(leg), self._server.get_events(leg))

    def _take_in_related(self, told: ToldLeg) -> None:
        """Take in what this leg is judged by and nobody has told us of yet: the legs it takes the
        place of, and the one that took its own. A leg and its successor are judged by each other,
        so each is taken in as it was before it was replaced."""
        before: list[ToldLeg] = []
        oldest = told
        while len(before) < _MOST_REPLACED and not self._knows(oldest.replaces):
            oldest = self._ask(oldest.replaces)
            before.append(oldest)
        for one in reversed(before):
            self._take_in(_before_replaced(one))
        successor = _successor_of(told)
        if not self._knows(successor):
            self._take_in(_before_replaced(told))
            self._take_in(_before_replaced(self._ask(successor)))

    def _knows(self, leg: bytes) -> bool:
        """Whether there is nothing to ask about it: it is known, or no leg at all."""
        if leg == ZERO:
            return True
        with self._store.read() as tx:
            return find_leg(tx, leg) is not None

    def _take_in(self, told: ToldLeg) -> LegRow:
        leg = told.key.leg
        try:
            with self._store.read() as tx:
                judged = self._judge(tx, told)
            if self._chain is not None:
                check_head(self._chain, told.events, judged)
        except VerificationFailed as lie:
            self._note_fault(leg, str(lie))
            raise
        with self._store.write() as tx:
            self._keep(tx, told, judged)
            return get_leg(tx, leg)

    def _judge(self, tx: Transaction, told: ToldLeg) -> Judged:
        if self._settings.org not in (told.key.sender, told.key.recipient):
            raise VerificationFailed("desk-event-invalid", "the leg is none of ours")
        if told.routing.org != told.key.sender:
            raise VerificationFailed("desk-event-invalid", "the message is not the sender's")
        if not told.events or not isinstance(told.events[0].signed, Opening):
            raise VerificationFailed("desk-event-invalid", "the leg has no opening")
        before = find_leg(tx, told.key.leg)
        if before is not None:
            _check_nothing_lost(events_of(tx, told.key), told.events)
        return judge(
            told.events,
            told.message,
            self._domain,
            self._registry,
            lambda other: standing_of(tx, other),
        )

    def _keep(self, tx: Transaction, told: ToldLeg, judged: Judged) -> None:
        now = unix_seconds(self._clock.now())
        outgoing = told.key.sender == self._settings.org
        if find_message(tx, told.message) is None:
            add_message(
                tx,
                told.message,
                told.routing.document,
                told.key.sender,
                canonical.encode(told.view.to_json()).decode(),
                Stage.SUBMITTED if outgoing else Stage.ANNOUNCED,
                now,
            )
        message = get_message(tx, told.message)
        is_destroyed = message.destroyed_at is not None or message.destroying
        before = find_leg(tx, told.key.leg)
        if before is not None and before.leg == judged.leg and before.fault is None:
            changed_at = before.changed_at
        else:
            changed_at = told.events[-1].received_at
        drop_events(tx, told.key.leg, len(told.events))
        for event in told.events:
            put_event(tx, event)
        put_leg(
            tx,
            LegRow(
                key=told.key,
                message=told.message,
                outgoing=outgoing,
                other_name=self._other_name(tx, told, outgoing=outgoing),
                leg=judged.leg,
                replaces=told.replaces,
                # What was destroyed here is not taken back in from the server.
                wrapped_key=None if is_destroyed else told.wrapped_key,
                rewrapped=() if is_destroyed else told.rewrapped,
                arrival_number=None,
                arrival_date=None,
                assigned_to=None,
                changed_at=changed_at,
                fault=None,
                doubt="; ".join(judged.doubts) or None,
            ),
        )

    def _other_name(self, tx: Transaction, told: ToldLeg, *, outgoing: bool) -> str:
        other = told.key.recipient if outgoing else told.key.sender
        known = find_partner(tx, other)
        if known is not None:
            return known.name or known.organ_id
        # Not known here, so only its own code is shown: a name anybody could give itself.
        return told.routing.document.sender if not outgoing else other.text

    def _note_fault(self, leg: bytes, detail: str) -> None:
        _log.warning("a leg was told that cannot be true", leg=leg.hex(), detail=detail)
        with self._store.write() as tx:
            known = find_leg(tx, leg)
            if known is not None:
                put_leg(tx, replace(known, fault=detail))


def _successor_of(told: ToldLeg) -> bytes:
    """The leg that took its place, ZERO where none did."""
    for event in told.events:
        if event.action is LegAction.SUPERSEDE and isinstance(event.signed, Step):
            return LegKey(told.key.sender, told.key.recipient, event.signed.link).leg
    return ZERO


def _before_replaced(told: ToldLeg) -> ToldLeg:
    """The leg as it was before another took its place."""
    for at, event in enumerate(told.events):
        if event.action is LegAction.SUPERSEDE:
            return replace(told, events=told.events[:at])
    return told


def _check_nothing_lost(known: Sequence[DeskEvent], told: Sequence[DeskEvent]) -> None:
    """What a party signed, and we have, is there still: a server that takes an event back after it
    was in a block would have us forget it."""
    for event in known:
        if event.spot is None:
            continue
        same = told[event.nonce] if event.nonce < len(told) else None
        if same is None or same.signature != event.signature or same.action != event.action:
            raise VerificationFailed(
                "desk-event-invalid",
                f"event {event.nonce} ({event.action.name}) was in a block and is another now",
            )
