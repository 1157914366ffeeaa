"""Until when a document must arrive, be answered and be settled: the terms of an opening.

What the law asks for: sent the day it is signed, at the latest the next working morning (Decision
28/2018 Article 6, stricter than Decree 30/2020 Article 18); urgent documents at once; receipt told
to the sender the same day (Decree 30 Article 21.2.c). The law sets no window for an answer, so
profiles do. All on Vietnam's clock, in a working calendar whose digest goes with the terms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from ledger.clock import unix_seconds
from ledger.digest import Digest
from ledger.errors import InvalidInput
from ledger.exchange.calendar import WorkCalendar, at_local, local

_DAY = timedelta(days=1)
_LONGEST_WAY = timedelta(days=60)

ORDINARY = 0
"""Priority of edXML; 1 khẩn, 2 thượng khẩn, 3 hỏa tốc, 4 hỏa tốc hẹn giờ."""


@dataclass(frozen=True, slots=True)
class Window:
    """How long something may take: to the end of the working day so many working days on (0: of
    the same day, where it begins in working hours), or so many minutes by the clock."""

    working_days: int = 0
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class DeadlineProfile:
    """The windows of one kind of exchange. Urgent ones (priority 1 to 4) run by the clock, day and
    night."""

    name: str
    morning_ends: time = time(11, 30)
    day_ends: time = time(17, 0)
    answer: Window = Window()
    urgent_arrival_minutes: MappingProxyType[int, int] = field(
        default_factory=lambda: MappingProxyType({1: 120, 2: 60, 3: 30, 4: 30})
    )
    urgent_answer_minutes: MappingProxyType[int, int] = field(
        default_factory=lambda: MappingProxyType({1: 480, 2: 240, 3: 120, 4: 120})
    )
    attempts: int = 3


DECREE_30 = DeadlineProfile("decree-30")
"""As the law has it: the next morning, the same day."""

TWO_DAYS = DeadlineProfile("two-days", answer=Window(working_days=2))
"""For agencies that agreed to wait two working days for an answer."""

PROFILES = MappingProxyType({profile.name: profile for profile in (DECREE_30, TWO_DAYS)})


@dataclass(frozen=True, slots=True)
class Terms:
    """What an Opening takes: times in unix seconds, `answer_within` in seconds, `settle_by` 0 for
    none; and by which profile and calendar they were found."""

    arrive_by: int
    answer_within: int
    settle_by: int
    attempts: int
    profile: str
    calendar: Digest


def find_terms(
    now: datetime,
    priority: int,
    due: date | None,
    profile: DeadlineProfile,
    calendar: WorkCalendar,
) -> Terms:
    """The terms of a document signed now.

    Raises InvalidInput `due-date-past` where it would have to be settled before it can arrive, and
    `calendar-year-unknown`.
    """
    arrive_by = _arrival(now, priority, profile, calendar)
    settle_by = None if due is None else calendar.end_of_period(due)
    if settle_by is not None and settle_by <= arrive_by:
        raise InvalidInput(
            "due-date-past",
            f"it can arrive as late as {local(arrive_by):%Y-%m-%d %H:%M}",
            pointer="/dueDate",
        )
    return Terms(
        arrive_by=unix_seconds(arrive_by),
        answer_within=_answer(now, arrive_by, priority, profile, calendar),
        settle_by=0 if settle_by is None else unix_seconds(settle_by),
        attempts=profile.attempts,
        profile=profile.name,
        calendar=calendar.digest,
    )


def _arrival(
    now: datetime, priority: int, profile: DeadlineProfile, calendar: WorkCalendar
) -> datetime:
    if priority > ORDINARY:
        return now + timedelta(minutes=profile.urgent_arrival_minutes[priority])
    return at_local(calendar.working_day(local(now).date() + _DAY), profile.morning_ends)


def _answer(
    now: datetime,
    arrive_by: datetime,
    priority: int,
    profile: DeadlineProfile,
    calendar: WorkCalendar,
) -> int:
    """Seconds from arrival. The contract counts seconds and knows no weekends, and it is not known
    yet when the message will arrive: so the longest of the windows that any arrival in time would
    have. Nobody is overdue who would not be by the calendar."""
    minutes = profile.answer.minutes
    if priority > ORDINARY:
        minutes = profile.urgent_answer_minutes[priority]
    if minutes is not None:
        return minutes * 60
    return max(
        int((_answer_due(arrival, profile, calendar) - arrival).total_seconds())
        for arrival in _arrivals(now, arrive_by, profile)
    )


def _answer_due(arrival: datetime, profile: DeadlineProfile, calendar: WorkCalendar) -> datetime:
    there = local(arrival)
    day = there.date() if there.time() < profile.day_ends else there.date() + _DAY
    return at_local(calendar.working_day(day, profile.answer.working_days), profile.day_ends)


def _arrivals(now: datetime, arrive_by: datetime, profile: DeadlineProfile) -> Iterator[datetime]:
    """The arrivals with the longest wait: each the first moment that is answered a day later."""
    assert arrive_by - now < _LONGEST_WAY, "the next working morning is near"
    yield now
    day = local(now).date()
    while (closed := at_local(day, profile.day_ends)) <= arrive_by:
        if closed > now:
            yield closed
        day += _DAY
