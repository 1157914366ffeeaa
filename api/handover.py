"""From the thread that commits to the event loop that waits: one wake-up for all that is done.

`asyncio.wrap_future` wakes the loop once per Future. A group commit settles hundreds in a row, so
here those that are done when the loop comes round are delivered together.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Handover(Generic[T]):
    """Delivers results to one event loop. `expect` belongs to that loop's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._done: deque[Promise[T]] = deque()
        self._is_woken = False

    def expect(self) -> Promise[T]:
        """A result to come: settled in any thread, awaited here."""
        return Promise(self)

    def deliver_soon(self, promise: Promise[T]) -> None:
        """In the committing thread. Append first, look second: `_deliver` does it the other way
        round, so whatever was appended without a new wake-up is still seen by the last one."""
        self._done.append(promise)
        if not self._is_woken and not self.loop.is_closed():
            self._is_woken = True
            self.loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._is_woken = False
        while self._done:
            self._done.popleft().deliver()


class Promise(Generic[T]):
    """One result on its way; what a group commit knows of a `concurrent.futures.Future`."""

    __slots__ = ("_error", "_handover", "_result", "future")

    def __init__(self, handover: Handover[T]) -> None:
        self._handover = handover
        self._result: T | None = None
        self._error: BaseException | None = None
        self.future: asyncio.Future[T] = handover.loop.create_future()
        """Awaited by whoever asked. Giving up waiting does not stop the work."""

    def set_running_or_notify_cancel(self) -> bool:
        """Work that nobody waits for any more is done all the same: it was handed in."""
        return True

    def set_result(self, result: T) -> None:
        """It was done."""
        self._result = result
        self._handover.deliver_soon(self)

    def set_exception(self, error: BaseException) -> None:
        """It failed."""
        self._error = error
        self._handover.deliver_soon(self)

    def deliver(self) -> None:
        """In the loop's thread: wake whoever still waits."""
        if self.future.done():
            return
        if self._error is not None:
            self.future.set_exception(self._error)
        else:
            self.future.set_result(self._result)  # type: ignore[arg-type]  # T may admit None
