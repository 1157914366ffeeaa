"""The desk at work beside its portal: round after round, sooner when somebody pressed Send."""

from __future__ import annotations

import threading

import structlog

from ledger.desk.desk import Desk
from ledger.errors import LedgerError

_log = structlog.get_logger(__name__)

_PAUSE, _LONGEST = 1.0, 15.0


class Rounds(threading.Thread):
    """Works until it is told to stop. `trouble` is the code of what the last round met."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(name="desk-rounds")
        self._desk = desk
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self.trouble = ""

    def run(self) -> None:
        """A round a second while all is well; less often while the server is away."""
        pause = _PAUSE
        while not self._stopping.is_set():
            try:
                self._desk.work()
                self.trouble, pause = "", _PAUSE
            except LedgerError as error:
                self.trouble, pause = error.code, min(pause * 2, _LONGEST)
            except Exception:
                _log.exception("a round failed")
                self.trouble, pause = "internal-error", _LONGEST
            self._woken.wait(pause)
            self._woken.clear()

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    def stop(self) -> None:
        """End after the round at hand."""
        self._stopping.set()
        self._woken.set()
