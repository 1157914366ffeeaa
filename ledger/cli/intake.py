"""One intake process: claims capture jobs and works through them until told to stop."""

from __future__ import annotations

import gc
import os
import secrets
import signal
import socket
import sys
import threading

import structlog

from ledger.app import open_intake
from ledger.cli.logs import log_to
from ledger.config import Settings
from ledger.errors import LedgerError
from ledger.services.capturing import Capturing

_log = structlog.get_logger(__name__)

CLAIM_SECONDS = 120.0
"""A claim not finished after this is another process's to take."""
_IDLE_SECONDS = 0.05
_RETRY_SECONDS = 1.0


def main() -> int:
    """Work until SIGTERM, finishing the job in hand."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    log_to(None)
    try:
        with open_intake(Settings()) as capturing:
            work_through(capturing, stop)
    except LedgerError as error:
        _log.error("intake process ends", code=error.code, detail=error.detail)
        return 1
    return 0


def work_through(capturing: Capturing, stop: threading.Event) -> None:
    """Claim and finish jobs until `stop` is set."""
    worker = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    # Ten thousand parsed events are no garbage: collect between jobs, not during them.
    gc.collect()
    gc.freeze()
    gc.disable()
    while not stop.is_set():
        try:
            busy = capturing.run_next(worker, CLAIM_SECONDS)
        except LedgerError as error:
            _log.warning("capture job failed", code=error.code, detail=error.detail)
            stop.wait(_RETRY_SECONDS)
            continue
        except Exception:
            _log.exception("capture job failed")
            stop.wait(_RETRY_SECONDS)
            continue
        if busy:
            gc.collect()
        else:
            stop.wait(_IDLE_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
