"""Watching: does each part work, and how far is anchoring behind? One cheap look, never an error.

A part that could not be asked counts as not working; its reason goes to the log, not to the caller.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import structlog

from ledger.clock import Clock
from ledger.digest import Digest
from ledger.errors import LedgerError
from ledger.ports import ChainReader
from ledger.storage.database import Database
from ledger.storage.timestamps import OutageRow

_log = structlog.get_logger(__name__)

_KEPT_SECONDS = 0.5
"""A look is kept this long: whoever asks often does not load the chain."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What one look found. Sizes are leaves; `unanchored_seconds` is the age of the oldest
    checkpoint that the chain has not confirmed, 0 when it has confirmed the newest;
    `unstamped_seconds` that of the oldest transaction no time-stamp covers, 0 without an authority.
    """

    database: bool
    worker: bool
    chain: bool
    log_size: int = 0
    anchored_size: int = 0
    unanchored_seconds: float = 0.0
    unstamped_seconds: float = 0.0
    time_authority: Literal["none", "working", "failing"] = "none"
    jobs_unfinished: int = 0


class Watching:
    """Looks at database, lease and chain."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        chain: ChainReader,
        pinned: tuple[int, Digest],
        lease: str,
        *,
        is_stamping: bool = False,
    ) -> None:
        self._db = db
        self._clock = clock
        self._chain = chain
        self._pinned = pinned
        self._lease = lease
        self._is_stamping = is_stamping
        self._lock = threading.Lock()
        self._kept: tuple[float, Watch] | None = None

    def look(self) -> Watch:
        """Look around, or tell what was seen within the last half second."""
        with self._lock:
            if self._kept is not None and self._kept[0] > time.monotonic():
                return self._kept[1]
            watch = self._look()
            self._kept = (time.monotonic() + _KEPT_SECONDS, watch)
            return watch

    def _look(self) -> Watch:
        chain = self._is_chain_there()
        now = self._clock.now()
        try:
            with self._db.read() as tx:
                lease = tx.leases.find(self._lease)
                state = tx.log.state()
                size = state[0] if state is not None else 0
                anchor = tx.anchors.latest_confirmed()
                anchored = anchor.size if anchor is not None else 0
                waiting = tx.log.first_checkpoint_covering(anchored, anchored=False)
                unstamped = tx.timestamps.oldest_uncovered() if self._is_stamping else None
                outages = tx.timestamps.outages(1) if self._is_stamping else ()
                unfinished = tx.jobs.unfinished_count()
        except LedgerError as error:
            _log.warning("database_unwell", code=error.code, detail=error.detail)
            return Watch(database=False, worker=False, chain=chain)
        return Watch(
            database=True,
            worker=lease is not None and lease.expires_at > now,
            chain=chain,
            log_size=size,
            anchored_size=anchored,
            unanchored_seconds=_age(waiting.created_at if waiting is not None else None, now),
            unstamped_seconds=_age(unstamped, now),
            time_authority=self._authority_state(outages),
            jobs_unfinished=unfinished,
        )

    def _authority_state(
        self, outages: Sequence[OutageRow]
    ) -> Literal["none", "working", "failing"]:
        if not self._is_stamping:
            return "none"
        return "failing" if any(one.ended_at is None for one in outages) else "working"

    def _is_chain_there(self) -> bool:
        try:
            found = self._chain.identity()
        except LedgerError as error:
            _log.warning("chain_unwell", code=error.code, detail=error.detail)
            return False
        if found != self._pinned:
            _log.warning("chain_foreign", chain=found[0], genesis=found[1].prefixed)
        return found == self._pinned


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
