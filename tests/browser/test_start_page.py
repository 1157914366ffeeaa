"""The page that asks for a code."""

from __future__ import annotations

import pytest

from tests.browser.lots import story_path
from tests.browser.visits import LOT, Phone, small_targets
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]


def test_start_page_leads_to_the_story(
    phone: Phone, server: RunningApp, records: list[str]
) -> None:
    visit = phone()
    visit.open(server.url + "/")
    visit.shoot("start", "phone")
    assert small_targets(visit.page) == []
    visit.page.fill("[name=gtin]", "9521234543213")
    visit.page.fill("[name=lot]", LOT)
    visit.page.click("button[type=submit]")
    assert visit.verdict() == "intact"
    assert visit.page.url.endswith(story_path(LOT))
    assert visit.complaints == []


def test_start_page_of_a_mistyped_code_asks_again(phone: Phone, server: RunningApp) -> None:
    visit = phone()
    visit.open(server.url + "/?gtin=9521234543214&lot=A")
    assert visit.page.is_visible("[role=alert]")
    assert visit.page.input_value("[name=gtin]") == "9521234543214"
