"""Writers of one SQLite file, one after the other: threads by a lock, processes by flock.

SQLite's own lock still decides; alone, it makes waiting writers poll, and a busy neighbour can
starve them. The kernel queues the waiters of a file lock and frees that of a killed process at
once. A neighbour that holds it and stands still makes the others fail after `BUSY_SECONDS`.
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

from ledger.errors import Unavailable

BUSY_SECONDS = 20.0
"""Longest wait for a turn to write."""


class WriterQueue:
    """A context manager: inside it this thread of this process is the only writer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread_lock = threading.Lock()
        self._held: int | None = None

    def __enter__(self) -> None:
        """Wait for the turn. Raises Unavailable `storage-busy`."""
        if not self._thread_lock.acquire(timeout=BUSY_SECONDS):
            raise _busy("another thread keeps writing")
        try:
            self._held = self._lock_file()
        except BaseException:
            self._thread_lock.release()
            raise

    def __exit__(self, *_: object) -> None:
        if self._held is not None:
            os.close(self._held)  # gives the lock back
            self._held = None
        self._thread_lock.release()

    def _lock_file(self) -> int | None:
        """An open file that holds the lock; None where no lock file can be made.

        In a directory that is full or read-only SQLite itself will say so, in its own words.
        """
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _Waiter(file).wait()
        return file


class _Waiter:
    """Waits for a file lock in a thread of its own, because flock knows no time-out."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._mutex = threading.Lock()
        self._granted = threading.Event()
        self._abandoned = False
        threading.Thread(target=self._run, name="writer-queue", daemon=True).start()

    def wait(self) -> None:
        """Return once the lock is ours. Raises Unavailable; the file is then closed for us."""
        if self._granted.wait(BUSY_SECONDS):
            return
        with self._mutex:
            if self._granted.is_set():
                return
            self._abandoned = True
        raise _busy("another process keeps writing")

    def _run(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        with self._mutex:
            if self._abandoned:
                os.close(self._file)
            else:
                self._granted.set()


def _busy(detail: str) -> Unavailable:
    return Unavailable("storage-busy", f"the database cannot answer: {detail}")
