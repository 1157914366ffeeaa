"""Combined writes: everybody gets the own answer, and few writes do for many."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.services.combining import MOST_AT_ONCE, Combining


def test_each_of_many_threads_gets_its_own_answer_in_few_writes() -> None:
    groups: list[int] = []

    def write(questions: Sequence[int]) -> Sequence[int | Exception]:
        time.sleep(0.001)
        groups.append(len(questions))
        return [one * 2 if one % 7 else ValueError(str(one)) for one in questions]

    combining: Combining[int, int] = Combining(write)

    def ask(one: int) -> int | str:
        try:
            return combining.ask(one)
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(32) as pool:
        found = list(pool.map(ask, range(1, 1_001)))
    assert found == [one * 2 if one % 7 else str(one) for one in range(1, 1_001)]
    assert sum(groups) == 1_000
    assert len(groups) < 500
    assert max(groups) <= MOST_AT_ONCE


def test_what_the_write_raises_is_everybodys_and_the_next_goes_on() -> None:
    begun, go_on = threading.Event(), threading.Event()
    calls: list[int] = []

    def write(questions: Sequence[int]) -> Sequence[int | Exception]:
        calls.append(len(questions))
        begun.set()
        go_on.wait(10)
        if len(calls) == 2:
            raise OSError("disk")
        return list(questions)

    combining: Combining[int, int] = Combining(write)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(combining.ask, 0)
        begun.wait(10)
        others = [pool.submit(combining.ask, one) for one in (1, 2, 3)]
        time.sleep(0.05)
        go_on.set()
        assert first.result(10) == 0
        for other in others:
            with pytest.raises(OSError, match="disk"):
                other.result(10)
    assert calls == [1, 3]
    assert combining.ask(4) == 4
