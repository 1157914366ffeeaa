"""What happened to a leg, as the statistics of a month see it, and what a month is.

An event belongs to the month in which the chain has it, on Vietnam's clock: block times are final,
so whoever counts later counts the same. When it happened by its own evidence is shown, not counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Self

from ledger.clock import from_unix, unix_seconds
from ledger.digest import Digest
from ledger.errors import InvalidInput
from ledger.exchange.calendar import at_local, local
from ledger.exchange.document import Document
from ledger.exchange.evidence import FILED, Evidence
from ledger.exchange.rules import (
    ON_THE_WAY,
    UNANSWERED,
    UNSETTLED,
    LegAction,
    LegState,
)
from ledger.identity.organization import OrgId

OPEN_STATES = ON_THE_WAY | UNANSWERED | UNSETTLED | {LegState.RECALL_REQUESTED}
"""Somebody is still expected to do something."""

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month in Vietnam; `begins` and `ends` in unix seconds, the end not included."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2026-03`. Raises InvalidInput `month-malformed`."""
        found = _MONTH.fullmatch(text) if isinstance(text, str) else None
        if found is None or not 1970 <= int(found[1]) <= 9998:
            raise InvalidInput("month-malformed", f"no month like 2026-03: {text!r:.40}")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, at: datetime) -> Self:
        """The month a moment lies in."""
        there = local(at)
        return cls(there.year, there.month)

    @property
    def text(self) -> str:
        """The one spelling."""
        return f"{self.year:04}-{self.month:02}"

    @property
    def begins(self) -> int:
        """Its first moment."""
        return unix_seconds(at_local(date(self.year, self.month, 1), time(0)))

    @property
    def ends(self) -> int:
        """The first moment of the next."""
        return self.next.begins

    @property
    def next(self) -> Month:
        """The month after it."""
        if self.month == 12:
            return Month(self.year + 1, 1)
        return Month(self.year, self.month + 1)

    def contains(self, at: int) -> bool:
        """Whether a moment in unix seconds lies in it."""
        return self.begins <= at < self.ends


TELLING = FILED | {LegAction.ASSIGN, LegAction.BEGIN}
"""Only the evidence of these tells the statistics more than the event itself."""


@dataclass(frozen=True, slots=True)
class LegEvent:
    """One event as the chain has it: its block's time in unix seconds, the state after it, the
    commitment to its evidence (zero where a deadline alone made it) and the evidence, None where
    nobody signed any, it was erased, or is not asked for (`TELLING`)."""

    action: LegAction
    state: LegState
    at: int
    commitment: Digest
    evidence: Evidence | None

    @property
    def happened_at(self) -> datetime:
        """When it happened by its evidence; by the chain where there is none."""
        return from_unix(self.at) if self.evidence is None else self.evidence.event_time


@dataclass(frozen=True, slots=True)
class LegHistory:
    """A leg with its events in order, from its opening on. `settle_by` in unix seconds, 0 for
    never."""

    leg: Digest
    sender: OrgId
    recipient: OrgId
    document: Document
    settle_by: int
    events: tuple[LegEvent, ...]

    def until(self, at: int) -> LegHistory | None:
        """As it stood then; None before it was opened."""
        events = tuple(event for event in self.events if event.at < at)
        return replace(self, events=events) if events else None

    def concerns(self, month: Month) -> bool:
        """Whether it was open when the month began, or something happened to it since then and
        before the month ended."""
        before = self.until(month.begins)
        return (before is not None and before.state in OPEN_STATES) or any(
            month.contains(event.at) for event in self.events
        )

    @property
    def state(self) -> LegState:
        """Where it stands."""
        return self.events[-1].state

    def last(self, action: LegAction) -> LegEvent | None:
        """The last event of that kind."""
        return next((event for event in reversed(self.events) if event.action is action), None)

    def within(self, month: Month, action: LegAction) -> LegEvent | None:
        """The last event of that kind in a month."""
        found = (
            event
            for event in reversed(self.events)
            if event.action is action and month.contains(event.at)
        )
        return next(found, None)
