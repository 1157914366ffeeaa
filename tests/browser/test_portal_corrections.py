"""What was recorded wrongly is declared so from the phone; both versions stay in sight."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.producers import GTIN, begin, harvest, wait_for_state
from tests.browser.visits import Phone, overflow, small_targets
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]


def _story(server: RunningApp, lot: str) -> list[dict[str, Any]]:
    path = f"/01/{GTIN.zfill(14)}/10/{lot}"
    answer = server.visitor.get(path, headers={"accept": "application/json"})
    events = answer.json()["events"]
    assert isinstance(events, list)
    return events


def _open_correction(page: Page) -> None:
    page.click("a[href^='#/entry/']")
    page.click("a[href^='#/correct/']")
    page.wait_for_selector("[data-field=reason]")


def test_portal_records_again_what_was_wrong(phone: Phone, server: RunningApp) -> None:
    visit = phone()
    begin(visit, server)
    page = visit.page
    harvest(page, "WRONG-1", "125")
    wait_for_state(page, "anchored")
    _open_correction(page)
    visit.shoot("portal-correct", "phone")
    assert overflow(page) <= 0
    assert small_targets(page) == []
    page.click("button[type=submit]")
    page.wait_for_selector("form[data-step=harvest]")
    assert page.input_value("[name=lot]") == "WRONG-1"
    assert page.input_value("[name=amount]") == "125"
    page.fill("[name=amount]", "12,5")
    page.click("button[type=submit]")
    page.wait_for_selector("[data-state=wrong]")
    page.wait_for_selector("[data-state=anchored]")
    visit.shoot("portal-corrected-lot", "phone")
    page.wait_for_function("() => document.querySelectorAll('#screen .row').length === 2")

    page.click("a[href^='#/entry/']:has([data-state=wrong])")
    page.wait_for_selector("[data-wrong=recorded]")
    assert "Ghi sai số liệu" in page.inner_text("[data-wrong]")
    visit.shoot("portal-corrected-entry", "phone")
    page.click("[data-wrong] a")
    page.wait_for_function(
        "() => document.querySelector('#screen dl').textContent.includes('12,5')"
    )

    versions = _story(server, "WRONG-1")
    quantities = [one["event"]["quantityList"][0]["quantity"] for one in versions]
    assert sorted(quantities) == [12.5, 125, 125]
    [declared] = [one for one in versions if "errorDeclaration" in one["event"]]
    assert declared["event"]["errorDeclaration"]["reason"] == "incorrect_data"
    [right] = [one for one in versions if one["event"]["quantityList"][0]["quantity"] == 12.5]
    correctives = declared["event"]["errorDeclaration"]["correctiveEventIDs"]
    assert correctives == [right["event"]["eventID"]]

    buyer = phone()
    buyer.open(f"{server.url}/01/{GTIN.zfill(14)}/10/WRONG-1")
    assert buyer.verdict() == "intact"
    assert "dữ liệu bị sai" in buyer.page.inner_text("#checked")
    assert visit.complaints == []


def test_portal_declares_offline_what_never_happened(phone: Phone, server: RunningApp) -> None:
    visit = phone()
    begin(visit, server)
    page = visit.page
    harvest(page, "NEVER-1")
    wait_for_state(page, "anchored")
    page.context.set_offline(True)
    _open_correction(page)
    page.check("[value=did_not_occur]")
    page.click("button.main:visible")
    page.wait_for_selector("[data-wrong=waiting]")
    page.context.set_offline(False)
    page.wait_for_selector("[data-wrong=recorded]")
    declared = [one["event"].get("errorDeclaration") for one in _story(server, "NEVER-1")]
    assert [one["reason"] for one in declared if one] == ["did_not_occur"]


def test_portal_declares_once_though_the_answer_is_lost(phone: Phone, server: RunningApp) -> None:
    visit = phone()
    begin(visit, server)
    page = visit.page
    harvest(page, "ONCE-1")
    wait_for_state(page, "anchored")
    lost: list[str] = []

    def swallow(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.post_data)
        route.fetch()  # stored …
        route.abort()  # … and nobody hears of it

    page.route("**/epcis/events", swallow)
    _open_correction(page)
    page.check("[value=did_not_occur]")
    page.click("button.main:visible")
    page.wait_for_selector("[data-wrong=recorded]")
    assert lost
    assert len(_story(server, "ONCE-1")) == 2
