"""The processes that take captures in beside the server.

Validating and committing is arithmetic, so it gets processes of its own: captures use every core
and do not make readers wait. Single events go to one of them by a lane (`ledger.cli.lane`). They
are forked from one parent that has everything loaded, so their code is in memory once. A process
that dies is replaced; the others give back its claim within seconds, and the job is worked through
again from the stored document.
"""

from __future__ import annotations

import os
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
_GRACE_SECONDS = 30.0
_LOG_BYTES = 10 * 1024 * 1024
"""They log only what went wrong; the file is emptied at a start when it has grown longer."""


class IntakeProcesses:
    """Keeps `provenance worker --intake` running as a child of this process."""

    def __init__(self, settings: Settings, lane: str) -> None:
        self._lane = lane
        self._count = settings.intake_processes
        self._environment = {
            **os.environ,
            "PROVENANCE_DATA_DIR": str(settings.data_dir.absolute()),
            "PROVENANCE_DATABASE_URL": settings.database,
            "PROVENANCE_INTAKE_PROCESSES": str(self._count),
            "PROVENANCE_PUBLIC_URL": settings.base_url,
        }
        self._log_path = settings.data_dir / "intake.log"
        self._child: subprocess.Popen[bytes] | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start them and watch over them."""
        if self._count:
            self._thread = threading.Thread(target=self._watch, name="intake-watch")
            self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let each finish the job it has, then end it."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        # The kernel's leash is tied to the thread that spawns, so this thread outlives the child.
        self._child = self._spawn()
        while not self._stop.wait(_LOOK_SECONDS):
            if self._child.poll() is not None:
                _log.warning("intake ended", code=self._child.returncode)
                self._child = self._spawn()
        with suppress(ProcessLookupError):
            self._child.terminate()
        try:
            self._child.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _spawn(self) -> subprocess.Popen[bytes]:
        if self._log_path.exists() and self._log_path.stat().st_size > _LOG_BYTES:
            os.truncate(self._log_path, 0)
        with self._log_path.open("ab") as sink:
            return subprocess.Popen(
                leashed([sys.executable, "-m", "ledger.cli.intake", self._lane]),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )
