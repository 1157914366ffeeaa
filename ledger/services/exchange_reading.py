"""Reading the exchange: legs, what happened to them, the search, the feed.

A party sees its own legs; an auditor and the operator see those of any party they name, and what
they see is metadata and evidence, for there is nothing else here. Who acts for a party by a mandate
sees the legs it may do something to while the mandate stands, and for good those it has done
something to; never a wrapped key. Whoever has no part in a leg is told that there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from ledger.chain.exchange_contracts import Mandates
from ledger.clock import Clock, unix_seconds
from ledger.digest import Digest
from ledger.errors import Forbidden, NotFound
from ledger.exchange.rules import LegState
from ledger.identity.organization import OrgId, Role
from ledger.services.caller import Caller, Scope
from ledger.storage.database import Database
from ledger.storage.exchange_events import EventRow, EventStatus
from ledger.storage.exchange_legs import LegRow, LegSearch
from ledger.storage.exchange_messages import MessageRow
from ledger.storage.exchange_wraps import WrapRow


@dataclass(frozen=True, slots=True)
class LegView:
    """A leg with the message it carries and everything that happened to it; `rewrapped` are its
    later wraps, oldest first, for its parties."""

    leg: LegRow
    message: MessageRow
    events: Sequence[EventRow]
    rewrapped: Sequence[WrapRow] = ()


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One line of the feed: `kind` says what became of the event just then."""

    seq: int
    kind: EventStatus
    leg: LegRow
    event: EventRow


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Lines after a number, and the last number there is for anybody."""

    items: Sequence[FeedItem]
    last: int


class ExchangeReading:
    """Answers questions; changes nothing."""

    def __init__(self, db: Database, clock: Clock, mandates: Mandates) -> None:
        self._db = db
        self._clock = clock
        self._mandates = mandates

    def leg(self, caller: Caller, leg: Digest) -> LegView:
        """One leg. Raises NotFound `leg-unknown`; Unavailable where it depends on a mandate and no
        node of the chain answers."""
        caller.require(Scope.READ)
        with self._db.read() as tx:
            row = tx.exchange_legs.find(leg)
            if row is None:
                raise _unknown()
            message = tx.exchange_messages.of([row.message_pk])[row.message_pk]
            events = tx.exchange_events.of_leg(row.pk)
            is_party = caller.org in (row.key.sender, row.key.recipient)
            rewrapped = tx.exchange_wraps.of_leg(row.pk) if is_party else ()
        if not may_see(caller, row):
            if not self._may_act(caller, row, events):
                raise _unknown()
            row = replace(row, wrapped_key=None)
        return LegView(row, message, events, rewrapped)

    def message(
        self, caller: Caller, sender: OrgId, document_id: str, version: int
    ) -> tuple[MessageRow, Sequence[LegRow]]:
        """A message and those of its legs the caller has part in. Raises NotFound
        `message-unknown`."""
        caller.require(Scope.READ)
        with self._db.read() as tx:
            row = tx.exchange_messages.find(sender, document_id, version)
            legs = [] if row is None else tx.exchange_legs.of_message(row.pk)
        seen = [leg for leg in legs if may_see(caller, leg)]
        if row is None or not seen:
            raise NotFound("message-unknown", "no such message, or none of yours")
        return row, seen

    def search(
        self,
        caller: Caller,
        party: OrgId,
        *,
        sent: bool,
        other: OrgId | None = None,
        number: str | None = None,
        notation: str | None = None,
        state: LegState | None = None,
        since: date | None = None,
        until: date | None = None,
        overdue: bool = False,
        after: tuple[date | int, int] | None = None,
        limit: int,
    ) -> Sequence[LegRow]:
        """Legs that the party sent or receives, newest paper first; with `overdue` only what is
        awaited in vain, longest first. `after` is the place of the last one seen. Raises Forbidden
        `foreign-organization` where they are not the caller's own, the caller is no auditor and has
        no mandate for legs of that kind; Unavailable as `leg`."""
        caller.require(Scope.READ)
        is_own = party == caller.org or is_auditor(caller)
        if not is_own and not self._is_mandated(caller, party, sent=sent):
            raise Forbidden("foreign-organization", "these legs are another organization's")
        wanted = LegSearch(
            party=party,
            sent=sent,
            other=other,
            number=number,
            notation=notation,
            state=state,
            since=since,
            until=until,
            overdue_at=unix_seconds(self._clock.now()) if overdue else None,
        )
        with self._db.read() as tx:
            return tx.exchange_legs.search(wanted, after, limit)

    def feed(self, caller: Caller, after: int, limit: int) -> FeedPage:
        """What happened to the caller's legs after that number, in the order of the server; an
        auditor is told of all. Asked again, it is told the same again."""
        caller.require(Scope.READ)
        with self._db.read() as tx:
            rows = tx.exchange_events.feed(None if is_auditor(caller) else caller.org, after, limit)
            events = tx.exchange_events.of({row.event_pk for row in rows})
            legs = tx.exchange_legs.of({event.leg_pk for event in events.values()})
            last = tx.exchange_events.last_seq()
        return FeedPage(
            [
                FeedItem(row.seq, row.kind, legs[events[row.event_pk].leg_pk], events[row.event_pk])
                for row in rows
            ],
            last,
        )

    def _may_act(self, caller: Caller, leg: LegRow, events: Sequence[EventRow]) -> bool:
        """Whether the caller does, or did, something here for one of the parties."""
        if any(one.actor == bytes(caller.org) for one in events):
            return True
        parties = ((leg.key.sender, True), (leg.key.recipient, False))
        return any(self._is_mandated(caller, party, sent=sent) for party, sent in parties)

    def _is_mandated(self, caller: Caller, giver: OrgId, *, sent: bool) -> bool:
        mandate = self._mandates.find(giver, caller.org)
        now = unix_seconds(self._clock.now())
        return mandate is not None and mandate.reaches(now, sent=sent)


def may_see(caller: Caller, leg: LegRow) -> bool:
    """Whether the leg is the caller's to know of, mandates apart."""
    return caller.org in (leg.key.sender, leg.key.recipient) or is_auditor(caller)


def is_auditor(caller: Caller) -> bool:
    """Whether the caller's organization audits, or runs this installation."""
    return bool(caller.roles & (Role.AUDITOR | Role.OPERATOR))


def _unknown() -> NotFound:
    return NotFound("leg-unknown", "no such leg, or none of yours")
