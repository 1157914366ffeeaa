"""From nothing to a printed label and a verified scan, on a phone, in less than three minutes.

In a campaign the hands are as slow as a careful person's: every key and every tap takes its time,
and every new screen is read. The time is written to bench/results.
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page

from bench.result import at_most, informs
from ledger.cli.key import invitation_link
from tests.browser.producers import GTIN, PLACE, PRODUCT, found_household, wait_for_state
from tests.browser.visits import SCREENSHOTS, Phone, Visit, overflow, small_targets
from tests.support.campaign import IS_CAMPAIGN
from tests.support.campaign_result import write_result
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]

_KEY_MS = 350
"""One letter on a phone's keyboard: 34 words a minute, a slow typist."""
_LOOK_SECONDS = 3.0
"""Finding the next thing to touch."""


@dataclass
class _Hands:
    """Somebody who uses the phone; in a hurry unless this is a campaign."""

    page: Page

    def look(self) -> None:
        if IS_CAMPAIGN:
            self.page.wait_for_timeout(_LOOK_SECONDS * 1000)

    def tap(self, selector: str) -> None:
        self.page.wait_for_selector(selector)
        self.look()
        self.page.click(selector)

    def write(self, field: str, text: str) -> None:
        self.tap(f"[name={field}]")
        self.page.locator(f"[name={field}]").press_sequentially(
            text, delay=_KEY_MS if IS_CAMPAIGN else 0
        )


def _check_screen(visit: Visit, name: str) -> None:
    visit.shoot(f"portal-{name}", "phone")
    assert overflow(visit.page) <= 0, name
    assert small_targets(visit.page) == [], name


def _decode_print(page: Page) -> str:
    """What a scanner reads from the printed label."""
    page.emulate_media(media="print")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    picture = page.screenshot(path=SCREENSHOTS / "portal-label-print-phone-vi.png")
    page.emulate_media(media="screen")
    codes = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    assert len(codes) == 1
    return codes[0].text


@pytest.mark.parametrize("gtin", [GTIN, ""], ids=["gtin", "own-code"])
def test_portal_takes_a_household_from_nothing_to_a_verified_label(
    gtin: str, phone: Phone, server: RunningApp
) -> None:
    household = found_household(server)
    visit = phone(timezone_id="Asia/Ho_Chi_Minh", locale="vi-VN", device_scale_factor=2)
    page, hands = visit.page, _Hands(visit.page)
    started = time.monotonic()

    page.goto(invitation_link(server.url, household.key))
    hands.write("name", PRODUCT)
    if gtin:
        hands.write("code", gtin)
    hands.write("place", PLACE)
    _check_screen(visit, "first-product")
    hands.tap("button[type=submit]")
    page.wait_for_selector(".tiles")
    _check_screen(visit, "home")

    hands.tap("[data-step=harvest]")
    hands.write("amount", "12,5")
    _check_screen(visit, "harvest")
    hands.tap("button[type=submit]")
    wait_for_state(page, "anchored")
    _check_screen(visit, "lot")

    hands.tap("a[href^='#/label/']")
    page.wait_for_function(
        "() => { const i = document.querySelector('.label img'); return i?.naturalWidth > 0; }"
    )
    _check_screen(visit, "label")
    hands.look()
    scanned = _decode_print(page)
    printed = time.monotonic() - started

    assert scanned.upper().startswith(server.url.upper() + "/")
    buyer = phone(timezone_id="Asia/Ho_Chi_Minh", locale="vi-VN")
    buyer.open(scanned)
    assert buyer.verdict() == "intact"
    verified = time.monotonic() - started
    buyer.shoot("portal-scan-" + ("gtin" if gtin else "own-code"), "phone")
    assert PRODUCT in buyer.page.inner_text('[data-facts="checked"]')
    assert visit.complaints == []
    assert buyer.complaints == []
    assert verified < 180
    if gtin:
        write_result(
            "household",
            [
                at_most("from the invitation to a verified scan", verified, "s", 180),
                informs("of which to the printed label", printed, "s"),
                informs("time a letter takes", _KEY_MS, "ms"),
                informs("time before each touch", _LOOK_SECONDS, "s"),
            ],
            seed=0,
            database="sqlite",
        )
