"""An agency as people run it: `provenance desk …`, in processes and a folder of its own."""

from __future__ import annotations

import json
import select
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.exchange.rules import LegState
from tests.support.installation import PROVENANCE, environment, provenance

_SECONDS = 300.0
"""Far beyond the minute after which a desk tries again by itself: only a test that fails waits so
long."""


@dataclass
class DeskProcess:
    """One agency's folder, and `desk up` over it while that runs."""

    organ_id: str
    folder: Path
    process: subprocess.Popen[str] | None = None

    def told(self, *arguments: str) -> Any:
        """What a command of this desk says as JSON; it must succeed."""
        done = provenance("desk", *arguments, "--json", PROVENANCE_DESK=str(self.folder))
        assert done.code == 0, done.err
        return done.json

    def start(self) -> None:
        """`desk up`, until its portal answers."""
        self.process = subprocess.Popen(
            [PROVENANCE, "desk", "up", "--desk", str(self.folder), "--port", "0", "--json"],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        told, _, _ = select.select([self.process.stdout], [], [], _SECONDS)
        assert told, "not ready in time"
        assert "url" in json.loads(self.process.stdout.readline())

    def stop(self) -> None:
        """End `desk up` if it runs, as its user would."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.communicate(timeout=_SECONDS)
        finally:
            self.process.kill()
            self.process = None

    def send(self, to: DeskProcess, file: Path, subject: str) -> str:
        """Send a document; its one leg."""
        told = self.told(
            "send", str(file), "--to", to.organ_id, "--subject", subject, "--notation", "UBND-VX"
        )
        (leg,) = told["legs"]
        return str(leg["leg"])

    def wait_for(self, leg: str, state: str) -> None:
        """Until this desk knows the leg to be in that state."""
        wanted = (int(LegState[state]),)
        self._wait_until("SELECT 1 FROM legs WHERE leg = ? AND state = ?", leg, *wanted)

    def wait_for_bundle(self, leg: str) -> None:
        """Until its rounds have fetched the bundle of all that happened to the leg, all of which is
        in a block."""
        self._wait_until(
            "SELECT 1 FROM legs WHERE leg = ? AND bundled = events AND NOT EXISTS "
            "(SELECT 1 FROM events WHERE events.leg = legs.leg AND block IS NULL)",
            leg,
        )

    def bundle(self, leg: str) -> Path:
        """Where the desk keeps the leg's bundle."""
        return self.folder / "bundles" / f"{leg}.asice"

    def lose(self) -> None:
        """Everything of this agency is gone."""
        self.stop()
        shutil.rmtree(self.folder)

    def _wait_until(self, question: str, leg: str, *more: int) -> None:
        """Ask the desk's memory again and again."""
        deadline = time.monotonic() + _SECONDS
        with closing(sqlite3.connect(self.folder / "desk.sqlite", timeout=30)) as memory:
            while memory.execute(question, (bytes.fromhex(leg), *more)).fetchone() is None:
                assert time.monotonic() < deadline, "waited in vain"
                time.sleep(0.1)
