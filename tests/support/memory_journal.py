"""`ports.Journal` in memory, stricter than the contract: it refuses what a careless submitter might
do and a database would let pass."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

from ledger.chain.wire import decode_transaction
from ledger.digest import Digest
from ledger.ports import JournalEntry, SignAtNonce, TransactionState

_STEPS = {
    TransactionState.SIGNED: {"sent", "mined", "confirmed", "failed"},
    TransactionState.SENT: {"sent", "mined", "confirmed", "failed"},
    TransactionState.MINED: {"sent", "mined", "confirmed", "failed"},
    TransactionState.CONFIRMED: {"sent", "mined"},
    TransactionState.FAILED: {"sent", "mined", "failed"},
}
_SETTLED = (TransactionState.CONFIRMED, TransactionState.FAILED)


class CrashError(BaseException):
    """Stands for kill -9: nothing catches it."""


class MemoryJournal:
    """Survives a "crash" of the submitter because the test keeps it.

    `crash_at` n makes the n-th write from now die: before it is written when `lose` is set, after
    otherwise. `writes` counts them all.
    """

    def __init__(self) -> None:
        self.entries: list[JournalEntry] = []
        self.history: list[tuple[int, TransactionState]] = []
        self.writes = 0
        self.crash_at: int | None = None
        self.lose = False
        self._lock = threading.RLock()

    def append(self, sender: str, purpose: str, floor: int, sign: SignAtNonce) -> JournalEntry:
        with self._lock:
            own = [entry.nonce for entry in self.entries if entry.sender == sender]
            nonce = max([floor, *(number + 1 for number in own)])
            raw, hashed = sign(nonce)
            decoded = decode_transaction(raw)
            assert decoded.hash == hashed
            assert decoded.sender == sender
            assert decoded.fields.nonce == nonce
            entry = JournalEntry(
                id=len(self.entries) + 1,
                sender=sender,
                nonce=nonce,
                purpose=purpose,
                raw=raw,
                hash=Digest(hashed),
                state=TransactionState.SIGNED,
                block=None,
                block_hash=None,
                created_at=datetime.now(UTC),
                sent_at=None,
                failure=None,
            )
            with _Write(self):
                self.entries.append(entry)
            return entry

    def find_purpose(self, purpose: str) -> JournalEntry | None:
        with self._lock:
            found = [entry for entry in self.entries if entry.purpose == purpose]
            return found[-1] if found else None

    def unconfirmed(self, sender: str) -> Sequence[JournalEntry]:
        return [entry for entry in self.since(sender, 0) if entry.state not in _SETTLED]

    def since(self, sender: str, nonce: int) -> Sequence[JournalEntry]:
        with self._lock:
            found = [e for e in self.entries if e.sender == sender and e.nonce >= nonce]
            return sorted(found, key=lambda entry: entry.nonce)

    def last_settled(self, sender: str) -> JournalEntry | None:
        found = [entry for entry in self.since(sender, 0) if entry.state in _SETTLED]
        return found[-1] if found else None

    def mark(
        self,
        entry_id: int,
        state: TransactionState,
        *,
        block: int | None = None,
        block_hash: Digest | None = None,
        failure: str | None = None,
    ) -> None:
        with self._lock:
            old = self.entries[entry_id - 1]
            assert state.value in _STEPS[old.state], f"{old.state} cannot become {state}"
            located = state in (TransactionState.MINED, *_SETTLED)
            assert (block is not None) == located, f"{state} with block {block}"
            assert (block_hash is not None) == located
            assert (failure is not None) == (state is TransactionState.FAILED)
            sent_at = old.sent_at or datetime.now(UTC)
            with _Write(self):
                self.entries[entry_id - 1] = dataclasses.replace(
                    old,
                    state=state,
                    block=block,
                    block_hash=block_hash,
                    failure=failure,
                    sent_at=sent_at,
                )
                self.history.append((entry_id, state))

    def states(self) -> list[str]:
        return [entry.state.value for entry in self.entries]


class _Write:
    def __init__(self, journal: MemoryJournal) -> None:
        self._journal = journal

    def _dies(self) -> bool:
        return self._journal.crash_at is not None and self._journal.writes >= self._journal.crash_at

    def __enter__(self) -> None:
        self._journal.writes += 1
        if self._dies() and self._journal.lose:
            self._journal.crash_at = None
            raise CrashError

    def __exit__(self, *exc: object) -> None:
        if self._dies():
            self._journal.crash_at = None
            raise CrashError
