"""Lines: each sent by one thread at a time, and by what is due now, not a moment ago."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from ledger.services.line_sending import LineSending


def test_line_that_failed_while_it_was_asked_what_is_due_is_not_begun_again() -> None:
    """What is due must be read after it is known which lines have ended: else a line that fails
    in between is due by the old answer and begun by the new one, without its pause."""
    begun: list[str] = []
    due = {"a"}
    asked_again, ended = threading.Event(), threading.Event()

    def send_first(line: str) -> bool:
        begun.append(line)
        assert asked_again.wait(10)
        due.discard(line)  # noted as failed: not due for now
        ended.set()
        return False

    lines = LineSending("test", send_first)
    assert lines.begin(lambda: ["a"]) == 1

    def read_due() -> Sequence[str]:
        found = sorted(due)
        asked_again.set()
        assert ended.wait(10)
        time.sleep(0.05)  # until its thread has ended as well
        return found

    while lines.begin(read_due):
        time.sleep(0.001)
    lines.close()
    assert begun == ["a"]


def test_line_in_flight_is_not_begun_twice() -> None:
    release = threading.Event()
    begun: list[str] = []

    def send_first(line: str) -> bool:
        begun.append(line)
        release.wait(10)
        return False

    lines = LineSending("test", send_first)
    assert lines.begin(lambda: ["a", "b"]) == 2
    assert lines.begin(lambda: ["a", "b"]) == 2
    release.set()
    lines.close()
    assert sorted(begun) == ["a", "b"]
