"""Two devices of one household: each sees what the other has recorded; nothing is doubled."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.producers import (
    GTIN,
    PRODUCT,
    Household,
    begin,
    harvest,
    wait_for_state,
    wait_for_status,
)
from tests.browser.visits import Phone, Visit
from tests.support.epcis_events import CONTEXT
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]

_LISTEN = "dispatchEvent(new Event('online'))"


def _sign_in(phone: Phone, server: RunningApp, household: Household) -> Visit:
    visit = phone()
    visit.page.goto(f"{server.url}/portal#key={household.key}")
    visit.page.wait_for_selector(".tiles")
    return visit


def _entries(page: Page) -> list[dict[str, Any]]:
    found = page.evaluate(
        """async () => {
          const { Device } = await import(document.querySelector('script[type=module]').src
            .replace('main.js', 'device.js'));
          return (await Device.open()).all('entries');
        }"""
    )
    assert isinstance(found, list)
    return found


def _wait_for_lot(page: Page, lot: str) -> None:
    page.wait_for_selector(f"#screen a[href$='/{lot}']", timeout=60_000)


def test_portal_on_a_second_device_shows_and_continues_the_first_ones_lots(
    phone: Phone, server: RunningApp
) -> None:
    first = phone()
    household = begin(first, server)
    harvest(first.page, "TWIN-1")
    wait_for_state(first.page, "anchored")

    second = _sign_in(phone, server, household)
    page = second.page
    _wait_for_lot(page, "TWIN-1")
    second.shoot("portal-second-device", "phone")
    page.click("#screen a[href$='/TWIN-1']")
    wait_for_state(page, "anchored")
    assert PRODUCT in page.inner_text("#screen")
    page.click("a[href^='#/label/']")
    page.wait_for_selector(".label-sheet")

    page.goto(f"{server.url}/portal#/record/sell")
    page.wait_for_selector("form[data-step=sell]")
    assert "TWIN-1" in page.inner_text("form")
    page.fill("[name=amount]", "2")
    page.click("button[type=submit]")
    wait_for_state(page, "anchored")
    assert len(_entries(page)) == 2

    first.page.evaluate("Date.now = () => new Date().getTime() + 60000")  # half a minute later
    first.page.evaluate(_LISTEN)
    first.page.wait_for_function(
        "() => document.querySelectorAll('#screen .row').length === 2", timeout=60_000
    )
    assert len(_entries(first.page)) == 2
    page.reload()
    page.wait_for_selector(".tiles, .row")
    wait_for_status(page, "Đã gửi hết")
    assert len(_entries(page)) == 2
    assert first.complaints == second.complaints == []


def test_portal_takes_nobody_elses_events_at_its_place_for_its_own(
    phone: Phone, server: RunningApp
) -> None:
    first = phone()
    household = begin(first, server)
    harvest(first.page, "MINE-1")
    wait_for_state(first.page, "anchored")
    [mine] = _entries(first.page)
    stranger = {
        "@context": [CONTEXT],
        "type": "ObjectEvent",
        "eventTime": "2026-03-17T09:00:00.000+07:00",
        "eventTimeZoneOffset": "+07:00",
        "action": "OBSERVE",
        "bizStep": "inspecting",
        "readPoint": mine["event"]["readPoint"],
        "quantityList": [{"epcClass": mine["event"]["quantityList"][0]["epcClass"]}],
    }
    server.rival.post("/epcis/events", json=stranger).raise_for_status()
    second = _sign_in(phone, server, household)
    _wait_for_lot(second.page, "MINE-1")
    wait_for_status(second.page, "Đã gửi hết")
    assert [entry["eventID"] for entry in _entries(second.page)] == [mine["eventID"]]


def test_portal_shows_what_another_system_of_the_household_recorded(
    phone: Phone, server: RunningApp
) -> None:
    first = phone()
    household = begin(first, server)
    harvest(first.page, "ERP-1")
    wait_for_state(first.page, "anchored")
    [mine] = _entries(first.page)
    stored = {name: value for name, value in mine["event"].items() if name != "ilmd"}
    stored.update(eventID="urn:uuid:7d2a9c1e-0000-4000-8000-0000000000e1", action="OBSERVE")
    stored.update(bizStep="storing", disposition="in_progress")
    server.client(household.key).post("/epcis/events", json=stored).raise_for_status()
    second = _sign_in(phone, server, household)
    page = second.page
    _wait_for_lot(page, "ERP-1")
    page.click("#screen a[href$='/ERP-1']")
    page.wait_for_function("() => document.querySelectorAll('#screen .row').length === 2")
    assert "Lưu kho" in page.inner_text("#screen")
    page.click("#screen a.row:has-text('Lưu kho')")
    page.wait_for_selector("#screen dl")
    second.shoot("portal-other-system", "phone")


def test_portal_tells_when_two_devices_made_the_same_lot(phone: Phone, server: RunningApp) -> None:
    first = phone()
    household = begin(first, server)
    harvest(first.page, "CLASH-0")
    wait_for_state(first.page, "anchored")
    second = _sign_in(phone, server, household)
    _wait_for_lot(second.page, "CLASH-0")
    first.page.context.set_offline(True)
    first.page.goto(f"{server.url}/portal#/")
    harvest(first.page, "CLASH-1", "10")
    harvest(second.page, "CLASH-1", "20")
    wait_for_state(second.page, "anchored")
    first.page.context.set_offline(False)
    wait_for_state(first.page, "anchored")
    first.page.evaluate("Date.now = () => new Date().getTime() + 60000")
    first.page.evaluate(_LISTEN)
    first.page.wait_for_selector("text=hai lô trùng số", timeout=60_000)
    first.shoot("portal-same-lot", "phone")
    amounts = [entry["event"]["quantityList"][0]["quantity"] for entry in _entries(first.page)]
    assert sorted(amounts) == [10, 12.5, 20]


def test_portal_hears_of_a_declaration_made_elsewhere(phone: Phone, server: RunningApp) -> None:
    first = phone()
    household = begin(first, server)
    harvest(first.page, "HEARD-1")
    wait_for_state(first.page, "anchored")
    [mine] = _entries(first.page)
    declared = {
        **mine["event"],
        "errorDeclaration": {
            "declarationTime": "2026-11-25T09:00:00.000+07:00",
            "reason": "did_not_occur",
        },
    }
    server.client(household.key).post("/epcis/events", json=declared).raise_for_status()
    second = _sign_in(phone, server, household)
    _wait_for_lot(second.page, "HEARD-1")
    second.page.goto(f"{server.url}/portal#/lot/{GTIN.zfill(14)}/HEARD-1")
    second.page.wait_for_selector("[data-state=wrong]")
    first.page.evaluate("Date.now = () => new Date().getTime() + 60000")
    first.page.evaluate(_LISTEN)
    first.page.wait_for_selector("[data-state=wrong]")
