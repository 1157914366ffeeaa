"""Life and readiness on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field

from api.schemas.wire import Answer

if TYPE_CHECKING:
    from ledger.services.watching import Watch


class Health(Answer):
    """The process answers."""

    status: Literal["alive"]


class Readiness(Answer):
    """Which parts work. `ready` is what a load balancer should look at: records can be taken."""

    ready: bool
    database: bool
    worker: bool = Field(description="Some worker holds the lease.")
    chain: bool = Field(description="A chain node answers and is the pinned chain.")
    log_size: int
    anchored_size: int
    unanchored_seconds: float = Field(description="Age of the oldest unanchored checkpoint.")
    unstamped_seconds: float = Field(
        description="Age of the oldest transaction without a time-stamp; 0 with no authority."
    )
    time_authority: Literal["none", "working", "failing"] = Field(
        description="Whether the time-stamping authority's last answer was a token that holds."
    )
    jobs_unfinished: int

    @classmethod
    def of(cls, watch: Watch) -> Self:
        """The wire form of one look around."""
        return cls(
            ready=watch.database and watch.worker and watch.chain,
            database=watch.database,
            worker=watch.worker,
            chain=watch.chain,
            log_size=watch.log_size,
            anchored_size=watch.anchored_size,
            unanchored_seconds=round(watch.unanchored_seconds, 3),
            unstamped_seconds=round(watch.unstamped_seconds, 3),
            time_authority=watch.time_authority,
            jobs_unfinished=watch.jobs_unfinished,
        )
