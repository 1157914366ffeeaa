"""The desk at work beside its portal: round after round, sooner when somebody pressed Send."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

import structlog

from ledger.desk.desk import Desk
from ledger.errors import LedgerError

_log = structlog.get_logger(__name__)

_PAUSE, _LONGEST = 1.0, 15.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the last round met, as an error's code, and since when rounds have met something."""

    code: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Moving:
    """The file that is on its way now; bytes."""

    name: str
    done: int
    total: int


class Rounds(threading.Thread):
    """Works until it is told to stop. `trouble` is None while all is well, `moving` while no file
    is on its way."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(name="desk-rounds")
        self._desk = desk
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self.trouble: Trouble | None = None
        self.moving: Moving | None = None

    def run(self) -> None:
        """A round a second while all is well; less often while the server is away."""
        pause = _PAUSE
        while not self._stopping.is_set():
            try:
                self._desk.work(self._watch)
                self.trouble, pause = None, _PAUSE
            except LedgerError as error:
                self._note(error.code)
                pause = min(pause * 2, _LONGEST)
            except Exception:
                _log.exception("a round failed")
                self._note("internal-error")
                pause = _LONGEST
            self.moving = None
            self._woken.wait(pause)
            self._woken.clear()

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    def stop(self) -> None:
        """End after the round at hand."""
        self._stopping.set()
        self._woken.set()

    def _note(self, code: str) -> None:
        since = self._desk.clock.now() if self.trouble is None else self.trouble.since
        self.trouble = Trouble(code, since)

    def _watch(self, name: str, done: int, total: int) -> None:
        self.moving = Moving(name, done, total) if name and done < total else None
