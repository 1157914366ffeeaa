"""dates.js against api.web.dates: one spelling of a day or a moment, whoever writes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from api.web.dates import spell_date, spell_moment
from api.web.words import LANGUAGES
from tests.support.campaign import scaled

pytestmark = pytest.mark.browser

SPELL = """async (cases) => {
  const { spellDate, spellLocalMoment } = await import("/page/dates.js");
  return cases.map(([language, text, offset]) =>
    offset === null ? spellDate(language, text) : spellLocalMoment(language, text, offset));
}"""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
moments = st.integers(-2_000_000_000, 7_000_000_000).map(
    lambda seconds: EPOCH + timedelta(seconds=seconds)
)
offsets = st.integers(-14 * 60, 14 * 60)
languages = st.sampled_from(LANGUAGES)


@settings(
    max_examples=scaled(20),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(cases=st.lists(st.tuples(languages, moments, offsets), min_size=1, max_size=50))
def test_moments_spelled_alike(modules_page: Page, cases: list[tuple[str, datetime, int]]) -> None:
    asked = [
        [language, at.strftime("%Y-%m-%dT%H:%M:%SZ"), _offset(minutes)]
        for language, at, minutes in cases
    ]
    expected = [
        spell_moment(language, at, timedelta(minutes=minutes)) for language, at, minutes in cases
    ]
    assert modules_page.evaluate(SPELL, asked) == expected


@pytest.mark.parametrize(
    ("text", "vietnamese", "english"),
    [
        ("2026-11-26", "26/11/2026", "26 Nov 2026"),
        ("2026-03-07", "07/03/2026", "7 Mar 2026"),
        ("2026-13-01", "2026-13-01", "2026-13-01"),
        ("Bản Đôn", "Bản Đôn", "Bản Đôn"),
    ],
)
def test_dates_spelled_alike(modules_page: Page, text: str, vietnamese: str, english: str) -> None:
    shown = modules_page.evaluate(SPELL, [["vi", text, None], ["en", text, None]])
    assert shown == [vietnamese, english]
    assert [spell_date(language, text) for language in ("vi", "en")] == shown


def test_moment_stands_with_the_offset_of_its_clock(modules_page: Page) -> None:
    at = datetime(2026, 11, 25, 22, 30, tzinfo=UTC)
    assert spell_moment("vi", at, timedelta(hours=7)) == "26/11/2026 05:30 (UTC+07:00)"
    assert spell_moment("en", at, timedelta(hours=-3.5)) == "25 Nov 2026 19:00 (UTC-03:30)"
    assert modules_page.evaluate(SPELL, [["vi", "no time", "+07:00"]]) == [""]


def _offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
