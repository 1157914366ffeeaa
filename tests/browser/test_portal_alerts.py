"""What a producer has to know at once, and where its own systems are told, from the portal."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page

from ledger.identity.organization import OrgId
from tests.browser.producers import GTIN, Household, begin, harvest, wait_for_state
from tests.browser.visits import SIZES, Visit, overflow, small_targets, visit_in
from tests.support.devices import Device
from tests.support.receiver import receiver
from tests.support.running_app import ALL, RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]

CODE = GTIN.zfill(14)
RULE = {"minCelsius": 2.0, "maxCelsius": 8.0, "allowedMinutes": 0}
DAY = {"vi": r"\d\d/\d\d/\d{4} \d\d:\d\d", "en": r"\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d"}


def _go(page: Page, *parts: str) -> None:
    page.evaluate("hash => { location.hash = hash; }", f"#/{'/'.join(parts)}")
    page.wait_for_selector(f"[data-screen='#/{'/'.join(parts)}']")
    page.wait_for_function("() => document.querySelector('[aria-busy=true]') === null")


def _admin_key(server: RunningApp, household: Household) -> str:
    _, key = server.app.membership.mint_key(OrgId.parse(household.org), ALL, label="office")
    return key


def _warm(server: RunningApp, household: Household, lot: str) -> None:
    """A reading of the household's own device, too warm for the rule it has set."""
    office, device = server.client(_admin_key(server, household)), Device()
    office.put(f"/cold-chain/{CODE}", json=RULE).raise_for_status()
    item = f"https://id.gs1.org/01/{CODE}/10/{lot}"
    office.put("/devices", json=device.registration(household.org, [item])).raise_for_status()
    at = (datetime.now(UTC) - timedelta(minutes=1)).isoformat(timespec="seconds")
    server.visitor.post(
        "/devices/readings",
        content=device.reading(1, at, 11.5),
        headers={"content-type": "application/jose"},
    ).raise_for_status()
    office.delete(f"/cold-chain/{CODE}").raise_for_status()


def _hear(page: Page) -> None:
    """Back on the first screen much later, which asks the server once more."""
    page.evaluate("Date.now = () => new Date().getTime() + 600000")
    _go(page, "")
    page.evaluate("dispatchEvent(new Event('online'))")


def _fits(visit: Visit, name: str) -> None:
    visit.shoot(name, "phone")
    assert overflow(visit.page) <= 0
    assert small_targets(visit.page) == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_portal_tells_a_broken_cold_chain_until_it_is_acknowledged(
    language: str, chromium: Browser, server: RunningApp
) -> None:
    width, height = SIZES["phone"]
    context = chromium.new_context(viewport={"width": width, "height": height})
    visit = visit_in(context, language)
    household = begin(visit, server)
    page, lot = visit.page, f"COLD-{language}"
    harvest(page, lot)
    wait_for_state(page, "anchored")
    _warm(server, household, lot)
    reader = server.client(household.key)
    for _ in range(50):
        if reader.get("/alerts").json():
            break
        page.wait_for_timeout(200)
    _hear(page)
    page.click(".alarm a[href='#/alerts']", timeout=30_000)
    page.wait_for_selector("[data-alert=cold-chain]")
    told = page.inner_text("[data-alert=cold-chain]")
    assert f"{'lô' if language == 'vi' else 'lot'} {lot}" in told
    assert f"{'11,5' if language == 'vi' else '11.5'} °C" in told
    assert len(re.findall(DAY[language], told)) == 3
    _fits(visit, "portal-alert")
    page.click("[data-alert] button")
    page.wait_for_selector("[data-alert] button", state="detached")
    [alert] = reader.get("/alerts").json()
    assert alert["acknowledgedAt"] is not None
    _go(page, "")
    assert page.locator(".alarm").count() == 0
    page.reload()
    _go(page, "alerts")
    page.wait_for_selector("[data-alert=cold-chain]")
    assert page.locator("[data-alert] button").count() == 0
    _fits(visit, "portal-alert-known")
    page.click("[data-alert] a.button")
    page.wait_for_selector(f"[data-screen='#/lot/{CODE}/{lot}']")
    assert visit.complaints == []
    context.close()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_portal_sets_the_address_and_shows_its_secret_once(
    language: str, chromium: Browser, server: RunningApp
) -> None:
    width, height = SIZES["phone"]
    context = chromium.new_context(viewport={"width": width, "height": height})
    visit = visit_in(context, language)
    household = begin(visit, server)
    page, lot = visit.page, f"SENT-{language}"
    harvest(page, lot)
    wait_for_state(page, "anchored")
    _go(page, "alert-address")  # the invitation's key may not
    assert page.locator("form").count() == 0
    office = visit_in(chromium.new_context(viewport={"width": width, "height": height}), language)
    query = "?lang=en" if language == "en" else ""
    office.page.goto(f"{server.url}/portal{query}#key={_admin_key(server, household)}")
    office.page.wait_for_selector(f"a[href$='/{lot}']", timeout=60_000)
    _go(office.page, "alerts")
    office.page.click("a[href='#/alert-address']")
    office.page.wait_for_selector("[name=dest]")
    _fits(office, "portal-alert-address")
    with receiver() as received:
        office.page.fill("[name=dest]", "https://10.0.0.1/alerts")
        office.page.click("button[type=submit]")
        office.page.wait_for_selector("[role=alert]:visible")
        office.page.fill("[name=dest]", received.url)
        office.page.click("button[type=submit]")
        secret = office.page.inner_text("#screen code")
        assert re.fullmatch(r"[0-9a-f]{64}", secret)
        _fits(office, "portal-alert-secret")
        _warm(server, household, lot)
        [sent] = received.wait(1)
        signed = hmac.new(secret.encode(), sent.body, hashlib.sha256).hexdigest()
        assert sent.headers["gs1-signature"] == f"sha256={signed}"
        _go(office.page, "alerts")
        _go(office.page, "alert-address")
        assert received.url in office.page.inner_text("#screen")
        assert secret not in office.page.content()
    ending = office.page.locator("#screen button:not([type=submit])")
    ending.click()
    ending.click()
    office.page.wait_for_function("() => document.querySelectorAll('#screen button').length === 1")
    answer = server.client(household.key).get("/alerts/address")
    assert answer.json()["code"] == "alert-address-unknown"
    office.page.context.close()
    context.close()
