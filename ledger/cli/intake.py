"""The intake: processes that claim capture jobs and work through them until told to stop.

`python -m ledger.cli.intake [LANE]` loads everything once and forks `PROVENANCE_INTAKE_PROCESSES`
workers from itself, so their code is in memory once, and one more for the single events of a lane.
It opens no database itself: connections must not cross a fork. A worker that dies is replaced, and
what it had in hand is worked through again.
"""

from __future__ import annotations

import gc
import os
import secrets
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress

import structlog

from ledger.chain.process import start_tick
from ledger.cli.lane import serve_lane
from ledger.cli.logs import log_to
from ledger.cli.memory import die_with_parent, give_back, keep_small
from ledger.config import Settings
from ledger.errors import LedgerError, Unavailable
from ledger.offline import open_intake
from ledger.services.capturing import Capturing

_log = structlog.get_logger(__name__)

CLAIM_SECONDS = 120.0
"""A claim not finished after this is another process's to take. Deaths on this host are noticed
at once; this is for hosts that vanish."""
_BURIAL_SECONDS = 2.0
"""An idle process looks so often for claims of dead ones."""
_IDLE_SECONDS = 0.05
_RETRY_SECONDS = 1.0
_LOOK_SECONDS = 0.2

Post = Callable[[Settings, threading.Event], None]
"""What a worker does until it is told to stop."""


def main() -> int:
    """Work until SIGTERM, finishing the jobs in hand."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    log_to(None)
    keep_small()
    run_processes(Settings(), stop, lane=sys.argv[1] if sys.argv[1:] else None)
    return 0


def run_processes(settings: Settings, stop: threading.Event, lane: str | None = None) -> None:
    """Keep the workers running until `stop` is set, then let each finish the job it has."""
    gc.collect()
    gc.freeze()
    posts: list[Post] = [_take_jobs] * max(1, settings.intake_processes)
    if lane is not None:
        posts.append(lambda settings, stop: _take_singles(settings, stop, lane))
    children: dict[int, tuple[Post, float]] = {}
    while not stop.is_set():
        while posts:
            post = posts.pop()
            children[_fork(settings, post)] = post, time.monotonic()
        if not stop.wait(_LOOK_SECONDS):
            for pid in [pid for pid in children if _has_ended(pid)]:
                post, since = children.pop(pid)
                posts.append(post)
                if time.monotonic() - since < _RETRY_SECONDS:
                    stop.wait(_RETRY_SECONDS)  # it could not even begin
    for pid in children:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    for pid in children:
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)


def work_through(capturing: Capturing, stop: threading.Event) -> None:
    """Claim and finish jobs until `stop` is set."""
    host = f"{socket.gethostname()}:"
    worker = f"{host}{os.getpid()}:{start_tick(os.getpid())}:{secrets.token_hex(4)}"
    # Ten thousand parsed events are no garbage: collect between jobs, not during them.
    gc.collect()
    gc.freeze()
    gc.disable()
    look_at, has_failed = 0.0, False
    while not stop.is_set():
        try:
            if has_failed:
                # The database was away in the middle of a job: it must not wait for our own claim.
                capturing.release(worker)
                has_failed = False
            if time.monotonic() >= look_at:
                capturing.release_dead(host, _is_dead)
                look_at = time.monotonic() + _BURIAL_SECONDS
            busy = capturing.run_next(worker, CLAIM_SECONDS)
        except LedgerError as error:
            has_failed = isinstance(error, Unavailable)
            _log.warning("capture job failed", code=error.code, detail=error.detail)
            stop.wait(_RETRY_SECONDS)
            continue
        except Exception:
            _log.exception("capture job failed")
            stop.wait(_RETRY_SECONDS)
            continue
        if busy:
            gc.collect()
            give_back()
        else:
            stop.wait(_IDLE_SECONDS)


def _is_dead(worker: str) -> bool:
    """Whether the process that took this name on this host is gone; pids are reused, so its start
    counts too."""
    parts = worker.rsplit(":", 3)[1:]
    if len(parts) != 3 or not (parts[0].isdigit() and parts[1].isdigit()):
        return False
    return start_tick(int(parts[0])) != int(parts[1])


def _take_jobs(settings: Settings, stop: threading.Event) -> None:
    with open_intake(settings) as (capturing, _):
        work_through(capturing, stop)


def _take_singles(settings: Settings, stop: threading.Event, lane: str) -> None:
    with open_intake(settings) as (_, singles):
        serve_lane(lane, singles.store, stop)


def _fork(settings: Settings, post: Post) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        die_with_parent(parent)
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        post(settings, stop)
        code = 0
    except LedgerError as error:
        _log.error("intake process ends", code=error.code, detail=error.detail)
    except BaseException:
        traceback.print_exc()
    # Whatever the parent's stack holds is the parent's to close.
    os._exit(code)


def _has_ended(pid: int) -> bool:
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return True
    if ended:
        _log.warning("intake process ended", pid=pid, code=os.waitstatus_to_exitcode(status))
    return bool(ended)


if __name__ == "__main__":
    sys.exit(main())
