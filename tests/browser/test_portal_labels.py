"""From a lot to paper: a sheet of labels in the size at hand, from a phone."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page

from tests.browser.producers import GTIN, PRODUCT, begin, harvest, wait_for_state
from tests.browser.visits import Phone, overflow, small_targets
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]


def _scan(path: Path) -> list[str]:
    found: list[str] = []
    for page in pypdfium2.PdfDocument(path.read_bytes()):
        image = page.render(scale=200 / 72).to_pil().convert("L")
        found += [code.text for code in zxingcpp.read_barcodes(image)]
    return found


def _open_label(page: Page) -> None:
    wait_for_state(page, "anchored")
    page.click("a[href^='#/label/']")
    page.wait_for_selector(".label-sheet")


def test_portal_saves_a_sheet_of_labels_that_opens_the_lot(
    phone: Phone, server: RunningApp
) -> None:
    visit = phone()
    begin(visit, server)
    page = visit.page
    harvest(page, "SHEET-L1")
    _open_label(page)
    visit.shoot("portal-labels", "phone")
    assert overflow(page) <= 0
    assert small_targets(page) == []
    page.select_option("[name=layout]", "a4-8")
    assert page.input_value("[name=count]") == "8"
    page.fill("[name=count]", "10")
    with page.expect_download() as download:
        page.click(".label-sheet button[type=submit]")
    assert download.value.suggested_filename == f"tem-{GTIN.zfill(14)}-SHEET-L1.pdf"
    scanned = _scan(download.value.path())
    assert len(scanned) == 10
    buyer = phone()
    buyer.open(scanned[0])
    assert buyer.verdict() == "intact"
    assert PRODUCT in buyer.page.inner_text("[data-facts=checked]")


def test_portal_labels_of_a_lot_without_a_gtin(phone: Phone, server: RunningApp) -> None:
    visit = phone()
    begin(visit, server, gtin="")
    page = visit.page
    harvest(page, "SHEET/L2")
    _open_label(page)
    with page.expect_download() as download:
        page.click(".label-sheet button[type=submit]")
    scanned = _scan(download.value.path())
    assert len(scanned) == 24
    assert scanned[0].endswith("/lot/SHEET%2FL2")
    page.click(".label-sheet summary")
    with page.expect_download() as single:
        page.click("text=PNG")
    (code,) = zxingcpp.read_barcodes(Image.open(single.value.path()).convert("L"))
    assert code.text == scanned[0]


def test_portal_that_cannot_have_a_sheet_says_why(phone: Phone, server: RunningApp) -> None:
    visit = phone()
    begin(visit, server)
    page = visit.page
    harvest(page, "SHEET-L3")
    _open_label(page)
    page.fill("[name=count]", "0")
    page.click(".label-sheet button[type=submit]")
    assert "từ 1 đến 10.000" in page.inner_text(".label-sheet")
    page.fill("[name=count]", "2")
    page.context.set_offline(True)
    page.click(".label-sheet button[type=submit]")
    page.wait_for_selector(".label-sheet [role=alert]")
    assert "cần có mạng" in page.inner_text(".label-sheet")
