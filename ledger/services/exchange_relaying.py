"""Relaying: stored events of legs go to DocumentExchange, many in one transaction.

The worker brings them there in the order they were taken in, so that of each leg every event comes
after the one before. One wave of transactions is under way at a time; the next begins when all of
it is settled. States and what each survives:

1. waiting    stored and answered for. Nothing of it is on its way.
2. relayed    part of a numbered batch. The batch's call data follow from its rows, the journal
              takes each purpose `exchange/<batch>` once: a crash between the two is repaired by
              the next pass, which makes the same call.
3. anchored   the transaction is confirmed and the event was found in its block: number, time, head.
              A chain that was rewritten below that gets it again, from the same bytes.
   refused    the contract does not take it. One that reverts takes its whole batch along; then the
              culprit is looked for by simulation, refused with the contract's reason, and whatever
              came after it on the same leg with it. The rest waits again.

Nothing here can invent an event: what a party did not sign, the contract does not take.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import structlog

from ledger.chain.abi import ContractReverted, name_revert
from ledger.chain.client import CallReverted, ChainClient
from ledger.chain.contracts import Act
from ledger.chain.exchange_contracts import DocumentExchange, LegMoved
from ledger.chain.submitter import Submitter
from ledger.digest import Digest
from ledger.errors import Conflict
from ledger.exchange.leg import NEVER_OPENED
from ledger.exchange.rules import OPENINGS, LegAction
from ledger.exchange.signed import LegKey
from ledger.identity.eip712 import Domain
from ledger.ports import Journal, JournalEntry, TransactionState
from ledger.services.exchange_replay import opening_of, replay, step_of
from ledger.storage.database import Database
from ledger.storage.exchange_events import EventAnchor, EventRow, EventStatus
from ledger.storage.exchange_legs import LegRow
from ledger.storage.exchange_messages import MessageRow
from ledger.storage.leases import Lease
from ledger.storage.transaction import Transaction

_log = structlog.get_logger(__name__)

PURPOSE = "exchange/"
BATCH = 150
"""Events of one transaction: some 100 KB of call data, below the 128 KB that nodes take."""
WAVE = 16
"""Transactions of one wave."""
_STARTING = (LegAction.ARRIVE, LegAction.REQUEST_RECALL)
"""What starts the time to answer, which runs from its block."""


class ExchangeRelaying:
    """Relays events and learns what became of them."""

    def __init__(
        self,
        db: Database,
        journal: Journal,
        client: ChainClient,
        contract: DocumentExchange,
        domain: Domain,
        submitter: Submitter,
    ) -> None:
        self._db = db
        self._journal = journal
        self._client = client
        self._contract = contract
        self._domain = domain
        self._submitter = submitter

    def run_once(self, lease: Lease) -> bool:
        """One pass. True when something changed. Raises Conflict `lease-lost`, Unavailable."""
        with self._db.read() as tx:
            batches = tx.exchange_events.open_batches()
        lost = self._find_lost(batches)
        if lost:
            self._reopen(lost, lease)
            return True
        if batches:
            settled = [self._settle(batch, lease) for batch in batches]
            return any(settled)
        return self._start(lease)

    def _find_lost(self, batches: Sequence[int]) -> set[int]:
        """Batches told as anchored whose transaction the chain no longer confirms."""
        underway = {
            int(entry.purpose.removeprefix(PURPOSE))
            for entry in self._journal.unconfirmed(self._submitter.address)
            if entry.purpose.startswith(PURPOSE)
        }
        return underway.difference(batches)

    def _reopen(self, lost: AbstractSet[int], lease: Lease) -> None:
        """What the chain forgot is on its way again, its legs stand where the chain has them."""
        with self._db.write() as tx:
            tx.leases.check(lease)
            legs = tx.exchange_legs.locked(tx.exchange_events.reopen(lost))
            events = tx.exchange_events.of_legs(sorted(legs))
            for event in reversed(events):
                if event.anchor is None:
                    leg = legs[event.leg_pk]
                    legs[leg.pk] = replace(leg, anchored=event.nonce)
            heads = {(event.leg_pk, event.nonce): event.anchor for event in events}
            for leg in legs.values():
                last = heads.get((leg.pk, leg.anchored - 1))
                head = NEVER_OPENED.head if last is None else last.head
                moved = replace(leg, standing=replace(leg.standing, head=head))
                tx.exchange_legs.update(moved)
        _log.warning("events lost by the chain", batches=sorted(lost))

    def _start(self, lease: Lease) -> bool:
        """Make the next wave of what waits."""
        with self._db.read() as tx:
            waiting = tx.exchange_events.waiting(BATCH * WAVE)
        groups = [waiting[at : at + BATCH] for at in range(0, len(waiting), BATCH)]
        if not groups:
            return False
        with self._db.write() as tx:
            tx.leases.check(lease)
            numbers = [tx.exchange_events.bundle([event.pk for event in group]) for group in groups]
        # From here on a crash leaves numbered batches, which the next pass takes up by `_settle`.
        for number, group in zip(numbers, groups, strict=True):
            self._send(number, group)
        return True

    def _send(self, batch: int, events: Sequence[EventRow]) -> None:
        act = self._act(self._calls(events))
        self._submitter.submit(f"{PURPOSE}{batch}", *act, simulate=False)

    def _settle(self, batch: int, lease: Lease) -> bool:
        """Follow one batch. True when something changed."""
        entry = self._journal.find_purpose(f"{PURPOSE}{batch}")
        if entry is None:
            self._send(batch, self._events(batch))
            return True
        if entry.state is TransactionState.FAILED:
            self._part(batch, self._events(batch), lease)
            return True
        if entry.state is not TransactionState.CONFIRMED or entry.block is None:
            return False
        return self._anchor(entry, self._events(batch), lease)

    def _events(self, batch: int) -> Sequence[EventRow]:
        with self._db.read() as tx:
            return tx.exchange_events.of_batch(batch)

    def _anchor(self, entry: JournalEntry, events: Sequence[EventRow], lease: Lease) -> bool:
        """Find each event in the block that holds its transaction."""
        receipt = self._client.find_receipt(entry.hash)
        if receipt is None or receipt.block_hash != entry.block_hash:
            return False  # it moved since the submitter looked; the next pass will know
        block = self._client.find_block(receipt.block)
        if block is None or block.hash != receipt.block_hash:
            return False
        moved = {
            (told.leg, told.nonce): told
            for log in receipt.logs
            if (told := self._contract.read_moved(log)) is not None
        }
        with self._db.write() as tx:
            tx.leases.check(lease)
            # Legs first, the feed last: whoever takes a step does it in this order too.
            legs = tx.exchange_legs.locked({event.leg_pk for event in events})
            anchored: list[tuple[int, EventAnchor, LegKey]] = []
            for event in events:
                leg = legs[event.leg_pk]
                told = _find_moved(event, leg, moved)
                legs[leg.pk] = _advance(leg, event, told.head, block.time)
                anchor = EventAnchor(
                    block=block.number,
                    block_hash=block.hash,
                    time=block.time,
                    transaction=entry.hash,
                    log_index=told.log.index,
                    head=told.head,
                )
                anchored.append((event.pk, anchor, leg.key))
            awaited = {event.leg_pk for event in events if event.action in _STARTING}
            tx.exchange_legs.anchor_all(list(legs.values()), awaited)
            tx.exchange_events.anchor(anchored)
        return True

    def _part(self, batch: int, events: Sequence[EventRow], lease: Lease) -> None:
        """The batch reverted: refuse what makes it revert now, and let the rest wait again."""
        left = self._calls(events)
        refused: list[tuple[EventRow, str]] = []
        while left and (found := self._find_culprit(left)) is not None:
            refused.append(found)
            # What follows on the same leg was signed for a leg on which this had happened.
            left = [call for call in left if call.event.leg_pk != found[0].leg_pk]
        with self._db.write() as tx:
            tx.leases.check(lease)
            for culprit, why in refused:
                _log.warning("event refused", pk=culprit.pk, action=culprit.action.name, why=why)
                self._refuse(tx, culprit, why)
            tx.exchange_events.unbundle(batch)

    def _refuse(self, tx: Transaction, culprit: EventRow, why: str) -> None:
        """Note that the chain does not take this event, nor what followed it on its leg, and put
        the leg back to where it stands without them."""
        leg = tx.exchange_legs.locked({culprit.leg_pk})[culprit.leg_pk]
        events = [
            event
            for event in tx.exchange_events.of_leg(leg.pk)
            if event.status is not EventStatus.REFUSED
        ]
        message = tx.exchange_messages.of([leg.message_pk])[leg.message_pk].message
        stands = [event for event in events if event.nonce < culprit.nonce]
        tx.exchange_legs.update(replay(leg, message, stands, self._domain))
        tx.exchange_events.refuse([culprit.pk], leg.key, why)
        after = [event.pk for event in events if event.nonce > culprit.nonce]
        tx.exchange_events.refuse(after, leg.key, "an event before it was refused")

    def _find_culprit(self, calls: Sequence[_Call]) -> tuple[EventRow, str] | None:
        """The first event with which the calls so far revert, and why; None if all pass now."""
        reverted = self._simulate(calls)
        if reverted is None:
            return None
        passes, fails = 0, len(calls)
        while fails - passes > 1:
            middle = (passes + fails) // 2
            now = self._simulate(calls[:middle])
            if now is None:
                passes = middle
            else:
                fails, reverted = middle, now
        return calls[fails - 1].event, reverted.name or reverted.detail

    def _simulate(self, calls: Sequence[_Call]) -> ContractReverted | None:
        act = self._act(calls)
        try:
            self._client.call(act.to, act.data, sender=self._submitter.address)
        except CallReverted as reverted:
            return name_revert(reverted)
        return None

    def _act(self, calls: Sequence[_Call]) -> Act:
        openings = sum(call.event.action in OPENINGS for call in calls)
        return self._contract.batch([call.data for call in calls], openings)

    def _calls(self, events: Sequence[EventRow]) -> list[_Call]:
        """What relays each event, made from its rows."""
        with self._db.read() as tx:
            legs = tx.exchange_legs.of({event.leg_pk for event in events})
            opened = [legs[event.leg_pk] for event in events if event.action in OPENINGS]
            messages = tx.exchange_messages.of({leg.message_pk for leg in opened})
        return [_Call(event, self._data(event, legs[event.leg_pk], messages)) for event in events]

    def _data(self, event: EventRow, leg: LegRow, messages: Mapping[int, MessageRow]) -> bytes:
        if event.signature is None or event.signer is None:
            return self._contract.lapse_call(leg.key.leg, event.action)
        if event.action in OPENINGS:
            opening = opening_of(event, leg, messages[leg.message_pk].message)
            return self._contract.open_call(opening, event.signer, event.signature)
        return self._contract.act_call(step_of(event, leg), event.signer, event.signature)


@dataclass(frozen=True, slots=True)
class _Call:
    event: EventRow
    data: bytes


def _find_moved(
    event: EventRow, leg: LegRow, moved: Mapping[tuple[Digest, int], LegMoved]
) -> LegMoved:
    told = moved.get((leg.key.leg, event.nonce))
    if told is None or (told.action, told.state, told.evidence) != (
        event.action,
        event.state,
        event.evidence,
    ):
        raise Conflict(
            "exchange-diverged",
            f"event {event.nonce} of leg {leg.key.leg.hex()} is not in its own transaction",
        )
    return told


def _advance(leg: LegRow, event: EventRow, head: Digest, block_time: int) -> LegRow:
    """The leg when the chain has this event too, in a block of that time."""
    standing = replace(leg.standing, head=head)
    if event.action in _STARTING:
        standing = replace(standing, answer_by=block_time + standing.answer_within)
    return replace(leg, standing=standing, anchored=event.nonce + 1)
