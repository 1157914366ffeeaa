"""The terms of an opening: by working days where the desk goes by the law, else by its windows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ledger.clock import VIETNAM, unix_seconds
from ledger.desk.settings import DeskSettings
from ledger.desk.terms import terms_of
from ledger.errors import Misconfigured
from ledger.exchange.document import Document, DocumentId
from ledger.identity.organization import OrgId

FRIDAY = datetime(2026, 3, 6, 8, 0, tzinfo=UTC)  # 15:00 in Thanh Hóa
WINDOWS = DeskSettings(
    org=OrgId(b"\x01" * 32),
    organ_id="H56.TEST.01",
    name="Sở Thử",
    server="http://127.0.0.1:1",
    exchange="0x" + "12" * 20,
    arrive_within=100,
    answer_within=200,
)
BY_LAW = replace(WINDOWS, deadlines="decree-30")
LETTER = Document(
    DocumentId.parse("H56.TEST.01,2026/03/06,12/SNN-VP"),
    "H56.TEST.01",
    ("H56.TEST.02",),
    "Công văn",
)


def local(year: int, month: int, day: int, hour: int, minute: int) -> int:
    return unix_seconds(datetime(year, month, day, hour, minute, tzinfo=VIETNAM))


def test_ordinary_document_arrives_by_the_morning_of_the_next_working_day() -> None:
    assert terms_of(BY_LAW, LETTER, FRIDAY).arrive_by == local(2026, 3, 9, 11, 30)


def test_urgent_document_does_not_wait_for_monday() -> None:
    terms = terms_of(BY_LAW, replace(LETTER, priority=2), FRIDAY)
    assert terms.arrive_by == unix_seconds(FRIDAY + timedelta(minutes=60))
    assert terms.answer_within == 240 * 60


@pytest.mark.parametrize("settings", [BY_LAW, WINDOWS])
def test_due_date_lasts_to_the_end_of_its_day(settings: DeskSettings) -> None:
    assert terms_of(settings, LETTER, FRIDAY).settle_by == 0
    due = replace(LETTER, due_date=date(2026, 3, 20))
    assert terms_of(settings, due, FRIDAY).settle_by == local(2026, 3, 21, 0, 0) - 1


def test_due_date_that_has_passed_meanwhile_leaves_an_hour() -> None:
    due = replace(LETTER, due_date=date(2026, 3, 2))
    assert terms_of(WINDOWS, due, FRIDAY).settle_by == unix_seconds(FRIDAY) + 3600


@pytest.mark.parametrize(
    ("settings", "now"), [(WINDOWS, FRIDAY), (BY_LAW, datetime(2055, 1, 4, 8, 0, tzinfo=UTC))]
)
def test_own_windows_count_where_no_calendar_does(settings: DeskSettings, now: datetime) -> None:
    terms = terms_of(settings, LETTER, now)
    assert (terms.arrive_by, terms.answer_within) == (unix_seconds(now) + 100, 200)


def test_deadlines_are_kept_in_the_file_and_must_be_known() -> None:
    assert DeskSettings.parse(BY_LAW.encode()) == BY_LAW
    assert DeskSettings.parse(WINDOWS.encode()) == WINDOWS
    with pytest.raises(Misconfigured):
        replace(WINDOWS, deadlines="never")
