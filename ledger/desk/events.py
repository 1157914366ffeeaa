"""What happened to legs, as the desk keeps it: what was signed, by whom, and its evidence.

With a row and the trust file anybody can show, without the server, that its party said so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from sqlite3 import Row
from typing import Any

from ledger import canonical
from ledger.desk.signed_json import read_opening, read_step, write_opening, write_step
from ledger.desk.store import Transaction
from ledger.digest import Digest
from ledger.exchange import erds
from ledger.exchange.evidence import Evidence
from ledger.exchange.rules import OPENINGS, LegAction, LegState
from ledger.exchange.signed import LegKey, Opening, Step


class Standing(IntEnum):
    """How far an event has come."""

    TAKEN = 0
    """The server has it."""
    ANCHORED = 2
    """In a block, as the server says; with a node of the chain: as the chain says."""


@dataclass(frozen=True, slots=True)
class ChainSpot:
    """Where the chain has an event; `time` is the block's in unix seconds, `head` the leg's after
    it."""

    block: int
    time: int
    transaction: Digest
    log_index: int
    head: Digest


@dataclass(frozen=True, slots=True)
class DeskEvent:
    """One event. `signed`, `signer`, `signature`, `record` and `salt` are None where a deadline
    alone made it true. `record` is the envelope of the evidence."""

    key: LegKey
    nonce: int
    action: LegAction
    state: LegState
    signed: Opening | Step | None
    signer: str | None
    signature: bytes | None
    record: dict[str, Any] | None
    salt: bytes | None
    received_at: int
    spot: ChainSpot | None = None

    @property
    def org(self) -> bytes:
        """For whom it was done; zero for nobody."""
        if self.signed is None:
            return bytes(32)
        return self.key.sender if isinstance(self.signed, Opening) else self.signed.org

    @property
    def evidence(self) -> Evidence | None:
        """What its party says of it."""
        return None if self.record is None else erds.read_record(self.record)

    @property
    def time(self) -> int:
        """The block's time, or while there is no block when it was received; unix seconds."""
        return self.received_at if self.spot is None else self.spot.time


def put_event(tx: Transaction, event: DeskEvent) -> None:
    """Enter it, or where the chain has it. What was signed is never changed."""
    spot = event.spot
    signed = event.signed
    if signed is None:
        told: dict[str, Any] = {}
    else:
        told = write_opening(signed) if isinstance(signed, Opening) else write_step(signed)
    tx.execute(
        "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (leg, nonce) DO UPDATE SET status = excluded.status, block = excluded.block,"
        " block_time = excluded.block_time, tx_hash = excluded.tx_hash,"
        " log_index = excluded.log_index, head = excluded.head, state = excluded.state",
        (
            bytes(event.key.leg),
            event.nonce,
            int(event.action),
            int(event.state),
            bytes(event.org),
            canonical.encode(told).decode(),
            event.signer,
            event.signature,
            None if event.record is None else canonical.encode(event.record).decode(),
            event.salt,
            event.received_at,
            int(Standing.TAKEN if spot is None else Standing.ANCHORED),
            spot and spot.block,
            spot and spot.time,
            spot and bytes(spot.transaction),
            spot and spot.log_index,
            spot and bytes(spot.head),
        ),
    )


def events_of(tx: Transaction, key: LegKey) -> Sequence[DeskEvent]:
    """What happened to a leg, in order."""
    rows = tx.execute(
        "SELECT * FROM events WHERE leg = ? ORDER BY nonce", (bytes(key.leg),)
    ).fetchall()
    return [_read(key, row) for row in rows]


def drop_events(tx: Transaction, leg: bytes, nonce: int) -> None:
    """Forget events from this one on: the chain took others in their place."""
    tx.execute("DELETE FROM events WHERE leg = ? AND nonce >= ?", (bytes(leg), nonce))


def _read(key: LegKey, row: Row) -> DeskEvent:
    action = LegAction(row["action"])
    told = canonical.parse(row["signed"].encode())
    signed: Opening | Step | None = None
    if told:
        signed = read_opening(told) if action in OPENINGS else read_step(key, told)
    spot = None
    if row["block"] is not None:
        spot = ChainSpot(
            row["block"],
            row["block_time"],
            Digest(row["tx_hash"]),
            row["log_index"],
            Digest(row["head"]),
        )
    record = row["evidence_record"]
    return DeskEvent(
        key=key,
        nonce=row["nonce"],
        action=action,
        state=LegState(row["state"]),
        signed=signed,
        signer=row["signer"],
        signature=row["signature"],
        record=None if record is None else canonical.parse(record.encode()),
        salt=row["evidence_salt"],
        received_at=row["received_at"],
        spot=spot,
    )
