import threading
import time
from pathlib import Path

import pytest

from ledger.errors import Unavailable
from ledger.storage import writer_queue
from ledger.storage.writer_queue import WriterQueue


def test_queue_lets_one_in_at_a_time_among_threads_and_openers(tmp_path: Path) -> None:
    queues = [WriterQueue(tmp_path / "lock") for _ in range(3)]
    inside = 0
    most = 0

    def work(queue: WriterQueue) -> None:
        nonlocal inside, most
        for _ in range(20):
            with queue:
                inside += 1
                most = max(most, inside)
                time.sleep(0.0005)
                inside -= 1

    threads = [threading.Thread(target=work, args=(queue,)) for queue in queues * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_queue_waiter_gives_up_and_harms_nobody_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_queue, "BUSY_SECONDS", 0.1)
    holder, waiter, third = (WriterQueue(tmp_path / "lock") for _ in range(3))
    with holder:
        with pytest.raises(Unavailable) as caught, waiter:
            pass
        assert caught.value.code == "storage-busy"
    # the abandoned wait may be granted now; it must give the lock back by itself
    deadline = time.monotonic() + 5
    while True:
        try:
            with third, pytest.raises(Unavailable), waiter:
                pass
        except Unavailable:
            assert time.monotonic() < deadline
            continue
        break


def test_queue_failed_block_frees_the_turn(tmp_path: Path) -> None:
    queue = WriterQueue(tmp_path / "lock")
    with pytest.raises(RuntimeError), queue:
        raise RuntimeError
    with queue:
        pass
