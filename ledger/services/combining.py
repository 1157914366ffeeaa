"""Combined writes: what several threads want written at the same time is one transaction.

Whoever comes first writes for all who wait by then, so the disk is flushed once for all of them and
statements are sent once for many rows. Nobody waits for company: a request alone is written alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")

MOST_AT_ONCE = 64


class _Request(Generic[Q, A]):
    __slots__ = ("answer", "is_done", "question")

    def __init__(self, question: Q) -> None:
        self.question = question
        self.answer: A | Exception | None = None
        self.is_done = False


class Combining(Generic[Q, A]):
    """Has `write` called for several questions at once; it gives an answer or an exception for each
    in their order, and what it raises itself is everybody's."""

    def __init__(self, write: Callable[[Sequence[Q]], Sequence[A | Exception]]) -> None:
        self._write = write
        self._waiting: list[_Request[Q, A]] = []
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def ask(self, question: Q) -> A:
        """The answer to this question, once it is written. Raises what became of it instead."""
        mine: _Request[Q, A] = _Request(question)
        with self._lock:
            self._waiting.append(mine)
        while not mine.is_done:
            with self._turn:
                if not mine.is_done:
                    self._settle()
        if isinstance(mine.answer, Exception):
            raise mine.answer
        assert mine.answer is not None
        return mine.answer

    def _settle(self) -> None:
        with self._lock:
            group, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        answers: Sequence[A | Exception]
        try:
            answers = self._write([one.question for one in group])
        except Exception as error:
            answers = [error] * len(group)
        for one, answer in zip(group, answers, strict=True):
            one.answer, one.is_done = answer, True
