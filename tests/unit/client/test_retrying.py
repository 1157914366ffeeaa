"""How long is waited before asking again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ledger.client.retrying import Patience, Waiting


def waits(count: int, patience: Patience, retry_after: str | None = None) -> list[float]:
    slept: list[float] = []
    waiting = Waiting(patience, sleep=slept.append, draw=lambda _, most: most)
    for _ in range(count):
        waiting.wait(retry_after)
    return slept


def test_waits_double_up_to_the_longest() -> None:
    patience = Patience(seconds=1000, first_wait=1, longest_wait=5)
    assert waits(5, patience) == [1, 2, 4, 5, 5]


def test_wait_beyond_the_patience_is_not_begun() -> None:
    assert waits(3, Patience(seconds=0.5, first_wait=1)) == []
    assert waits(1, Patience(seconds=30, first_wait=1), "3600") == []


@given(st.text(max_size=12))
def test_retry_after_is_kept_to_or_passed_over(text: str) -> None:
    patience = Patience(seconds=1e12, first_wait=1)
    (slept,) = waits(1, patience, text)
    assert slept >= 1


def test_retry_after_in_seconds_comes_on_top() -> None:
    assert waits(1, Patience(first_wait=1), "7") == [8]
