"""Until when a document has to arrive, be answered and be settled: the terms of an opening.

By the law's working days (`ledger.exchange.deadlines`), or by the desk's own windows where it has
been told so. The contract holds the other side to them, and anyone may say that they have passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ledger.clock import VIETNAM, unix_seconds
from ledger.desk.settings import DeskSettings
from ledger.errors import InvalidInput
from ledger.exchange.calendar import find_calendar
from ledger.exchange.deadlines import PROFILES, find_terms
from ledger.exchange.document import Document

_AN_HOUR = 3600


@dataclass(frozen=True, slots=True)
class LegTerms:
    """Unix seconds, `answer_within` seconds; `settle_by` 0 where there is no such date."""

    arrive_by: int
    answer_within: int
    settle_by: int


def terms_of(settings: DeskSettings, document: Document, now: datetime) -> LegTerms:
    """The terms of a document signed now.

    In a year that no calendar knows the desk's own windows count: a document must still go out.
    """
    at = unix_seconds(now)
    settle_by = _settle_by(document.due_date, at)
    if settings.deadlines is not None:
        try:
            found = find_terms(
                now, document.priority, None, PROFILES[settings.deadlines], find_calendar()
            )
        except InvalidInput as unknown:
            if unknown.code != "calendar-year-unknown":
                raise
        else:
            return LegTerms(found.arrive_by, found.answer_within, settle_by)
    return LegTerms(at + settings.arrive_within, settings.answer_within, settle_by)


def _settle_by(due: date | None, now: int) -> int:
    """The end of the day on which it is due, by the office's clock. One that was reached while the
    server was away still leaves an hour: only what is to come can be agreed on."""
    return 0 if due is None else max(end_of_day(due), now + _AN_HOUR)


def end_of_day(day: date) -> int:
    """Its last second, by the office's clock; unix seconds."""
    begins = datetime(day.year, day.month, day.day, tzinfo=VIETNAM)
    return unix_seconds(begins + timedelta(days=1)) - 1
