"""What a campaign found, written where the benchmarks write theirs."""

from __future__ import annotations

from collections.abc import Sequence

from bench.result import Figure, Result
from tests.support.campaign import IS_CAMPAIGN


def write_result(
    name: str, figures: Sequence[Figure], *, seed: int, database: str, engine: str = "anvil"
) -> None:
    """Write `bench/results/campaign-<name>.json` after a run at full size, and only then."""
    if IS_CAMPAIGN:
        Result(f"campaign-{name}", seed, database, engine, list(figures)).write()
