"""Stopping in good order: Ctrl-C and SIGTERM mean the same to every long-running command.

Until a command says that it can stop in order, both raise KeyboardInterrupt in the main thread,
which unwinds a half-done start. From then on they ask it to stop, and further ones change nothing:
what is under way (a job in hand, the chain's snapshot) takes seconds and shall be finished.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM)


def interrupt_on_signals() -> None:
    """Make SIGTERM interrupt as Ctrl-C does."""
    for number in STOPPING:
        signal.signal(number, signal.default_int_handler)


@contextlib.contextmanager
def stop_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at the first signal and ignore the others, beyond the end of the block too:
    what follows is the way down."""

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's signature
        stop()

    for number in STOPPING:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
