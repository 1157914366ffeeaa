"""The portal's screens: that they can be read and touched, and what each does beside recording."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from openpyxl import load_workbook
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.producers import (
    GTIN,
    PLACE,
    PRODUCT,
    begin,
    describe_product,
    found_household,
    harvest,
    open_invited,
    wait_for_state,
)
from tests.browser.visits import SIZES, Phone, overflow, small_targets, visit_in
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]

STEPS = ("harvest", "input", "process", "pack", "ship", "receive", "sell")
SCREENS = (
    "", "entries", "lots", "products", "product", "producer", "account", "sheets", "alerts",
    "alert-address",
    *(f"record/{step}" for step in STEPS),
)  # fmt: skip
LOT_SCREENS = ("lot", "label", "complete", "trace", "recall")
PRODUCT_SCREENS = ("product", "describe", "quality", "certificates", "certificate")
ENTRY_SCREENS = ("entry", "correct")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_portal_screens_fit_and_can_be_touched(
    language: str, size: str, chromium: Browser, server: RunningApp
) -> None:
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height})
    visit = visit_in(context, language)
    begin(visit, server)
    page = visit.page
    harvest(page, "LOOK-1")
    wait_for_state(page, "anchored")
    entry = page.get_attribute("a[href^='#/entry/']", "href")
    assert entry is not None
    code = GTIN.zfill(14)
    screens = [
        *SCREENS,
        *(f"{room}/{code}/LOOK-1" for room in LOT_SCREENS),
        *(f"{room}/{code}" for room in PRODUCT_SCREENS),
        *(f"{room}/{entry.removeprefix('#/entry/')}" for room in ENTRY_SCREENS),
        f"place/{_place(page)}",
    ]
    for screen in screens:
        page.evaluate("hash => { location.hash = hash; }", f"#/{screen}")
        page.wait_for_selector(f"[data-screen='#/{screen}']")
        page.wait_for_function("() => document.querySelector('[aria-busy=true]') === null")
        visit.shoot("portal-" + (_name(screen) or "home"), size)
        assert overflow(page) <= 0, screen
        assert small_targets(page) == [], screen
        fields = page.locator(".field:visible:not([data-field=photo])").count()
        assert fields <= 5, screen
    assert visit.complaints == []
    context.close()


def _place(page: Page) -> str:
    """Code of the household's first place."""
    page.evaluate("location.hash = '#/products'")
    page.wait_for_selector("a[href^='#/place/']")
    found = page.get_attribute("a[href^='#/place/']", "href")
    assert found is not None
    return found.removeprefix("#/place/")


def _name(screen: str) -> str:
    """A screen's name without the codes in its address."""
    room, *rest = screen.split("/")
    return f"{room}-{rest[0]}" if room == "record" else f"{room}-one" if rest else room


def test_portal_takes_the_key_out_of_the_address(phone: Phone, server: RunningApp) -> None:
    visit = phone()
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    household = found_household(server)
    open_invited(visit, server, household)
    assert household.key not in visit.page.url
    assert visit.page.evaluate("history.length") <= 2
    assert all(household.key not in url for url in asked)


def test_portal_signed_out_keeps_nothing(phone: Phone, server: RunningApp) -> None:
    visit = phone()
    begin(visit, server)
    page = visit.page
    page.context.set_offline(True)
    harvest(page, "GONE-1")
    page.goto(server.url + "/portal#/account")
    page.wait_for_selector("#screen button")
    page.click("#screen button")
    assert "sẽ mất" in page.inner_text("[role=alert]:visible")
    page.context.set_offline(False)
    # What is sent meanwhile draws the screen anew, and the question with it.
    page.wait_for_function(
        "() => document.querySelector('[name=key]') || document.querySelector('#screen button')"
        "?.click()"
    )
    page.wait_for_selector("[name=key]")
    assert page.evaluate("indexedDB.databases().then((all) => all.map((one) => one.name))") in (
        [],
        ["provenance-portal"],
    )
    page.reload()
    page.wait_for_selector("[name=key]")


def test_portal_without_script_says_what_it_needs(phone: Phone, server: RunningApp) -> None:
    visit = phone(java_script_enabled=False)
    visit.open(server.url + "/portal")
    assert "cần JavaScript" in visit.page.inner_text("#screen")
    assert "Đang mở" not in visit.page.inner_text("#screen")


def test_portal_first_view_is_light(phone: Phone, server: RunningApp) -> None:
    visit = phone(service_workers="block")
    session = visit.page.context.new_cdp_session(visit.page)
    session.send("Network.enable")
    received: list[float] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    visit.open(server.url + "/portal")
    visit.page.wait_for_selector("[name=key]")
    assert sum(received) <= 100_000
    assert len(received) > 20


