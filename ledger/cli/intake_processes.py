"""The processes that work through bulk captures beside the server.

Validating and committing is arithmetic, so it gets processes of its own: captures use every core
and do not make readers wait. A process that dies is started again; its job's claim expires and the
job is worked through from the stored document.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Self

import structlog

from ledger.chain.process import leashed
from ledger.config import Settings

_log = structlog.get_logger(__name__)

_LOOK_SECONDS = 0.5
_GRACE_SECONDS = 20.0


class IntakeProcesses:
    """Keeps `settings.intake_processes` children of this process running."""

    def __init__(self, settings: Settings) -> None:
        self._count = settings.intake_processes
        self._environment = {
            **os.environ,
            "PROVENANCE_DATA_DIR": str(settings.data_dir.absolute()),
            "PROVENANCE_DATABASE_URL": settings.database,
        }
        self._children: list[subprocess.Popen[bytes]] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start them and watch over them."""
        self._thread = threading.Thread(target=self._watch, name="intake-watch")
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let each finish the job it has, then end it."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def pids(self) -> list[int]:
        """Process ids of the children."""
        return [child.pid for child in self._children]

    def _watch(self) -> None:
        # The kernel's leash is tied to the thread that spawns, so this thread outlives them.
        self._children = [self._spawn() for _ in range(self._count)]
        while not self._stop.wait(_LOOK_SECONDS):
            for number, child in enumerate(self._children):
                if child.poll() is not None:
                    _log.warning("intake process ended", pid=child.pid, code=child.returncode)
                    self._children[number] = self._spawn()
        for child in self._children:
            with suppress(ProcessLookupError):
                child.send_signal(signal.SIGTERM)
        for child in self._children:
            try:
                child.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def _spawn(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            leashed([sys.executable, "-m", "ledger.cli.intake"]),
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
