"""Bundles of legs: what we hold of a leg and what the chain proves of it, in one file for a party.

Of the message the server holds the routing alone; a party that has the rest puts manifest and
documents in (`ledger.proof.leg_cover.enclose`), and the file proves those as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from ledger import canonical
from ledger.chain.blocks import Block
from ledger.chain.client import ChainClient
from ledger.chain.state_proofs import prove_slot, read_row
from ledger.clock import Clock
from ledger.digest import Digest
from ledger.errors import Unavailable
from ledger.exchange.rules import OPENINGS
from ledger.identity.address import parse_address
from ledger.identity.organization import KeyEntry, OrgId
from ledger.proof.block_headers import MOST_HEADERS, BlockHeader
from ledger.proof.leg_bundle import EvidenceFile, LegAnchor, LegBundle, StampFile
from ledger.proof.leg_events import LegEvent, Signature
from ledger.proof.state_proof import leg_head_slot
from ledger.records.disclosure import DisclosedView
from ledger.services.caller import Caller
from ledger.services.exchange import Exchange
from ledger.services.exchange_reading import LegView
from ledger.services.exchange_replay import opening_of, step_of
from ledger.storage.database import Database
from ledger.storage.exchange_events import EventRow, EventStatus
from ledger.storage.timestamps import TimestampRow
from ledger.timestamps.statement import parse_statement

_ATTEMPTS = 5
_PAUSE_SECONDS = 0.3

FindKey = Callable[[OrgId, str], KeyEntry]
"""The registry's entry of a key. Raises Unavailable."""


class LegBundling:
    """Makes bundles. `certificates` are the roots of the time-stamping authority, DER."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        client: ChainClient,
        exchange: Exchange,
        *,
        settled: Callable[[], Block | None],
        find_key: FindKey,
        genesis: Digest,
        certificates: Sequence[bytes] = (),
    ) -> None:
        self._db = db
        self._clock = clock
        self._client = client
        self._exchange = exchange
        self._settled = settled
        self._find_key = find_key
        self._genesis = genesis
        self._certificates = tuple(certificates)

    def bundle(self, caller: Caller, leg: Digest) -> LegBundle:
        """The bundle of a leg as far as the chain has it.

        Raises NotFound `leg-unknown`; Unavailable `leg-not-anchored` while the chain has none of
        it, `leg-moving` while something happens to it, `chain-…`.
        """
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(_PAUSE_SECONDS)
            view = self._exchange.reading.leg(caller, leg)
            events = [row for row in view.events if row.status is EventStatus.ANCHORED]
            if not events:
                raise Unavailable("leg-not-anchored", "the chain has nothing of this leg yet")
            block = self._settled()
            if block is None or block.number < _anchored_at(events[-1]):
                continue
            (kept,) = self._exchange.contract.legs([leg], block.number)
            # The chain may hold an event that we have not noted yet; the next look will have both.
            if kept.events == len(events):
                return self._make(view, events, block)
        raise Unavailable("leg-moving", "something is happening to this leg")

    def _make(self, view: LegView, events: Sequence[EventRow], block: Block) -> LegBundle:
        exchange, key = self._exchange, view.leg.key
        proof = prove_slot(
            self._client, exchange.contract.address, leg_head_slot(key.leg), block.number
        )
        stamps = self._stamps(_anchored_at(events[-1]), block.number)
        marks = [block.number, *(stamp.block for stamp in stamps)]
        headers = read_row(self._client, min(marks), max(marks))
        with self._db.write() as tx:
            # Noted before the file is given away: a trust file issued after it knows the block.
            tx.proven_blocks.add(headers[-1].number, headers[-1].hash)
        told = [_event(row, view) for row in events]
        bundle = LegBundle(
            domain=exchange.domain,
            genesis=self._genesis,
            key=key,
            events=tuple(told),
            keys=self._keys(told),
            message=DisclosedView.from_json(canonical.parse(view.message.view.encode())),
            evidence={
                row.nonce: EvidenceFile(
                    canonical.parse(row.evidence_record.encode()), row.evidence_salt
                )
                for row in events
                if row.evidence_record is not None and row.evidence_salt is not None
            },
            anchor=LegAnchor(block.number, headers, proof),
            exported_at=self._clock.now(),
            stamps=tuple(
                StampFile(stamp.statement, stamp.response)
                for stamp in stamps
                if _is_among(stamp, headers)
            ),
            certificates=self._certificates if stamps else (),
        )
        # Loaded here: what makes pages costs a process 11 MB, and most never make one.
        from ledger.proof.leg_cover import make_cover

        return replace(bundle, report=make_cover(bundle))

    def _stamps(self, last: int, proven: int) -> list[TimestampRow]:
        """The first token that covers the last event and the newest one, where the headers between
        it and the proven block are few enough to be enclosed."""
        with self._db.read() as tx:
            found = [tx.timestamps.find_covering_block(last), tx.timestamps.latest()]
        near = {
            stamp.id: stamp
            for stamp in found
            if stamp is not None and abs(stamp.block - proven) < MOST_HEADERS // 2
        }
        return [near[number] for number in sorted(near)]

    def _keys(self, events: Sequence[LegEvent]) -> tuple[tuple[OrgId, KeyEntry], ...]:
        signers = {
            (event.signed.actor, event.by.signer)
            for event in events
            if event.signed is not None and event.by is not None
        }
        return tuple((org, self._find_key(org, address)) for org, address in sorted(signers))


def _anchored_at(row: EventRow) -> int:
    assert row.anchor is not None, "an anchored event has a block"
    return row.anchor.block


def _event(row: EventRow, view: LegView) -> LegEvent:
    assert row.anchor is not None, "an anchored event has a block"
    if row.signer is None or row.signature is None:
        return LegEvent(row.action, row.anchor.time, None, None)
    opens = row.action in OPENINGS
    signed = opening_of(row, view.leg, view.message.message) if opens else step_of(row, view.leg)
    by = Signature(parse_address(row.signer), row.signature)
    return LegEvent(row.action, row.anchor.time, signed, by)


def _is_among(stamp: TimestampRow, headers: Sequence[BlockHeader]) -> bool:
    """Whether the block that was stamped is still the chain's."""
    said = parse_statement(stamp.statement)
    return any(one.number == said.block and one.hash == said.block_hash for one in headers)
