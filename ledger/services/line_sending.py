"""Sending lines: many receivers at once, each its own line in order, none waiting for another.

A line is sent by one thread until it is empty or does not move. What "the first of a line" is, and
what becomes of it, its owner says; a line that fails stays where it is and is due again later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import structlog

from ledger.errors import LedgerError

_log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 14
"""With pauses from one second to an hour: about three hours and a half, then a notification is put
aside."""
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 3600.0
MOST_LINES = 64
"""Lines begun in one round."""
_AT_ONCE = 16


class LineSending:
    """Drains lines in threads. `send_first` hands over the first of a line and says whether there
    was one and it was taken."""

    def __init__(self, name: str, send_first: Callable[[str], bool]) -> None:
        self._name = name
        self._send_first = send_first
        self._pool: ThreadPoolExecutor | None = None
        self._in_flight: dict[str, Future[None]] = {}

    def begin(self, read_due: Callable[[], Sequence[str]]) -> int:
        """Begin to send the lines that are due, without waiting for it; how many lines move."""
        self._in_flight = {
            line: future for line, future in self._in_flight.items() if not future.done()
        }
        # Asked for only now: what was due before one of those had noted its failure is so no more.
        due = read_due()
        if due and self._pool is None:
            self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=self._name)
        for line in due:
            if line not in self._in_flight:
                assert self._pool is not None
                self._in_flight[line] = self._pool.submit(self._drain, line)
        return len(self._in_flight)

    def close(self) -> None:
        """Wait for what is being sent."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _drain(self, line: str) -> None:
        try:
            while self._send_first(line):
                pass
        except LedgerError as error:
            _log.warning("notification failed", code=error.code, detail=error.detail)
        except Exception:
            _log.exception("notification failed")


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after one more failed attempt; None: put it aside."""
    if attempts + 1 >= MOST_ATTEMPTS:
        return None
    return timedelta(seconds=min(FIRST_PAUSE * 2.0**attempts, LONGEST_PAUSE))
