"""When to ask again, and how long to wait before.

Only what cannot have been decided is asked again: no answer, 429, 502, 503, 504. The waits grow
twofold and are drawn at random up to that bound, so that a hundred clients of a server that comes
back do not come back at once; a server's own Retry-After is kept to.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

AGAIN = frozenset({429, 502, 503, 504})
"""HTTP statuses that decide nothing."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one call may take, waits included, and between which bounds the waits lie (s)."""

    seconds: float = 120.0
    first_wait: float = 0.2
    longest_wait: float = 20.0


class Waiting:
    """The waits of one call."""

    def __init__(
        self,
        patience: Patience,
        sleep: Callable[[float], None] = time.sleep,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._patience = patience
        self._sleep = sleep
        self._draw = draw
        self._deadline = time.monotonic() + patience.seconds
        self._bound = patience.first_wait

    def wait(self, retry_after: str | None = None) -> bool:
        """Wait before the next attempt. False, at once, where that would go beyond the patience."""
        seconds = self._draw(0.0, self._bound)
        self._bound = min(self._bound * 2, self._patience.longest_wait)
        if retry_after is not None and retry_after.isascii() and retry_after.isdigit():
            # Not earlier than told, and not all of us in the same moment.
            seconds += int(retry_after[:9])
        if time.monotonic() + seconds > self._deadline:
            return False
        self._sleep(seconds)
        return True
