"""Recalls and traces from the portal, as a small producer needs them."""

from __future__ import annotations

import csv
import json

import pytest
from playwright.sync_api import Page

from ledger.identity.organization import OrgId
from tests.browser.producers import GTIN, begin, found_household, harvest, wait_for_state
from tests.browser.visits import Phone, overflow, small_targets
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]

CODE = GTIN.zfill(14)


def _go(page: Page, *parts: str) -> None:
    page.evaluate("hash => { location.hash = hash; }", f"#/{'/'.join(parts)}")
    page.wait_for_selector(f"[data-screen='#/{'/'.join(parts)}']")


def test_portal_recall_reaches_whoever_scans_and_whoever_received(
    phone: Phone, server: RunningApp
) -> None:
    visit = phone()
    household = begin(visit, server)
    page = visit.page
    harvest(page, "REC-1")
    wait_for_state(page, "anchored")
    _go(page, "recall", CODE, "REC-1")
    page.wait_for_selector("text=không có quyền thu hồi")  # the invitation's key may not

    shop = phone()
    shop_household = found_household(server, "Cửa hàng ông Hà")
    shop.page.goto(f"{server.url}/portal#key={shop_household.key}")
    shop.page.wait_for_selector("[data-field=code]")
    shop.page.fill("[name=name]", "Mật ong bán lẻ")
    shop.page.fill("[name=place]", "Cửa hàng Bá Thước")
    shop.page.click("button[type=submit]")
    shop.page.click("[data-step=receive]")
    shop.page.fill("[name=lot]", f"(01){CODE}(10)REC-1")
    shop.page.fill("[name=amount]", "3")
    shop.page.fill("[name=party]", "Hộ bà Mây")
    shop.page.click("button[type=submit]")
    wait_for_state(shop.page, "anchored")

    org = OrgId.parse(household.org)
    _, key = server.app.membership.mint_key(org, ("capture", "read", "status"), label="office")
    office = phone()
    office.page.goto(f"{server.url}/portal#key={key}")
    office.page.wait_for_selector("a[href$='/REC-1']", timeout=60_000)
    _go(office.page, "recall", CODE, "REC-1")
    office.page.wait_for_selector("[name=reason]")
    office.shoot("portal-recall-form", "phone")
    assert overflow(office.page) <= 0
    assert small_targets(office.page) == []
    office.page.click("button[type=submit]")
    assert "Hãy điền ô này" in office.page.inner_text("form")
    office.page.fill("[name=reason]", "Lẫn nước đường")
    office.page.click("button[type=submit]")
    office.page.click("text=Chạm lần nữa để xác nhận")
    office.page.wait_for_selector("text=Đã gửi")
    buyer = phone()
    for _ in range(40):
        buyer.open(f"{server.url}/01/{CODE}/10/REC-1")
        if buyer.verdict() == "recalled":
            break
        buyer.page.wait_for_timeout(500)
    assert buyer.verdict() == "recalled"
    office.page.reload()
    office.page.wait_for_selector("text=Lẫn nước đường")
    assert "Đã thu hồi" in office.page.inner_text("#screen")
    office.shoot("portal-recalled", "phone")

    shop.page.evaluate("Date.now = () => new Date().getTime() + 60000")
    shop.page.evaluate("location.hash = '#/'")
    shop.page.evaluate("dispatchEvent(new Event('online'))")
    shop.page.click("a:has-text('Xem cảnh báo')")
    shop.page.wait_for_selector("[data-recall=declared]")
    shop.shoot("portal-recall-inbox", "phone")
    assert "Lẫn nước đường" in shop.page.inner_text("[data-recall]")
    shop.page.click("text=Tôi đã biết")
    shop.page.wait_for_selector("text=Bạn đã xác nhận")
    [told] = server.client(shop_household.key).get("/recalls/inbox").json()
    [alert] = server.client(shop_household.key).get("/alerts").json()
    assert None not in (told["acknowledgedAt"], alert["acknowledgedAt"])


def test_portal_trace_is_drawn_and_saved(phone: Phone, server: RunningApp) -> None:
    visit = phone()
    begin(visit, server)
    page = visit.page
    harvest(page, "RAW-1")
    wait_for_state(page, "anchored")
    _go(page, "record", "process")
    page.fill("[name=used]", "5")
    page.click("button[type=submit]")
    page.fill("[name=lot]", "JAR-1")
    page.fill("[name=amount]", "10")
    page.click("button[type=submit]")
    wait_for_state(page, "anchored")
    _go(page, "trace", CODE, "JAR-1")
    page.wait_for_function("() => document.querySelectorAll('img.trace').length === 2")
    assert overflow(page) <= 0
    with page.expect_download() as table:
        page.click("[data-direction=back] >> text=CSV")
    rows = list(csv.reader(table.value.path().read_text().splitlines()))
    assert any("RAW-1" in cell for row in rows for cell in row)
    with page.expect_download() as told:
        page.click("[data-direction=back] >> text=JSON")
    trace = json.loads(told.value.path().read_text())
    assert f"https://id.gs1.org/01/{CODE}/10/RAW-1" in trace["items"]
    assert visit.complaints == []
