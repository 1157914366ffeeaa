"""Results cross from a thread into the event loop, each to whoever waits for it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from api.handover import Handover, Promise
from tests.support.event_loop import run_in_loop


def test_promises_settled_by_threads_each_get_their_own() -> None:
    def settle(promises: list[Promise[int]], part: int) -> None:
        for number in range(part, len(promises), 4):
            if number % 7 == 0:
                promises[number].set_exception(ValueError(number))
            else:
                promises[number].set_result(number)

    async def run() -> list[int | BaseException]:
        handover: Handover[int] = Handover(asyncio.get_running_loop())
        promises = [handover.expect() for _ in range(2000)]
        threads = [threading.Thread(target=settle, args=(promises, part)) for part in range(4)]
        for thread in threads:
            thread.start()
        waiting = (promise.future for promise in promises)
        return await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 10)

    for number, got in enumerate(run_in_loop(run())):
        if number % 7 == 0:
            assert isinstance(got, ValueError)
            assert got.args == (number,)
        else:
            assert got == number


def test_promise_settled_before_it_is_awaited_answers() -> None:
    async def run() -> str:
        promise = Handover[str](asyncio.get_running_loop()).expect()
        promise.set_result("stored")
        return await asyncio.wait_for(promise.future, 5)

    assert run_in_loop(run()) == "stored"


def test_given_up_leaves_the_work_alone() -> None:
    async def run() -> None:
        promise = Handover[str](asyncio.get_running_loop()).expect()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(promise.future, 0.01)
        assert promise.set_running_or_notify_cancel()
        promise.set_result("stored after all")
        await asyncio.sleep(0.01)

    run_in_loop(run())


def test_result_after_the_loop_has_ended_is_dropped() -> None:
    async def run() -> Promise[str]:
        return Handover[str](asyncio.get_running_loop()).expect()

    promise = run_in_loop(run())
    promise.set_result("nobody waits")
