"""The worker: the one loop that sequences, anchors and enrols, while it holds the lease.

Any number of workers may run; the others wait and one of them takes over within the lease's
seconds of the holder's death. Each round begins from what database and chain say, so nothing is
lost with a worker but time.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from ledger.app import WORKER_LEASE, App
from ledger.errors import Conflict, LedgerError
from ledger.notifier import Notifier
from ledger.storage.leases import Lease

_log = structlog.get_logger(__name__)

ROUND_SECONDS = 0.2
"""From the start of one round to the next: what arrives meanwhile is sequenced together, which
costs readers and writers in this process far less than a checkpoint for every few records."""
RETRY_SECONDS = 1.0
"""Pause of one task after it failed; of all that need the chain when no node answers."""
FIRST_LOOK_SECONDS = 60.0
PUBLISH_SECONDS = 600.0
"""From the start to the first look whether a day of open data is due, and between looks."""
_CHAIN = "chain"


class Worker:
    """Runs until told to stop; `run` may be the target of a thread."""

    def __init__(self, app: App, *, lease_seconds: float) -> None:
        self._app = app
        self._seconds = lease_seconds
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._stop = threading.Event()
        self._lease: Lease | None = None
        self._pauses: dict[str, float] = {}
        self._publisher: threading.Thread | None = None
        self._publish_at = time.monotonic() + FIRST_LOOK_SECONDS

    @property
    def is_leader(self) -> bool:
        """Whether this worker holds the lease."""
        return self._lease is not None

    def stop(self) -> None:
        """End after the current round."""
        self._stop.set()

    def run(self) -> None:
        """Work until `stop`; then give the lease back so that the next one need not wait."""
        notifier = Notifier(self._app, lease_seconds=self._seconds)
        telling = threading.Thread(target=notifier.run, name="notifier")
        telling.start()
        try:
            self._loop()
        finally:
            notifier.stop()
            if self._lease is not None:
                with suppress(LedgerError), self._app.db.write() as tx:
                    tx.leases.release(self._lease)
                self._lease = None
            telling.join()

    def _loop(self) -> None:
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                self.run_once()
                self._publish_when_due()
            except LedgerError as error:
                self._note("round", error)
            except Exception:
                # A bug in one round must not silence anchoring for good: say it, try again.
                _log.exception("worker round failed")
            self._stop.wait(max(0.0, started + ROUND_SECONDS - time.monotonic()))
        if self._publisher is not None:
            self._publisher.join()

    def run_once(self) -> bool:
        """One round. True when something was done."""
        lease = self._hold()
        if lease is None:
            return False
        try:
            sequenced = self._app.sequencing.run_once(lease) is not None
            busy = sequenced
            for name, task in self._chain_tasks(lease):
                busy = self._attempt(name, task) or busy
        except Conflict as error:
            if error.code != "lease-lost":
                raise
            _log.warning("lease lost", holder=self._holder)
            self._lease = None
            return False
        return busy

    def _publish_when_due(self) -> None:
        """Look now and then whether a day of open data is due, in a thread of its own: a day may
        take minutes, and anchoring must not wait for it."""
        now = time.monotonic()
        if self._lease is None or not self._app.settings.opendata or now < self._publish_at:
            return
        self._publish_at = now + PUBLISH_SECONDS
        if self._publisher is None or not self._publisher.is_alive():
            self._publisher = threading.Thread(target=self._publish, name="open data")
            self._publisher.start()

    def _publish(self) -> None:
        try:
            while not self._stop.is_set() and (day := self._app.publishing.find_due()) is not None:
                self._app.publishing.publish(day, lambda: not self._stop.is_set())
                _log.info("open data published", day=day.isoformat())
        except LedgerError as error:
            self._note("open data", error)
        except Exception:
            _log.exception("open data failed")

    def _chain_tasks(self, lease: Lease) -> list[tuple[str, Callable[[], bool]]]:
        app = self._app
        return [
            *(
                (f"send {lane.address}", lambda lane=lane: bool(lane.advance()))
                for lane in app.submitters
            ),
            ("enrol", app.enrolling.run_once),
            ("recall", app.recall_declaring.run_once),
            ("exchange", lambda: app.exchange.run_once(lease)),
            ("anchor", lambda: app.anchoring.run_once(lease)),
            ("time-stamp", app.stamping.run_when_due),
        ]

    def _attempt(self, name: str, task: Callable[[], bool]) -> bool:
        """Run a task that needs the chain; its failure stops neither sequencing nor the others."""
        if max(self._pauses.get(name, 0.0), self._pauses.get(_CHAIN, 0.0)) > time.monotonic():
            return False
        try:
            return task()
        except Conflict as error:
            if error.code == "lease-lost":
                raise
            self._note(name, error)
        except LedgerError as error:
            self._note(name, error)
            if error.code == "chain-unavailable":
                # The other tasks would wait as long for the same silence, and sequencing for them.
                name = _CHAIN
        self._pauses[name] = time.monotonic() + RETRY_SECONDS
        return False

    def _hold(self) -> Lease | None:
        """The lease, taken or renewed; None while another worker has it."""
        now = self._app.clock.now()
        if self._lease is None:
            with self._app.db.write() as tx:
                self._lease = tx.leases.acquire(WORKER_LEASE, self._holder, now, self._seconds)
            if self._lease is not None:
                _log.info("lease taken", holder=self._holder, token=self._lease.token)
        elif (self._lease.expires_at - now).total_seconds() < self._seconds / 2:
            try:
                with self._app.db.write() as tx:
                    self._lease = tx.leases.renew(self._lease, now, self._seconds)
            except Conflict:
                self._lease = None
        return self._lease

    def _note(self, task: str, error: LedgerError) -> None:
        _log.warning("worker task failed", task=task, code=error.code, detail=error.detail)
