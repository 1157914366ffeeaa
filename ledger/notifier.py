"""The notifier: the loop that tells subscribers, beside the worker and never in its way.

It has a lease and a thread of its own, because a subscriber that answers slowly must not hold up
the log. Any number may run; one holds the lease.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from contextlib import suppress

import structlog

from ledger.app import App
from ledger.errors import Conflict, LedgerError
from ledger.storage.leases import Lease

_log = structlog.get_logger(__name__)

NOTIFIER_LEASE = "notifier"
"""Name of its lease in the database."""
ROUND_SECONDS = 0.2


class Notifier:
    """Runs until told to stop; `run` may be the target of a thread."""

    def __init__(self, app: App, *, lease_seconds: float) -> None:
        self._app = app
        self._seconds = lease_seconds
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._stop = threading.Event()
        self._lease: Lease | None = None

    def stop(self) -> None:
        """End after the current round."""
        self._stop.set()

    def run(self) -> None:
        """Work until `stop`; then give the lease back so that the next one need not wait."""
        while not self._stop.is_set():
            busy = False
            try:
                busy = self.run_once()
            except LedgerError as error:
                _log.warning("notifier round failed", code=error.code, detail=error.detail)
            except Exception:
                _log.exception("notifier round failed")
            self._stop.wait(0.0 if busy else ROUND_SECONDS)
        self._app.notifying.delivering.close()
        self._app.alerting.delivering.close()
        self._app.exchange.notifying.delivering.close()
        if self._lease is not None:
            with suppress(LedgerError), self._app.db.write() as tx:
                tx.leases.release(self._lease)
            self._lease = None

    def run_once(self) -> bool:
        """One round. True when there may be more to match at once."""
        if not self._hold():
            return False
        found = self._app.notifying.match_once()
        self._app.notifying.delivering.send_once()
        self._app.cold_chain_alerting.run_once()
        self._app.alerting.delivering.send_once()
        found = self._app.exchange.notifying.match_once() or found
        self._app.exchange.notifying.delivering.send_once()
        self._app.recall_extending.run_when_due()
        return found

    def _hold(self) -> bool:
        now = self._app.clock.now()
        with suppress(Conflict):
            if self._lease is None:
                with self._app.db.write() as tx:
                    self._lease = tx.leases.acquire(
                        NOTIFIER_LEASE, self._holder, now, self._seconds
                    )
            elif (self._lease.expires_at - now).total_seconds() < self._seconds / 2:
                lease, self._lease = self._lease, None
                with self._app.db.write() as tx:
                    self._lease = tx.leases.renew(lease, now, self._seconds)
        return self._lease is not None
