"""Recording without a network, with lost answers and killed browsers.

Nothing is doubled, nothing lost, nothing overwritten.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route

from tests.browser.producers import GTIN, begin, harvest, wait_for_state, wait_for_status
from tests.browser.visits import Phone, visit_in
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]

CAPTURE = "**/epcis/events"


def _story(server: RunningApp, lot: str) -> list[dict[str, Any]]:
    path = f"/01/{GTIN.zfill(14)}/10/{lot}"
    answer = server.visitor.get(path, headers={"accept": "application/json"})
    if answer.status_code == 404:
        return []
    events = answer.json()["events"]
    assert isinstance(events, list)
    return events


def _entries(page: Page) -> list[dict[str, Any]]:
    """What the device keeps."""
    found = page.evaluate(
        """async () => {
          const { Device } = await import(document.querySelector('script[type=module]').src
            .replace('main.js', 'device.js'));
          return (await Device.open()).all('entries');
        }"""
    )
    assert isinstance(found, list)
    return found


def _wait_for_shell(page: Page) -> None:
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")


def test_portal_offline_keeps_the_entry_and_sends_it_once_online(
    phone: Phone, server: RunningApp
) -> None:
    visit = phone()
    begin(visit, server)
    _wait_for_shell(visit.page)
    visit.page.context.set_offline(True)
    harvest(visit.page, "OFF-1")
    wait_for_state(visit.page, "waiting")
    visit.page.reload()  # from what the worker keeps
    wait_for_state(visit.page, "waiting")
    assert "Không có mạng" in visit.page.inner_text("#status")
    visit.shoot("portal-offline", "phone")
    assert _story(server, "OFF-1") == []
    visit.page.context.set_offline(False)
    wait_for_state(visit.page, "anchored")
    assert len(_story(server, "OFF-1")) == 1


def test_portal_whose_answer_is_lost_sends_again_and_records_once(
    phone: Phone, server: RunningApp
) -> None:
    visit = phone()
    begin(visit, server)
    posts: list[bytes] = []

    def swallow(route: Route) -> None:
        posts.append(route.request.post_data_buffer or b"")
        if len(posts) == 1:
            route.fetch()  # stored …
            route.abort()  # … and nobody hears of it
        else:
            route.continue_()

    visit.page.route(CAPTURE, swallow)
    harvest(visit.page, "LOST-1")
    wait_for_state(visit.page, "anchored")
    assert len(posts) == 2
    assert posts[0] == posts[1]
    assert len(_story(server, "LOST-1")) == 1


def test_portal_given_a_sign_in_page_for_an_answer_goes_on_waiting(
    phone: Phone, server: RunningApp
) -> None:
    visit = phone()
    begin(visit, server)
    visit.page.route(CAPTURE, lambda route: route.fulfill(status=200, body="<p>Wi-Fi</p>"))
    harvest(visit.page, "WIFI-1")
    wait_for_status(visit.page, "chưa trả lời")
    wait_for_state(visit.page, "waiting")
    visit.page.unroute(CAPTURE)
    visit.page.evaluate("dispatchEvent(new Event('online'))")
    wait_for_state(visit.page, "anchored")
    assert len(_story(server, "WIFI-1")) == 1


def test_portal_tapped_twice_records_once(phone: Phone, server: RunningApp) -> None:
    visit = phone()
    begin(visit, server)
    page = visit.page
    page.click("[data-step=harvest]")
    page.fill("[name=lot]", "TAP-1")
    page.fill("[name=amount]", "3")
    page.evaluate(
        "() => { const b = document.querySelector('button[type=submit]'); b.click(); b.click(); }"
    )
    wait_for_state(page, "anchored")
    assert len(_entries(page)) == 1
    assert len(_story(server, "TAP-1")) == 1


def test_portal_edited_after_a_lost_answer_shows_both_versions(
    phone: Phone, server: RunningApp
) -> None:
    visit = phone()
    begin(visit, server)
    page = visit.page

    def swallow(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(CAPTURE, swallow)
    harvest(page, "TWO-1", "12,5")
    wait_for_status(page, "chưa trả lời")
    page.unroute(CAPTURE)
    page.context.set_offline(True)
    page.click("a[href^='#/entry/']")
    page.click("a[href^='#/record/harvest/']")
    page.fill("[name=amount]", "13")
    page.click("button[type=submit]")
    wait_for_state(page, "waiting")
    page.context.set_offline(False)
    wait_for_state(page, "conflict")
    page.click("a[href^='#/entry/']")
    page.wait_for_selector(".versions mark")
    visit.shoot("portal-conflict", "phone")
    shown = page.inner_text(".versions")
    assert "12,5 kg" in shown
    assert "13 kg" in shown
    [event] = _story(server, "TWO-1")
    assert event["event"]["quantityList"][0]["quantity"] == 12.5
    page.get_by_text("Ghi thêm bản của tôi").click()
    wait_for_state(page, "anchored")
    quantities = [one["event"]["quantityList"][0]["quantity"] for one in _story(server, "TWO-1")]
    assert sorted(quantities) == [12.5, 13]


def test_portal_keeping_the_recorded_version_ends_the_conflict(
    phone: Phone, server: RunningApp
) -> None:
    visit = phone()
    household = begin(visit, server)
    page = visit.page
    page.context.set_offline(True)
    harvest(page, "YIELD-1", "4")
    [entry] = _entries(page)
    other = {
        **entry["event"],
        "quantityList": [{**entry["event"]["quantityList"][0], "quantity": 5}],
    }
    server.client(household.key).post("/epcis/events", json=other).raise_for_status()
    page.context.set_offline(False)
    wait_for_state(page, "conflict")
    page.click("a[href^='#/entry/']")
    page.get_by_text("Giữ bản đã ghi").click()
    wait_for_state(page, "anchored")
    assert "5 kg" in page.inner_text("#screen dl")
    assert len(_story(server, "YIELD-1")) == 1


def test_portal_refused_says_why_and_sends_what_was_mended(
    phone: Phone, server: RunningApp
) -> None:
    visit = phone()
    begin(visit, server)
    page = visit.page
    spoiled: list[Route] = []

    def spoil(route: Route) -> None:
        if spoiled:
            route.continue_()
            return
        body: Any = route.request.post_data_json
        body["quantityList"][0]["epcClass"] = "https://id.gs1.org/01/08938505974195/10/BAD"
        route.continue_(post_data=body)
        spoiled.append(route)

    page.route(CAPTURE, spoil)
    harvest(page, "REF-1")
    wait_for_state(page, "refused")
    page.click("a[href^='#/entry/']")
    page.wait_for_selector(".alarm")
    assert "Một chữ số trong mã hàng" in page.inner_text(".alarm")
    visit.shoot("portal-refused", "phone")
    page.click("a[href^='#/record/harvest/']")
    page.click("button[type=submit]")
    wait_for_state(page, "anchored")
    assert len(_story(server, "REF-1")) == 1


def test_portal_of_a_revoked_key_keeps_what_waits(phone: Phone, server: RunningApp) -> None:
    visit = phone()
    begin(visit, server)
    page = visit.page
    problem = {"code": "api-key-refused", "detail": "no", "status": 401}
    page.route(
        CAPTURE,
        lambda route: route.fulfill(
            status=401, json=problem, content_type="application/problem+json"
        ),
    )
    harvest(page, "KEY-1")
    wait_for_status(page, "không nhận mã khóa")
    wait_for_state(page, "waiting")


def test_portal_of_a_killed_browser_goes_on_where_it_was(
    chromium: Browser, server: RunningApp, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    context = _open_profile(chromium, profile)
    visit = visit_in(context, "vi")
    begin(visit, server)
    visit.page.route(CAPTURE, lambda route: route.abort())
    harvest(visit.page, "KILL-1")
    wait_for_state(visit.page, "waiting")
    visit.page.goto(server.url + "/portal#/record/harvest")
    visit.page.fill("[name=lot]", "KILL-2")
    visit.page.fill("[name=amount]", "7,5")
    visit.page.evaluate("new Promise((done) => setTimeout(done, 100))")  # the last key is kept
    _kill_browser_of(profile)
    with contextlib.suppress(Error):
        context.close()

    context = _open_profile(chromium, profile)
    page = context.new_page()
    page.goto(server.url + "/portal#/record/harvest")
    page.wait_for_function("() => document.querySelector('[name=amount]')?.value === '7,5'")
    assert page.input_value("[name=lot]") == "KILL-2"
    page.click("button[type=submit]")
    wait_for_state(page, "anchored")
    assert {entry["state"] for entry in _entries(page)} == {"anchored"}
    assert len(_story(server, "KILL-1")) == len(_story(server, "KILL-2")) == 1
    context.close()


def _open_profile(chromium: Browser, profile: Path) -> BrowserContext:
    executable = shutil.which("chromium")
    assert executable is not None
    return chromium.browser_type.launch_persistent_context(
        profile,
        executable_path=executable,
        args=["--no-sandbox", "--disable-gpu"],
        viewport={"width": 360, "height": 740},
    )


def _kill_browser_of(profile: Path) -> None:
    """SIGKILL to the browser's first process; its children cannot go on without it."""
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
            if str(profile).encode() in command and b"--type=" not in command:
                os.kill(int(entry.name), signal.SIGKILL)
