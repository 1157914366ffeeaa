"""Products, places, producer and certificates described from the phone."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.browser.producers import (
    GTIN,
    PLACE,
    PRODUCT,
    Household,
    begin,
    harvest,
    wait_for_state,
)
from tests.browser.visits import Phone, Visit, overflow, small_targets
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]

CODE = GTIN.zfill(14)


def _begin_told(visit: Visit, server: RunningApp, lot: str) -> Household:
    """A household of whose product the ledger has heard."""
    household = begin(visit, server)
    harvest(visit.page, lot)
    wait_for_state(visit.page, "anchored")
    return household


def _go(page: Page, *parts: str) -> None:
    page.evaluate("hash => { location.hash = hash; }", f"#/{'/'.join(parts)}")
    page.wait_for_selector(f"[data-screen='#/{'/'.join(parts)}']")


def _item(server: RunningApp, household: Household, path: str) -> dict[str, Any]:
    found = server.client(household.key).get(f"/masterdata/{path}").json()["item"]
    assert isinstance(found, dict)
    return found


def _record(server: RunningApp, household: Household) -> str:
    found = server.client(household.key).get(f"/masterdata/products/{CODE}").json()["recordID"]
    assert isinstance(found, str)
    return found


def _check_screen(visit: Visit, name: str) -> None:
    visit.shoot(f"portal-{name}", "phone")
    assert overflow(visit.page) <= 0, name
    assert small_targets(visit.page) == [], name


def _photo(path: Path) -> Path:
    picture = Image.effect_noise((900, 600), 30).convert("RGB")
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (20.0, 5.0, 0.0)}  # GPS
    picture.save(path, exif=exif)
    return path


def test_portal_product_photo_taken_offline_comes_to_the_buyer(
    phone: Phone, server: RunningApp, tmp_path: Path
) -> None:
    visit = phone()
    household = _begin_told(visit, server, "PIC-1")
    page = visit.page
    _go(page, "product", CODE)
    page.wait_for_selector("[data-photo=none]")
    page.context.set_offline(True)
    page.set_input_files("#product-photo", _photo(tmp_path / "p.jpg"))
    page.wait_for_selector("[data-photo=waiting] img")
    _check_screen(visit, "product-photo-waiting")
    # the office changes something meanwhile, and that stands
    path = f"/masterdata/products/{CODE}"
    office = {"name": PRODUCT, "brand": "Của văn phòng"}
    server.client(household.key).put(path, json=office).raise_for_status()
    page.context.set_offline(False)
    page.wait_for_selector("[data-photo=kept] img")
    item = _item(server, household, f"products/{CODE}")
    assert item["brand"] == "Của văn phòng"
    [image] = item["images"]
    kept = Image.open(io.BytesIO(server.visitor.get(f"/files/{image['sha256']}").content))
    assert kept.size == (900, 600)
    assert dict(kept.getexif()) == {}
    page.wait_for_function(
        "() => document.querySelector('.completeness progress')"
        " && !document.querySelector('.completeness').textContent.includes('Hình ảnh')"
    )
    _check_screen(visit, "product-photo")

    server.wait_until_anchored(f"/records/{_record(server, household)}")
    buyer = phone()
    buyer.open(f"{server.url}/01/{CODE}/10/PIC-1")
    assert buyer.verdict() == "intact"
    buyer.page.wait_for_selector("#description img.photo")
    assert "Của văn phòng" in buyer.page.inner_text("#description")
    _check_screen(buyer, "described")
    assert buyer.complaints == []

    other = phone()
    other.page.route("**/files/*", lambda route: route.fulfill(body=b"another photo"))
    other.open(f"{server.url}/01/{CODE}/10/PIC-1")
    other.page.wait_for_selector("#description >> text=Không có ảnh đúng với bằng chứng")

    second = phone()
    second.page.goto(f"{server.url}/portal#key={household.key}")
    second.page.wait_for_selector(".tiles")
    _go(second.page, "product", CODE)
    second.page.wait_for_selector("[data-photo=kept] img")


def test_portal_completes_a_product_from_what_is_missing(
    phone: Phone, server: RunningApp, tmp_path: Path
) -> None:
    visit = phone()
    household = _begin_told(visit, server, "FULL-1")
    page = visit.page
    _go(page, "product", CODE)
    page.click(".completeness a[href='#/producer']")
    page.wait_for_selector("[name=taxCode]")
    page.fill("[name=name]", "Hộ bà Bùi Thị Mây")
    page.fill("[name=taxCode]", "12")
    page.fill("[name=commune]", "Bản Đôn, xã Pù Luông")
    page.click("button[type=submit]")
    assert "10 chữ số" in page.inner_text("[data-field=taxCode]")
    page.fill("[name=taxCode]", "2800123456")
    page.click("button[type=submit]")
    assert "tỉnh" in page.inner_text("[data-field=province] .error")
    _check_screen(visit, "producer")
    page.fill("[name=province]", "Thanh Hóa")
    page.click("button[type=submit]")
    page.wait_for_selector("[data-screen='#/products']")
    product = _item(server, household, f"products/{CODE}")
    party = _item(server, household, f"parties/{product['producer']}")
    assert party["taxCode"] == "2800123456"
    assert party["address"]["province"] == "Thanh Hóa"
    assert product["growers"] == [product["producer"]]

    _go(page, "quality", CODE)
    page.wait_for_selector("[name=ocopStars]")
    page.select_option("[name=ocopStars]", "4")
    page.fill("[name=plantingAreaCode]", "vn-thor-0123")
    page.fill("[name=stampIssuer]", "Sở Nông nghiệp và Môi trường")
    _check_screen(visit, "quality")
    page.click("button[type=submit]")
    page.wait_for_selector(f"[data-screen='#/product/{CODE}']")

    _go(page, "certificate", CODE)
    page.wait_for_selector("[name=issuer]")
    page.fill("[name=standard]", "VietGAP")
    page.fill("[name=issuer]", "Trung tâm Kiểm nghiệm")
    page.fill("[name=issued]", "2026-03-01")
    page.fill("[name=expires]", "2026-01-01")
    page.set_input_files("#field-paper", _photo(tmp_path / "paper.jpg"))
    page.wait_for_selector("text=Đã chọn: paper.jpg")
    page.click("button[type=submit]")
    page.wait_for_selector("[data-field=expires] .error:visible")
    _check_screen(visit, "certificate-wrong")
    page.fill("[name=expires]", "2026-09-01")
    page.click("button[type=submit]")
    page.wait_for_selector("text=Đã hết hạn")
    assert "01/09/2026" in page.inner_text("#screen")
    _check_screen(visit, "certificates")
    product = _item(server, household, f"products/{CODE}")
    assert product["ocopStars"] == 4
    assert product["plantingAreaCode"] == "VN-THOR-0123"
    [certificate] = product["certificates"]
    assert server.visitor.get(f"/files/{certificate['file']['sha256']}").status_code == 200

    page.click("text=Bỏ chứng nhận này")
    page.click("text=Chạm lần nữa để bỏ")
    page.wait_for_selector(f"[data-screen='#/product/{CODE}']")
    assert "certificates" not in _item(server, household, f"products/{CODE}")


def test_portal_describes_a_place(phone: Phone, server: RunningApp) -> None:
    visit = phone()
    household = _begin_told(visit, server, "PLACE-1")
    page = visit.page
    _go(page, "products")
    _check_screen(visit, "products")
    page.click(f"text={PLACE}")
    page.wait_for_selector("[name=province]")
    page.fill("[name=street]", "Bản Đôn")
    page.fill("[name=commune]", "Xã Pù Luông")
    page.fill("[name=province]", "Thanh Hóa")
    page.fill("[name=plantingAreaCode]", "VN-TH-01")
    _check_screen(visit, "place")
    page.click("button[type=submit]")
    page.wait_for_selector("[data-screen='#/products']")
    [found] = server.client(household.key).get("/masterdata/places").json()["items"]
    assert found["item"]["address"] == {
        "street": "Bản Đôn",
        "commune": "Xã Pù Luông",
        "province": "Thanh Hóa",
        "country": "VN",
    }
    assert found["item"]["plantingAreaCode"] == "VN-TH-01"
