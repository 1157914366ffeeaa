"""Whoever scans a recalled code is warned, whatever the server keeps to itself."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.dishonest import rewrite_proof
from tests.browser.visits import Phone, overflow
from tests.support.jars import Jars, authority, fill_jars, wait_for
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]


@pytest.fixture(scope="module")
def recalled(server: RunningApp) -> Jars:
    """Jars from a barrel that the producer has recalled: only the barrel was named."""
    goods = fill_jars(server)
    answer = server.keeper.post(
        "/recalls", json={"subjects": [goods.barrel], "reason": "Thùng nhiễm khuẩn"}
    )
    assert answer.status_code == 202, answer.text
    wait_for(server.visitor, answer.json()["id"], "declared")
    for step in _story(server, goods)["events"]:
        server.wait_until_anchored(f"/records/{step['recordID']}")
    return goods


def _story(server: RunningApp, goods: Jars) -> dict[str, Any]:
    found: dict[str, Any] = server.visitor.get(
        goods.jar_path, headers={"accept": "application/json"}
    ).json()
    return found


def _hide(page: Page, server: RunningApp, goods: Jars, keep: set[str]) -> None:
    """Serve the story with only these records, no recall in any answer of ours, none in proofs."""
    page.route(f"{server.url}/recalls**", lambda route: route.fulfill(status=404, json={}))
    answer = server.visitor.get(goods.jar_path, headers={"accept": "text/html"})
    html = re.sub(
        r'<li data-record="([^"]+)".*?</li>',
        lambda match: match[0] if match[1] in keep else "",
        answer.text,
        flags=re.DOTALL,
    )
    policy = {"Content-Security-Policy": answer.headers["content-security-policy"]}
    page.route(
        f"**{goods.jar_path}",
        lambda route: route.fulfill(body=html, content_type="text/html", headers=policy),
    )

    def forget(bundle: dict[str, Any]) -> None:
        bundle["status"]["entries"] = []

    for record in keep:
        rewrite_proof(page, record, forget)


def test_recalled_barrel_warns_on_the_jar(phone: Phone, server: RunningApp, recalled: Jars) -> None:
    visit = phone()
    visit.open(server.url + recalled.jar_path)
    assert visit.verdict() == "recalled"
    assert "đã thu hồi mặt hàng này" in visit.page.inner_text("#verdict")
    assert overflow(visit.page) == 0
    visit.shoot("recalled", "phone")


def test_recall_hidden_by_the_server_still_warns(
    phone: Phone, server: RunningApp, recalled: Jars
) -> None:
    visit = phone()
    keep = {step["recordID"] for step in _story(server, recalled)["events"]}
    _hide(visit.page, server, recalled, keep)
    visit.open(server.url + recalled.jar_path)
    assert visit.verdict() == "recalled"


def test_recall_hidden_with_the_records_of_who_declared_it_still_warns(
    phone: Phone, server: RunningApp, recalled: Jars
) -> None:
    visit = phone()
    keep = {
        step["recordID"]
        for step in _story(server, recalled)["events"]
        if step["organization"]["org"] != server.producer_org
    }
    assert keep
    _hide(visit.page, server, recalled, keep)
    visit.open(server.url + recalled.jar_path)
    assert visit.verdict() == "recalled"
    assert "Một đơn vị khác trong sổ đã thu hồi" in visit.page.inner_text("#verdict")


def test_recall_by_an_authority_warns_and_its_end_is_told(phone: Phone, server: RunningApp) -> None:
    goods = fill_jars(server)
    first, second = authority(server)
    body = {"subjects": [goods.jars], "reason": "Vượt ngưỡng histamin"}
    recall = first.post("/recalls", json=body).json()["id"]
    for step in _story(server, goods)["events"]:
        server.wait_until_anchored(f"/records/{step['recordID']}")
    before = phone()
    before.open(server.url + goods.jar_path)
    assert before.verdict() == "intact"  # only proposed
    second.post(f"/recalls/{recall}/approval").raise_for_status()
    wait_for(server.visitor, recall, "declared")
    during = phone()
    during.open(server.url + goods.jar_path)
    assert during.verdict() == "recalled"
    assert "Cơ quan có thẩm quyền đã thu hồi" in during.page.inner_text("#verdict")
    first.post(f"/recalls/{recall}/lift", json={"reason": "Đạt"}).raise_for_status()
    second.post(f"/recalls/{recall}/approval").raise_for_status()
    wait_for(server.visitor, recall, "lifted")
    after = phone()
    after.open(server.url + goods.jar_path)
    assert after.verdict() == "intact, with notice"
    assert "đã được gỡ" in after.page.inner_text("#verdict")


def test_trace_picture_shown_on_the_page(phone: Phone, server: RunningApp, recalled: Jars) -> None:
    visit = phone()
    visit.open(server.url + recalled.jar_path)
    visit.verdict()
    visit.page.click("#traces summary")
    image = visit.page.locator("#traces img").first
    image.scroll_into_view_if_needed()
    assert image.evaluate("async (one) => { await one.decode(); return one.naturalWidth; }") == 360
    assert overflow(visit.page) == 0
    visit.shoot("trace", "phone")
