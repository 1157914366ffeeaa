"""Audit of the exchange: is what is stored what the parties signed, and what the chain holds?

A message must make its commitment; an event its signature, its evidence and its place in a history
that the rules allow; a leg must stand as its events leave it. Then the chain is asked: it holds of
each leg how many events there are and one head over all of them with their states and times, so
what was altered, dropped, invented, exchanged or re-dated here shows there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from ledger import canonical
from ledger.chain.client import ChainClient
from ledger.chain.exchange_contracts import DocumentExchange, LegMoved
from ledger.clock import unix_seconds
from ledger.errors import LedgerError
from ledger.exchange.message import Routing
from ledger.exchange.rules import OPENINGS, RULES, LegParty
from ledger.identity.eip712 import Domain, recover
from ledger.records.commitment import commitment_of
from ledger.records.disclosure import DisclosedView
from ledger.services.exchange_replay import opening_of, replay, step_of
from ledger.services.finding import Finding
from ledger.storage.exchange_events import EventRow, EventStatus
from ledger.storage.exchange_legs import LegRow
from ledger.storage.exchange_messages import MessageRow
from ledger.storage.transaction import Transaction

if TYPE_CHECKING:
    from ledger.services.auditing import AuditReport

_PAGE = 500
_BLOCKS = 2_000
"""Blocks per question: nodes limit how much of the past one may ask for at once."""
_CLOCKS_APART = 300
"""Seconds by which an event may seem to be in a block before it was taken in."""


class ExchangeAudit:
    """Audits messages, legs and events; reads only."""

    def __init__(self, contract: DocumentExchange, client: ChainClient, domain: Domain) -> None:
        self._contract = contract
        self._client = client
        self._domain = domain

    def audit_stored(self, tx: Transaction, report: AuditReport) -> Iterator[Finding]:
        """Everything that can be told without the chain."""
        after = 0
        while messages := tx.exchange_messages.page(after, _PAGE):
            for row in messages:
                yield from _audit_message(row)
            after = messages[-1].pk
        yield from _audit_feed(tx)
        for leg, message, events in _legs(tx):
            report.legs += 1
            report.leg_events += len(events)
            if message is None:
                yield Finding("message-missing", _name(leg), "the message of the leg is gone")
                continue
            if (leg.key.sender, leg.code_number, leg.code_notation) != (
                message.sender,
                message.code_number,
                message.code_notation,
            ):
                yield Finding("leg-changed", _name(leg), "not of the message it belongs to")
            yield from self._audit_leg(leg, message, events)
        for pk, stored, leg_id in tx.exchange_legs.misnamed():
            yield Finding(
                "leg-changed", f"leg {stored.hex()}", f"row {pk} has the parts of {leg_id.hex()}"
            )

    def audit_chain(self, tx: Transaction) -> Iterator[Finding]:
        """What the chain holds against what is stored. Raises Unavailable where it cannot be
        asked."""
        for legs in _pages(tx):
            ids = [leg.key.leg for leg in legs]
            for leg, standing in zip(legs, self._contract.legs(ids), strict=True):
                if standing.events < leg.anchored:
                    yield Finding(
                        "event-invented",
                        _name(leg),
                        f"{leg.anchored} events told as anchored, the chain has {standing.events}",
                    )
                elif standing.events > leg.standing.events:
                    yield Finding(
                        "event-missing",
                        _name(leg),
                        f"the chain has {standing.events} events, {leg.standing.events} are stored",
                    )
                elif standing.events == leg.anchored and standing.head != leg.standing.head:
                    yield Finding(
                        "leg-head", _name(leg), "another history than the one the chain holds"
                    )
        head = self._client.head().number
        for first in range(0, head + 1, _BLOCKS):
            last = min(first + _BLOCKS - 1, head)
            logs = self._client.logs(
                self._contract.address, ["0x" + self._contract.moved_topic.hex()], first, last
            )
            told = [one for log in logs if (one := self._contract.read_moved(log)) is not None]
            for at in range(0, len(told), _PAGE):
                yield from _audit_moved(tx, told[at : at + _PAGE])

    def _audit_leg(
        self, leg: LegRow, message: MessageRow, events: Sequence[EventRow]
    ) -> Iterator[Finding]:
        for number, event in enumerate(events):
            if event.nonce != number:
                yield Finding(
                    "event-missing", _name(leg), f"event {number} is gone, {event.nonce} follows"
                )
                return
        for event in events:
            yield from self._audit_event(leg, message, event)
        try:
            replayed = replay(leg, message.message, events, self._domain)
        except LedgerError as error:
            yield Finding("event-impossible", _name(leg), error.detail)
            return
        if replayed.standing.head != leg.standing.head:
            yield Finding("leg-head", _name(leg), "the events do not make the leg's head")
        if replayed.standing != leg.standing or replayed.anchored != leg.anchored:
            yield Finding("leg-changed", _name(leg), "the leg does not stand as its events say")

    def _audit_event(self, leg: LegRow, message: MessageRow, event: EventRow) -> Iterator[Finding]:
        name = f"{_name(leg)}, event {event.nonce}"
        anchor = event.anchor
        if (anchor is not None) is not (event.status is EventStatus.ANCHORED):
            yield Finding("event-changed", name, "its status and its place on chain do not agree")
        if anchor is not None and unix_seconds(event.received_at) > anchor.time + _CLOCKS_APART:
            yield Finding("event-redated", name, "taken in after the chain had it")
        if event.signature is None or event.signer is None:
            rule = RULES.get(event.action)
            if rule is None or rule.party is not LegParty.ANYONE:
                yield Finding("event-signature", name, "nobody signed it")
            return
        opens = event.action in OPENINGS
        try:
            signed = opening_of(event, leg, message.message) if opens else step_of(event, leg)
            if recover(signed.digest(self._domain), event.signature) != event.signer:
                yield Finding("event-signature", name, "not what its party signed")
        except LedgerError as error:
            yield Finding("event-signature", name, error.detail)
        yield from _audit_evidence(event, name)


def _audit_message(row: MessageRow) -> Iterator[Finding]:
    name = f"message {row.document_id!r}, version {row.version}"
    try:
        view = DisclosedView.from_json(canonical.parse(row.view.encode()))
        routing = Routing.read(view)
    except LedgerError as error:
        yield Finding("message-changed", name, error.detail)
        return
    document = routing.document
    told = (routing.org, document.document_id.text, document.version)
    if view.commitment() != row.message:
        yield Finding("message-changed", name, "not what its sender committed to")
    elif told != row.key or (document.code_number, document.code_notation) != (
        row.code_number,
        row.code_notation,
    ):
        yield Finding("message-changed", name, "found under what it does not say")


def _audit_evidence(event: EventRow, name: str) -> Iterator[Finding]:
    if event.evidence_record is None or event.evidence_salt is None:
        yield Finding("evidence-missing", name, "the evidence is gone")
        return
    try:
        envelope = canonical.parse(event.evidence_record.encode())
        made = commitment_of(envelope, event.evidence_salt)
    except (LedgerError, KeyError, TypeError, AttributeError, AssertionError) as error:
        yield Finding("evidence-changed", name, f"cannot be read: {error!s:.100}")
        return
    if made != event.evidence:
        yield Finding("evidence-changed", name, "not what was committed to")


def _audit_moved(tx: Transaction, told: Sequence[LegMoved]) -> Iterator[Finding]:
    """Each event that the chain tells of, against where we say it is."""
    legs = tx.exchange_legs.by_id({one.leg for one in told})
    events = {
        (event.leg_pk, event.nonce): event
        for event in tx.exchange_events.of_legs([leg.pk for leg in legs.values()])
    }
    for one in told:
        leg = legs.get(one.leg)
        if leg is None:
            if one.nonce == 0:
                yield Finding(
                    "leg-missing", f"leg {one.leg.hex()}", "on chain, and not in the database"
                )
            continue
        name = f"{_name(leg)}, event {one.nonce}"
        event = events.get((leg.pk, one.nonce))
        if event is None:
            yield Finding("event-missing", name, "on chain, and not in the database")
        elif event.anchor is not None and (
            event.anchor.block,
            event.anchor.block_hash,
            event.anchor.transaction,
            event.anchor.log_index,
            event.anchor.head,
        ) != (one.log.block, one.log.block_hash, one.log.transaction, one.log.index, one.head):
            yield Finding("event-moved", name, "stored with another place on chain")
        elif (event.action, event.state, event.evidence) != (one.action, one.state, one.evidence):
            yield Finding("event-changed", name, "another event than the chain's")


def _audit_feed(tx: Transaction) -> Iterator[Finding]:
    """The feed has every number, tells of each event as it was taken in and in that order, and of
    what became of it."""
    seq, taken_pk = 0, 0
    while rows := tx.exchange_events.feed(None, seq, _PAGE):
        known = tx.exchange_events.of({row.event_pk for row in rows})
        for row in rows:
            name = f"feed {row.seq}"
            if row.seq != seq + 1:
                yield Finding("feed-gap", name, f"the number before it is {seq}")
            seq = row.seq
            event = known.get(row.event_pk)
            if event is None:
                yield Finding("event-missing", name, "it tells of an event that is gone")
            elif row.kind is EventStatus.WAITING:
                if row.event_pk <= taken_pk:
                    yield Finding("feed-reordered", name, "not in the order of the events")
                taken_pk = max(taken_pk, row.event_pk)
            elif row.kind is not event.status:
                yield Finding("feed-changed", name, "it tells another outcome than the event's")
    for pk in tx.exchange_events.untold():
        yield Finding("feed-missing", f"event {pk}", "the feed does not tell of it")


def _legs(tx: Transaction) -> Iterator[tuple[LegRow, MessageRow | None, Sequence[EventRow]]]:
    for legs in _pages(tx):
        messages = tx.exchange_messages.of({leg.message_pk for leg in legs})
        events = {
            pk: list(group)
            for pk, group in groupby(
                tx.exchange_events.of_legs([leg.pk for leg in legs]), key=lambda event: event.leg_pk
            )
        }
        for leg in legs:
            yield leg, messages.get(leg.message_pk), events.get(leg.pk, [])


def _pages(tx: Transaction) -> Iterator[Sequence[LegRow]]:
    after = 0
    while legs := tx.exchange_legs.page(after, _PAGE):
        yield legs
        after = legs[-1].pk


def _name(leg: LegRow) -> str:
    return f"leg {leg.key.leg.hex()}"
