"""Group commit: many callers, one transaction.

Each caller's event becomes durable before its Future resolves, but the disk is flushed once for
all that arrived while the previous flush ran. A crash before the commit leaves callers without an
answer and nothing stored; a repeat of the request is answered from the eventID.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from ledger.errors import Unavailable
from ledger.services.caller import Caller, Scope
from ledger.services.intake import Stored
from ledger.services.single_events import Answer, Single

MOST_IN_GROUP = 512
MOST_WAITING = 20_000

StoreGroup = Callable[[Sequence[Single]], Sequence[Answer]]
"""Makes a group durable and answers for each of it: `SingleEvents.store`, here or elsewhere."""


class Reply(Protocol):
    """Where the answer goes, in the group commit's thread: a Future, or what is lighter."""

    def set_running_or_notify_cancel(self) -> bool:
        """Whether the event is still to be stored."""

    def set_result(self, result: Stored) -> None:
        """It is durable."""

    def set_exception(self, error: BaseException) -> None:
        """It was not stored."""


@dataclass(slots=True)
class _Request:
    single: Single
    answer: Reply


class GroupCommit:
    """Takes single events from any number of threads; one thread of its own has them stored."""

    def __init__(self, store: StoreGroup) -> None:
        self._store = store
        self._waiting: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False

    def hand_to(self, store: StoreGroup) -> StoreGroup:
        """Have the groups to come stored there; who stored them until now."""
        before, self._store = self._store, store
        return before

    def capture_event(self, caller: Caller, body: bytes) -> Future[Stored]:
        """Queue one bare event (JSON). The Future resolves once it is durable, or raises the
        InvalidInput, Conflict, QuotaExceeded or Unavailable that stopped it."""
        answer: Future[Stored] = Future()
        self.capture_for(answer, caller, body)
        return answer

    def capture_for(self, answer: Reply, caller: Caller, body: bytes) -> None:
        """The same, answered elsewhere. Raises what keeps the event from being queued at all."""
        caller.require(Scope.CAPTURE)
        if self._waiting.qsize() >= MOST_WAITING:
            raise Unavailable("capture-overloaded", "too many events are waiting to be stored")
        request = _Request((caller.org, body), answer)
        with self._lock:
            if self._closed:
                raise Unavailable("shutting-down", "the service is stopping")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
                self._thread.start()
            self._waiting.put(request)

    def close(self) -> None:
        """Store what is waiting, then stop."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            self._waiting.put(None)
            thread.join(timeout=30)

    def _run(self) -> None:
        while True:
            group: list[_Request] = []
            request = self._waiting.get()
            while request is not None:
                group.append(request)
                if len(group) >= MOST_IN_GROUP:
                    break
                try:
                    request = self._waiting.get_nowait()
                except queue.Empty:
                    break
            self._settle([one for one in group if one.answer.set_running_or_notify_cancel()])
            if request is None:
                return

    def _settle(self, group: Sequence[_Request]) -> None:
        if not group:
            return
        answers: Sequence[Answer]
        try:
            answers = self._store([request.single for request in group])
        except Exception as error:
            answers = [error] * len(group)
        for request, answer in zip(group, answers, strict=True):
            with suppress(Exception):
                if isinstance(answer, Exception):
                    request.answer.set_exception(answer)
                else:
                    request.answer.set_result(answer)
