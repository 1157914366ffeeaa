"""From the thread that commits to the event loop that waits: one wake-up for all that is done.

`asyncio.wrap_future` wakes the loop once per Future. A group commit resolves hundreds in a row, so
here those that are done when the loop comes round are delivered together.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Handover:
    """Delivers results to one event loop. `wait` belongs to that loop's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._done: deque[tuple[asyncio.Future[Any], Future[Any]]] = deque()
        self._is_woken = False

    async def wait(self, future: Future[T]) -> T:
        """The Future's result, or its exception. Giving up waiting does not stop the work."""
        waiter: asyncio.Future[T] = self.loop.create_future()
        future.add_done_callback(self._receiver(waiter))
        return await waiter

    def _receiver(self, waiter: asyncio.Future[Any]) -> Callable[[Future[Any]], None]:
        def receive(future: Future[Any]) -> None:
            # In the committing thread. Append first, look second: `_deliver` does it the other way
            # round, so whatever was appended without a new wake-up is still seen by the last one.
            self._done.append((waiter, future))
            if not self._is_woken and not self.loop.is_closed():
                self._is_woken = True
                self.loop.call_soon_threadsafe(self._deliver)

        return receive

    def _deliver(self) -> None:
        self._is_woken = False
        while self._done:
            waiter, future = self._done.popleft()
            if waiter.done():
                continue
            error = future.exception()
            if error is not None:
                waiter.set_exception(error)
            else:
                waiter.set_result(future.result())
