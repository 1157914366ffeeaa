"""Many questions, few trips."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from api.gathering import MOST_AT_ONCE, Gathering
from ledger.errors import Unavailable


def test_questions_asked_meanwhile_go_together() -> None:
    trips: list[list[int]] = []
    first_is_asked, go_on = threading.Event(), threading.Event()

    def answer(questions: Sequence[int]) -> list[int]:
        trips.append(list(questions))
        first_is_asked.set()
        go_on.wait(10)
        return [question * 2 for question in questions]

    async def scenario() -> list[int]:
        gathering = Gathering(asyncio.get_running_loop(), answer)
        first = asyncio.create_task(gathering.ask(0))
        await asyncio.to_thread(first_is_asked.wait, 10)
        others = [asyncio.create_task(gathering.ask(number)) for number in range(1, 100)]
        await asyncio.sleep(0)
        go_on.set()
        return [await first, *[await one for one in others]]

    assert asyncio.run(scenario()) == [number * 2 for number in range(100)]
    assert [len(trip) for trip in trips] == [1, MOST_AT_ONCE, 99 - MOST_AT_ONCE]


def test_failed_trip_fails_its_questions_and_no_other() -> None:
    fails = [True]

    def answer(questions: Sequence[int]) -> Sequence[int]:
        if fails.pop():
            fails.append(False)
            raise Unavailable("storage-unavailable", "away")
        fails.append(False)
        return questions

    async def scenario() -> None:
        gathering = Gathering(asyncio.get_running_loop(), answer)
        with pytest.raises(Unavailable):
            await gathering.ask(1)
        assert await gathering.ask(2) == 2

    asyncio.run(scenario())


def test_question_given_up_does_not_hold_the_others() -> None:
    release = threading.Event()

    def answer(questions: Sequence[int]) -> Sequence[int]:
        release.wait(10)
        return questions

    async def scenario() -> int:
        gathering = Gathering(asyncio.get_running_loop(), answer)
        gone, stays = (asyncio.create_task(gathering.ask(number)) for number in (1, 2))
        await asyncio.sleep(0)
        gone.cancel()
        release.set()
        return await stays

    assert asyncio.run(scenario()) == 2
