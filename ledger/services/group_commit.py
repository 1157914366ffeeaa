"""Group commit: many callers, one transaction.

Each caller's event becomes durable before its Future resolves, but the disk is flushed once for
all that arrived while the previous flush ran. The events of one organization in one group are one
signed submission. A crash before the commit leaves callers without an answer and nothing stored;
a repeat of the request is answered from the eventID.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass

from ledger.clock import Clock
from ledger.epcis.document import check_events, read_event
from ledger.epcis.event import Event
from ledger.errors import Conflict, LedgerError, Unavailable
from ledger.identity.organization import OrgId
from ledger.services.caller import Caller, Scope
from ledger.services.capturing import charge
from ledger.services.intake import Intake, Stored
from ledger.storage.database import Database

MOST_IN_GROUP = 512
MOST_WAITING = 20_000


@dataclass(slots=True)
class _Request:
    org: OrgId
    body: bytes
    answer: Future[Stored]
    event: Event | None = None


class GroupCommit:
    """Takes single events from any number of threads; one thread of its own stores them."""

    def __init__(self, db: Database, clock: Clock, intake: Intake, events_per_day: int) -> None:
        self._db = db
        self._clock = clock
        self._intake = intake
        self._events_per_day = events_per_day
        self._waiting: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False

    def capture_event(self, caller: Caller, body: bytes) -> Future[Stored]:
        """Queue one bare event (JSON). The Future resolves once it is durable, or raises the
        InvalidInput, Conflict, QuotaExceeded or Unavailable that stopped it."""
        caller.require(Scope.CAPTURE)
        if self._waiting.qsize() >= MOST_WAITING:
            raise Unavailable("capture-overloaded", "too many events are waiting to be stored")
        request = _Request(caller.org, body, Future())
        with self._lock:
            if self._closed:
                raise Unavailable("shutting-down", "the service is stopping")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
                self._thread.start()
            self._waiting.put(request)
        return request.answer

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
            self._settle(group)
            if request is None:
                return

    def _settle(self, group: Sequence[_Request]) -> None:
        by_org: dict[OrgId, list[_Request]] = {}
        for request in group:
            if not request.answer.set_running_or_notify_cancel():
                continue
            try:
                request.event = self._read(request.body)
            except LedgerError as error:
                request.answer.set_exception(error)
            except Exception as error:  # a bug must not end the thread that everyone waits for
                request.answer.set_exception(error)
            else:
                by_org.setdefault(request.org, []).append(request)
        for org, requests in by_org.items():
            self._store(org, requests)

    def _read(self, body: bytes) -> Event:
        (checked,) = check_events(read_event(body), self._clock.now())
        if not isinstance(checked, Event):
            raise checked
        return checked

    def _store(self, org: OrgId, requests: Sequence[_Request]) -> None:
        answers: Sequence[Stored | Conflict | Exception]
        try:
            events = [request.event for request in requests if request.event is not None]
            captured_at = self._intake.now()
            items = list(self._intake.prepare(org, events, captured_at))
            with self._db.write() as tx:
                charge(tx, org, captured_at, len(items), self._events_per_day)
                answers = self._intake.store(tx, org, captured_at, items)
        except Exception as error:
            answers = [error] * len(requests)
        for request, answer in zip(requests, answers, strict=True):
            with suppress(Exception):
                if isinstance(answer, Exception):
                    request.answer.set_exception(answer)
                else:
                    request.answer.set_result(answer)
