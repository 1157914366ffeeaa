"""One installation in this process, stepped by hand: no thread of its own, no HTTP."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ledger.app import App
from ledger.config import Settings
from ledger.identity.organization import OrgId
from ledger.services.caller import Caller
from ledger.services.installation import make_keystore
from ledger.storage.database import Database
from ledger.storage.organizations import OrganizationState
from ledger.worker import Worker

LEASE_SECONDS = 0.6


class World:
    """App and worker on a chain that already runs. `step` is one round of the worker."""

    def __init__(
        self,
        rpc_urls: str | Sequence[str],
        database_url: str | None = None,
        engine: str = "anvil",
        **settings_too: Any,
    ) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="world"))
        self.settings = Settings.model_validate(
            {
                "data_dir": self._folder,
                "database_url": database_url or f"sqlite:///{self._folder / 'ledger.sqlite3'}",
                "rpc_urls": [rpc_urls] if isinstance(rpc_urls, str) else list(rpc_urls),
                "engine": engine,
                **settings_too,
            }
        )
        self._keystore = make_keystore(
            self.settings.keystore_path, self.settings.password_path, None
        )
        self.app = self._open()
        self.worker = Worker(self.app, lease_seconds=LEASE_SECONDS)
        self.app.found()
        self.work_until_active()
        _, secret = self.app.membership.mint_key(
            self.app.operator, ["capture", "read"], label="producer"
        )
        self.secret = secret

    @property
    def caller(self) -> Caller:
        """The operator's organization, as an authenticated caller."""
        return self.app.membership.authenticate(self.secret)

    def step(self) -> bool:
        """One round of the worker."""
        return self.worker.run_once()

    def work_until_active(self, *orgs: OrgId) -> None:
        """Until these organizations, or the operator, are enrolled."""
        for _ in range(4000):
            self.step()
            rows = map(self.app.membership.get_organization, orgs or (self.app.operator,))
            if all(row.state is OrganizationState.ACTIVE for row in rows):
                return
            time.sleep(0.01)
        raise AssertionError("never enrolled")

    def crash_worker(self) -> None:
        """The worker is gone without a word; its lease runs out and another takes over."""
        self.worker = Worker(self.app, lease_seconds=LEASE_SECONDS)
        time.sleep(LEASE_SECONDS + 0.05)

    def restart(self) -> None:
        """Every object anew on the same files and the same chain."""
        self.app.close()
        self.app.db.close()
        self.app = self._open()
        self.app.found()
        self.crash_worker()

    def close(self) -> None:
        self.app.close()
        self.app.db.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def settle(self, seconds: float = 30.0) -> None:
        """Work until every job is done and everything is on chain, twice in a row."""
        deadline = time.monotonic() + seconds
        quiet = 0
        for number in itertools.count():
            while self.app.capturing.run_next(f"settler-{number}", 30):
                pass
            self.step()
            quiet = quiet + 1 if self.is_settled() else 0
            if quiet >= 3:
                return
            assert time.monotonic() < deadline, self.describe()
            time.sleep(0.01)

    def is_settled(self) -> bool:
        with self.app.db.read() as tx:
            state, anchor = tx.log.state(), tx.anchors.latest_confirmed()
            waiting = tx.submissions.pending(1) or tx.anchors.open()
            unfinished = tx.jobs.unfinished_count()
        assert state is not None
        size = anchor.size if anchor is not None else 0
        behind = any(self.app.journal.unconfirmed(one.address) for one in self.app.submitters)
        return not (waiting or unfinished or behind or size != state[0])

    def describe(self) -> str:
        """What is under way, for a failed test."""
        with self.app.db.read() as tx:
            anchors = [(row.size, row.state.value) for row in tx.anchors.list(5)]
            state = tx.log.state()
            jobs = tx.jobs.unfinished_count()
        lanes = [
            (entry.purpose, entry.nonce, entry.state.value, entry.failure)
            for one in self.app.submitters
            for entry in self.app.journal.unconfirmed(one.address)
        ]
        trouble = [one.trouble for one in self.app.submitters]
        return f"log {state and state[0]}, anchors {anchors}, jobs {jobs}, {lanes}, {trouble}"

    def _open(self) -> App:
        db = Database.open(self.settings.database)
        db.migrate()
        return App(self.settings, db, self._keystore, self.settings.rpc_urls)
