"""Questions of many requests, answered together: the other way round of a group commit.

While one trip to the database is under way, whatever else is asked gathers, and goes with the next
one. A question that waits alone is asked at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

Q = TypeVar("Q")
A = TypeVar("A")

MOST_AT_ONCE = 64
"""Questions in one trip."""


class Gathering(Generic[Q, A]):
    """Asks `answer`, a function that may block, for the answers to several questions in their
    order. Belongs to one event loop."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, answer: Callable[[Sequence[Q]], Sequence[A]]
    ) -> None:
        self.loop = loop
        self._answer = answer
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._round: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        """The answer; or what `answer` raised, which then everyone of that trip is told."""
        future: asyncio.Future[A] = self.loop.create_future()
        self._waiting.append((question, future))
        if self._round is None:
            self._round = self.loop.create_task(self._go())
        return await future

    async def _go(self) -> None:
        asked: list[tuple[Q, asyncio.Future[A]]] = []
        try:
            while self._waiting:
                asked, self._waiting = (
                    self._waiting[:MOST_AT_ONCE],
                    self._waiting[MOST_AT_ONCE:],
                )
                await self._settle(asked)
        finally:
            self._round = None
            for _, future in (*asked, *self._waiting):  # only if this was cancelled
                future.cancel()

    async def _settle(self, asked: Sequence[tuple[Q, asyncio.Future[A]]]) -> None:
        try:
            answers = await run_in_threadpool(self._answer, [question for question, _ in asked])
        except Exception as error:
            for _, future in asked:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(asked, answers, strict=True):
            if not future.done():  # the visitor may have gone
                future.set_result(answer)
