"""The submitter's outbox in the database: `ports.Journal`.

Nonce and signed bytes are one transaction, so after a crash there is either a row with its bytes
or an unused nonce; (sender, nonce) is unique, so no nonce is ever signed into two transactions.
Who edits this table can delay a transaction, not make another: the bytes are signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from ledger.clock import Clock
from ledger.digest import Digest
from ledger.errors import NotFound
from ledger.ports import JournalEntry, SignAtNonce, TransactionState
from ledger.storage.database import Database
from ledger.storage.tables import Transactions, core
from ledger.storage.times import from_ms, from_ms_or_none, to_ms

_TX = core(Transactions)
_SETTLED = (TransactionState.CONFIRMED.value, TransactionState.FAILED.value)


class DatabaseJournal:
    """Every method is one committed transaction. Raises Unavailable when the database is."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def append(self, sender: str, purpose: str, floor: int, sign: SignAtNonce) -> JournalEntry:
        """Take the next nonce, at least `floor`, sign at it and store the bytes, atomically."""
        with self._db.write() as tx:
            _one_at_a_time(tx.connection, sender)
            highest = tx.connection.execute(
                select(func.max(_TX.c.nonce)).where(_TX.c.sender == sender)
            ).scalar()
            nonce = floor if highest is None else max(highest + 1, floor)
            raw, hashed = sign(nonce)
            row = tx.connection.execute(
                insert(_TX)
                .values(
                    sender=sender,
                    nonce=nonce,
                    purpose=purpose,
                    raw=raw,
                    hash=bytes(hashed),
                    state=TransactionState.SIGNED.value,
                    created_at=to_ms(self._clock.now()),
                )
                .returning(*_TX.c)
            ).one()
        return _entry(row)

    def find_purpose(self, purpose: str) -> JournalEntry | None:
        """The newest entry with exactly this purpose."""
        return self._first(select(_TX).where(_TX.c.purpose == purpose).order_by(_TX.c.id.desc()))

    def unconfirmed(self, sender: str) -> Sequence[JournalEntry]:
        """Entries not CONFIRMED and not FAILED, in nonce order."""
        return self._all(
            select(_TX)
            .where(_TX.c.sender == sender, _TX.c.state.not_in(_SETTLED))
            .order_by(_TX.c.nonce)
        )

    def since(self, sender: str, nonce: int) -> Sequence[JournalEntry]:
        """Every entry of the sender from this nonce on, in nonce order."""
        return self._all(
            select(_TX).where(_TX.c.sender == sender, _TX.c.nonce >= nonce).order_by(_TX.c.nonce)
        )

    def last_settled(self, sender: str) -> JournalEntry | None:
        """The CONFIRMED or FAILED entry with the highest nonce."""
        return self._first(
            select(_TX)
            .where(_TX.c.sender == sender, _TX.c.state.in_(_SETTLED))
            .order_by(_TX.c.nonce.desc())
        )

    def mark(
        self,
        entry_id: int,
        state: TransactionState,
        *,
        block: int | None = None,
        block_hash: Digest | None = None,
        failure: str | None = None,
    ) -> None:
        """Record a step of the entry's life. Raises NotFound `transaction-unknown`.

        Block and failure are replaced by what is given, so an entry whose block vanished forgets
        it; the time of the first sending stays.
        """
        values: dict[str, Any] = {
            "state": state.value,
            "block": block,
            "block_hash": None if block_hash is None else bytes(block_hash),
            "failure": failure,
        }
        if state is TransactionState.SENT:
            values["sent_at"] = func.coalesce(_TX.c.sent_at, to_ms(self._clock.now()))
        with self._db.write() as tx:
            done = tx.connection.execute(update(_TX).where(_TX.c.id == entry_id).values(**values))
            if done.rowcount != 1:
                raise NotFound("transaction-unknown", f"the journal has no entry {entry_id}")

    def _first(self, query: Select[Any]) -> JournalEntry | None:
        with self._db.read() as tx:
            row = tx.connection.execute(query.limit(1)).first()
            return None if row is None else _entry(row)

    def _all(self, query: Select[Any]) -> Sequence[JournalEntry]:
        with self._db.read() as tx:
            return [_entry(row) for row in tx.connection.execute(query)]


def _one_at_a_time(connection: Connection, sender: str) -> None:
    """Hold back others who want a nonce of this sender until the transaction ends.

    SQLite has one writer anyway. A clash of the 64-bit lock number only makes two senders wait.
    """
    if connection.dialect.name == "postgresql":
        number = int.from_bytes(
            sha256(b"nonce/" + sender.encode()).digest()[:8], "big", signed=True
        )
        connection.execute(select(func.pg_advisory_xact_lock(number)))


def _entry(row: Any) -> JournalEntry:
    return JournalEntry(
        id=row.id,
        sender=row.sender,
        nonce=row.nonce,
        purpose=row.purpose,
        raw=row.raw,
        hash=Digest(row.hash),
        state=TransactionState(row.state),
        block=row.block,
        block_hash=None if row.block_hash is None else Digest(row.block_hash),
        created_at=from_ms(row.created_at),
        sent_at=from_ms_or_none(row.sent_at),
        failure=row.failure,
    )
