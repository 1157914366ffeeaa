"""Results cross from a thread into the event loop, each to whoever waits for it."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future

import pytest

from api.handover import Handover
from tests.support.event_loop import run_in_loop


def test_wait_many_futures_resolved_by_threads_each_get_their_own() -> None:
    futures: list[Future[int]] = [Future() for _ in range(2000)]

    def resolve(part: int) -> None:
        for number in range(part, len(futures), 4):
            if number % 7 == 0:
                futures[number].set_exception(ValueError(number))
            else:
                futures[number].set_result(number)

    async def run() -> list[int | BaseException]:
        handover = Handover(asyncio.get_running_loop())
        waiting = [asyncio.ensure_future(handover.wait(future)) for future in futures]
        await asyncio.sleep(0)
        threads = [threading.Thread(target=resolve, args=(part,)) for part in range(4)]
        for thread in threads:
            thread.start()
        return await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 10)

    for number, got in enumerate(run_in_loop(run())):
        if number % 7 == 0:
            assert isinstance(got, ValueError)
            assert got.args == (number,)
        else:
            assert got == number


def test_wait_future_already_done_answers() -> None:
    done: Future[str] = Future()
    done.set_result("stored")

    async def run() -> str:
        return await asyncio.wait_for(Handover(asyncio.get_running_loop()).wait(done), 5)

    assert run_in_loop(run()) == "stored"


def test_wait_given_up_leaves_the_work_alone() -> None:
    future: Future[str] = Future()

    async def run() -> None:
        handover = Handover(asyncio.get_running_loop())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(handover.wait(future), 0.01)
        assert not future.cancelled()
        future.set_result("stored after all")
        await asyncio.sleep(0.01)

    run_in_loop(run())


def test_result_after_the_loop_has_ended_is_dropped() -> None:
    future: Future[str] = Future()

    async def run() -> None:
        task = asyncio.ensure_future(Handover(asyncio.get_running_loop()).wait(future))
        await asyncio.sleep(0)
        task.cancel()

    run_in_loop(run())
    future.set_result("nobody waits")