def test_portal_photo_is_stored_by_its_digest_and_shown_where_it_fits(
    phone: Phone, server: RunningApp, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.jpg"
    picture = Image.effect_noise((2400, 1200), 40).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = "vườn nhà"
    picture.save(photo, exif=exif)
    visit = phone()
    begin(visit, server)
    page = visit.page
    page.click("[data-step=harvest]")
    page.fill("[name=lot]", "PHOTO-1")
    page.fill("[name=amount]", "1")
    page.set_input_files("#field-photo", photo)
    page.wait_for_selector("img.photo:not([hidden])")
    page.click("button[type=submit]")
    wait_for_state(page, "anchored")
    path = f"/01/{GTIN.zfill(14)}/10/PHOTO-1"
    story = server.visitor.get(path, headers={"accept": "application/json"}).json()
    address = urlsplit(story["events"][0]["event"]["ilmd"]["vn:hinhAnh"]).path
    kept = Image.open(io.BytesIO(server.visitor.get(address).content))
    assert kept.size == (1600, 800)
    assert dict(kept.getexif()) == {}

    buyer = phone()
    buyer.open(server.url + path)
    assert buyer.verdict() == "intact"
    buyer.page.wait_for_selector("[data-facts=checked] img.photo")
    assert buyer.complaints == []

    other = phone()
    other.page.route("**/files/*", lambda route: route.fulfill(body=b"another photo"))
    other.open(server.url + path)
    assert other.verdict() == "intact"
    other.page.wait_for_selector("[data-facts=checked] >> text=Không có ảnh đúng với bằng chứng")

    later = phone()
    later.page.route("**/files/*", lambda route: route.fulfill(status=404, body="{}"))
    later.open(server.url + path)
    assert later.verdict() == "intact"
    later.page.wait_for_selector("[data-facts=checked] >> text=Tệp này chưa được gửi đến đây")

    cut_off = phone()
    cut_off.page.route("**/files/*", lambda route: route.fulfill(status=503, body="{}"))
    cut_off.open(server.url + path)
    cut_off.page.wait_for_selector("[data-facts=checked] >> text=Chưa tải được ảnh")


def test_portal_says_what_is_missing_and_which_rule_asks(phone: Phone, server: RunningApp) -> None:
    visit = phone()
    begin(visit, server)
    page = visit.page
    harvest(page, "MISSING-1")
    wait_for_state(page, "anchored")  # products are told before entries
    page.goto(f"{server.url}/portal#/product/{GTIN.zfill(14)}")
    page.wait_for_selector("progress")
    shown = page.inner_text(".completeness")
    assert "Tiêu chuẩn, quy chuẩn áp dụng" in shown
    assert "Thông tư 02/2024/TT-BKHCN" in shown
    visit.shoot("portal-completeness", "phone")
    page.click("a[href^='#/describe/']")
    page.fill("[name=standards]", "TCVN 12605:2019")
    page.click("button[type=submit]")
    page.wait_for_selector("progress")
    assert "Tiêu chuẩn, quy chuẩn áp dụng" not in page.inner_text(".completeness")


def test_portal_description_changed_meanwhile_is_not_overwritten(
    phone: Phone, server: RunningApp
) -> None:
    visit = phone()
    household = begin(visit, server)
    page = visit.page
    path = f"/masterdata/products/{GTIN.zfill(14)}"
    office = server.client(household.key)
    harvest(page, "TOLD-1")
    wait_for_state(page, "anchored")  # products are told before entries
    page.goto(f"{server.url}/portal#/describe/{GTIN.zfill(14)}")
    page.fill("[name=brand]", "Của điện thoại")
    office.put(path, json={"name": PRODUCT, "brand": "Của văn phòng"}).raise_for_status()
    page.click("button[type=submit]")
    page.wait_for_selector("[role=alert]:visible")
    assert "chưa có gì bị ghi đè" in page.inner_text("[role=alert]:visible")
    assert office.get(path).json()["item"]["brand"] == "Của văn phòng"


def test_portal_second_phone_finds_the_product(phone: Phone, server: RunningApp) -> None:
    visit = phone()
    household = found_household(server)
    open_invited(visit, server, household)
    describe_product(visit.page)
    harvest(visit.page, "FIRST-PHONE")
    wait_for_state(visit.page, "anchored")
    second = phone()
    second.page.goto(f"{server.url}/portal#key={household.key}")
    second.page.wait_for_selector(".tiles")
    second.page.click("[data-step=harvest]")
    assert PRODUCT in second.page.inner_text("form")


def test_portal_sheet_is_checked_by_cell_and_then_recorded(
    phone: Phone, server: RunningApp, tmp_path: Path
) -> None:
    visit = phone()
    begin(visit, server)
    page = visit.page
    page.goto(server.url + "/portal#/sheets")
    with page.expect_download() as download:
        page.get_by_text("Mật ong", exact=True).click()
    book = load_workbook(io.BytesIO(download.value.path().read_bytes()))
    sheet = book["Quay mật"]
    row: list[str | int] = ["02/03/2026", "05:40", PLACE, PRODUCT, "SHEET-1", 12, "ký"]
    for column, value in enumerate(row, 1):
        sheet.cell(3, column).value = value
    book.save(tmp_path / "wrong.xlsx")
    sheet.cell(3, 7).value = "kg"
    book.save(tmp_path / "right.xlsx")
    page.set_input_files("#sheet", tmp_path / "wrong.xlsx")
    page.wait_for_selector("p.alarm")
    assert "Quay mật · G3" in page.inner_text("#screen")
    visit.shoot("portal-sheet-wrong", "phone")
    page.set_input_files("#sheet", tmp_path / "right.xlsx")
    page.wait_for_selector("button.main")
    path = f"/01/{GTIN.zfill(14)}/10/SHEET-1"
    assert server.visitor.get(path, headers={"accept": "application/json"}).status_code == 404
    page.click("button.main")
    page.wait_for_selector("text=Đã ghi 1 việc", timeout=60_000)
    story = server.visitor.get(path, headers={"accept": "application/json"}).json()
    assert len(story["events"]) == 1
