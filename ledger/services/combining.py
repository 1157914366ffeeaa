"""Combined writes: what several threads want written at the same time is one transaction.

Whoever comes first writes; what others hand in meanwhile is written next, all at once, by one of
them. So the disk is flushed once and statements are sent once for many rows, and nobody waits for
company: a request alone is written alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")

MOST_AT_ONCE = 64


class _Request(Generic[Q, A]):
    """One question. It is woken once: with its answer, or to write for all who wait then."""

    __slots__ = ("answer", "is_done", "question", "woken")

    def __init__(self, question: Q) -> None:
        self.question = question
        self.answer: A | Exception | None = None
        self.is_done = False
        self.woken = threading.Event()


class Combining(Generic[Q, A]):
    """Has `write` called for several questions at once; it gives an answer or an exception for each
    in their order, and what it raises itself is everybody's."""

    def __init__(self, write: Callable[[Sequence[Q]], Sequence[A | Exception]]) -> None:
        self._write = write
        self._waiting: list[_Request[Q, A]] = []
        self._is_writing = False
        self._lock = threading.Lock()

    def ask(self, question: Q) -> A:
        """The answer to this question, once it is written. Raises what became of it instead."""
        mine: _Request[Q, A] = _Request(question)
        with self._lock:
            self._waiting.append(mine)
            is_first = not self._is_writing
            self._is_writing = True
        # Nobody takes a lock to learn that he is done: threads that do so wait for each other.
        if not is_first:
            mine.woken.wait()
        if not mine.is_done:
            self._settle(mine)
        if isinstance(mine.answer, Exception):
            raise mine.answer
        assert mine.answer is not None
        return mine.answer

    def _settle(self, mine: _Request[Q, A]) -> None:
        """Write for those who wait, ourselves first among them, and let the next one write."""
        with self._lock:
            group, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        assert group[0] is mine, "who is woken to write has waited longest"
        answers: Sequence[A | Exception]
        try:
            answers = self._write([one.question for one in group])
        except Exception as error:
            answers = [error] * len(group)
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._is_writing = following is not None
        if following is not None:
            following.woken.set()
        for one, answer in zip(group, answers, strict=True):
            one.answer, one.is_done = answer, True
            one.woken.set()
