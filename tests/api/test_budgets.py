"""Request budgets: what is granted, and what the refusal says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.deps import Budget
from ledger.errors import QuotaExceeded


def _granted(budget: Budget, caller: str, at: float) -> bool:
    try:
        budget.spend(caller, at)
    except QuotaExceeded:
        return False
    return True


@given(
    rate=st.integers(1, 50),
    burst=st.integers(1, 100),
    gaps=st.lists(st.floats(0, 2), min_size=1, max_size=200),
)
def test_budget_never_grants_more_than_rate_and_burst(
    rate: int, burst: int, gaps: list[float]
) -> None:
    budget = Budget(rate, burst)
    at, granted = 100.0, 0
    start = at
    for gap in gaps:
        at += gap
        granted += _granted(budget, "key", at)
        assert granted <= burst + rate * (at - start) + 1e-6


def test_budget_spent_says_when_to_come_back() -> None:
    budget = Budget(rate=2.0, burst=1.0)
    budget.spend("key", 10.0)
    with pytest.raises(QuotaExceeded) as caught:
        budget.spend("key", 10.0)
    wait = caught.value.context["retry_after"]
    assert wait == pytest.approx(0.5)
    assert _granted(budget, "key", 10.0 + 0.5)


def test_budget_of_one_caller_is_not_spent_by_another() -> None:
    budget = Budget(rate=1.0, burst=1.0)
    assert _granted(budget, "household", 1.0)
    assert _granted(budget, "carrier", 1.0)
    assert not _granted(budget, "household", 1.0)
