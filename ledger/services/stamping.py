"""Time-stamping in batches: one token of an authority for everything settled since the last.

The statement of a token names the newest settled block and the log's head in it, so one token is
enough however much came before: an authority that was away for hours costs nothing but time, and
the first token after it covers all of them. What waits is read off the journal; nothing is queued.

An authority may take minutes. Each request runs in a thread of its own, four at most, never in the
way of capturing, sequencing or anchoring. A crash loses a request and nothing else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from ledger import metrics
from ledger.chain.blocks import Block
from ledger.clock import Clock
from ledger.digest import Digest, sha256
from ledger.errors import LedgerError, NotFound
from ledger.merkle.checkpoint import Checkpoint
from ledger.services.time_authority import TimeAuthority
from ledger.storage.database import Database
from ledger.storage.timestamps import OutageRow, TimestampRow, Uncovered
from ledger.timestamps.statement import Statement

_log = structlog.get_logger(__name__)

MOST_PARALLEL = 4
"""Requests under way at once: a slow authority must not be buried in them."""

_MOST_OUTAGES = 100


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement worth a token, and what that token would cover."""

    statement: Statement
    uncovered: Uncovered


class Stamping:
    """Asks for tokens, keeps them, tells which there are. Without an authority it only tells."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        settled: Callable[[], Block | None],
        authority: TimeAuthority | None,
        *,
        chain: tuple[int, Digest],
        origin: str,
        interval_seconds: float,
    ) -> None:
        self._db = db
        self._clock = clock
        self._settled = settled
        self._authority = authority
        self._chain_id, self._genesis = chain
        self._origin = origin
        self._interval = interval_seconds
        self._lock = threading.Lock()
        self._keeping = threading.Lock()
        self._asking: list[int] = []
        self._due_at = time.monotonic()
        self._closed = threading.Event()

    @property
    def authority_url(self) -> str | None:
        """Where tokens are asked for."""
        return None if self._authority is None else self._authority.url

    def run_when_due(self) -> bool:
        """Start a request if the interval is over, something waits and fewer than four are under
        way; never waits for the authority. Raises Unavailable when chain or database do not
        answer."""
        now = time.monotonic()
        if self._authority is None or now < self._due_at or len(self._asking) >= MOST_PARALLEL:
            return False
        draft = self._draft()
        # With nothing to stamp the next look may come soon; after a request the interval counts.
        self._due_at = now + (self._interval if draft is not None else min(1.0, self._interval))
        if draft is None:
            return False
        with self._lock:
            self._asking.append(draft.uncovered.covered_id)
        # A daemon: an authority that takes minutes must not hold up the end of the process.
        threading.Thread(target=self._run, args=(draft,), name="time-stamp", daemon=True).start()
        return True

    def run_once(self) -> bool:
        """Ask for a token now and wait for it. True when one was kept; False when nothing waits or
        the authority failed, which is then on record."""
        draft = self._draft()
        return draft is not None and self._stamp(draft)

    def list(self, limit: int, before: int | None = None) -> Sequence[TimestampRow]:
        """The newest tokens first."""
        with self._db.read() as tx:
            return tx.timestamps.list(limit, before)

    def outages(self) -> Sequence[OutageRow]:
        """The newest hundred times without an authority, newest first."""
        with self._db.read() as tx:
            return tx.timestamps.outages(_MOST_OUTAGES)

    def get(self, number: int) -> TimestampRow:
        """One token. Raises NotFound `timestamp-unknown`."""
        with self._db.read() as tx:
            row = tx.timestamps.find(number)
        if row is None:
            raise NotFound("timestamp-unknown", f"no time-stamp has the number {number}")
        return row

    def close(self) -> None:
        """Forget requests under way: what they would have covered, the next ones will."""
        self._closed.set()
        if self._authority is not None:
            self._authority.close()

    def _draft(self) -> Draft | None:
        """What a token should say now; None when tokens had or asked for cover all there is."""
        block = self._settled()
        if block is None:
            return None
        with self._lock:
            since = max(self._asking, default=0)
        with self._db.read() as tx:
            uncovered = tx.timestamps.uncovered(block.number, since)
            anchor = tx.anchors.latest_confirmed()
        if uncovered is None or (anchor is not None and (anchor.block or 0) > block.number):
            return None
        size, root = (0, sha256(b"")) if anchor is None else (anchor.size, anchor.root)
        statement = Statement(
            chain_id=self._chain_id,
            genesis=self._genesis,
            block=block.number,
            block_hash=block.hash,
            head=Checkpoint(self._origin, size, root),
        )
        return Draft(statement, uncovered)

    def _run(self, draft: Draft) -> None:
        try:
            self._stamp(draft)
        except LedgerError as error:
            _log.warning("time-stamp not kept", code=error.code, detail=error.detail)
        finally:
            with self._lock:
                self._asking.remove(draft.uncovered.covered_id)

    def _stamp(self, draft: Draft) -> bool:
        assert self._authority is not None
        statement = draft.statement.encode()
        started = time.monotonic()
        try:
            stamped = self._authority.stamp(statement)
        except LedgerError as error:
            if self._closed.is_set():
                return False
            metrics.TIMESTAMPS.labels("failed").inc()
            _log.warning("no time-stamp", code=error.code, detail=error.detail)
            with self._db.write() as tx:
                tx.timestamps.note_failure(self._clock.now(), error.code, error.detail)
            return False
        if self._closed.is_set():
            return False
        metrics.TIMESTAMPS.labels("kept").inc()
        metrics.TIMESTAMP_SECONDS.observe(time.monotonic() - started)
        with self._keeping, self._db.write() as tx:
            # One at a time, since tokens are numbered without a gap. Should another process keep
            # one just now, this one is lost, and the next covers what it covered.
            # Token and end of the outage in one transaction: neither is told without the other.
            tx.timestamps.add(
                block=draft.statement.block,
                size=draft.statement.head.size,
                statement=statement,
                response=stamped.response,
                time=stamped.token.time,
                uncovered=draft.uncovered,
            )
            tx.timestamps.end_outage(self._clock.now())
        return True
