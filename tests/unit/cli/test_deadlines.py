"""`provenance document deadlines`: the terms of a document, computed here."""

from __future__ import annotations

from ledger.clock import parse_time, unix_seconds
from ledger.exchange.calendar import find_calendar
from tests.unit.cli.conftest import Run

FRIDAY = "2026-03-06T10:00:00+07:00"


def test_terms_are_told_with_the_calendar_they_come_from(run: Run) -> None:
    ran = run("document", "deadlines", "--signed-at", FRIDAY, "--due", "2026-03-20", "--json")
    assert ran.code == 0
    told = ran.json
    assert told["arriveBy"] == unix_seconds(parse_time("2026-03-09T11:30:00+07:00"))
    assert told["settleBy"] == unix_seconds(parse_time("2026-03-21T00:00:00+07:00"))
    assert told["answerWithin"] == 3 * 86_400
    assert told["calendarDigest"] == find_calendar().digest.hex()


def test_they_are_told_on_vietnam_s_clock(run: Run) -> None:
    out = run("document", "deadlines", "--signed-at", FRIDAY, "--priority", "3").out
    assert "arrive by   2026-03-06 10:30 (UTC+7)" in out


def test_what_is_unknown_is_refused_in_one_line(run: Run) -> None:
    for options in (
        ("--profile", "none"),
        ("--calendar", "none"),
        ("--due", "20/3/2026"),
        ("--signed-at", "2031-03-06T10:00:00Z"),
    ):
        ran = run("document", "deadlines", "--signed-at", FRIDAY, *options)
        assert ran.code == 2
        assert ran.error
