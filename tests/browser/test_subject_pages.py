"""What a code opens that is no lot: logistic units, single items, assets, products, places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.dishonest import rewrite_proof
from tests.browser.loads import GTIN, NAME, Load, send_load
from tests.browser.visits import SIZES, Phone, Visit, overflow, small_targets, visit_in
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]


@pytest.fixture(scope="module")
def load(server: RunningApp) -> Load:
    return send_load(server)


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["vi", "en"])
def visit(request: pytest.FixtureRequest, size: str, chromium: Browser) -> Iterator[Visit]:
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        timezone_id="Asia/Ho_Chi_Minh",
        locale="vi-VN" if request.param == "vi" else "en-GB",
    )
    yield visit_in(context, str(request.param))
    context.close()


def check_looks(visit: Visit, name: str, size: str) -> None:
    assert overflow(visit.page) <= 0
    assert small_targets(visit.page) == []
    visit.shoot(name, size)
    assert visit.complaints == []


def states(visit: Visit) -> dict[str, str]:
    """Verdict of each thing inside, by its name, once all have one."""
    visit.page.wait_for_selector(".contents [data-name]:not([data-verdict])", state="detached")
    found = visit.page.eval_on_selector_all(
        ".contents [data-name]",
        "all => all.map(one => [one.dataset.name, one.dataset.verdict])",
    )
    return {name.removeprefix("https://id.gs1.org"): verdict for name, verdict in found}


def test_unit_page_tells_what_is_inside_and_its_state(
    visit: Visit, size: str, server: RunningApp, load: Load
) -> None:
    visit.open(server.url + load.pallet)
    assert visit.verdict() == "intact"
    assert states(visit) == {
        load.good: "intact",
        load.recalled: "recalled",
        load.crate: "intact",
    }
    contents = visit.page.inner_text(".contents")
    assert "40 kg" in contents  # of sixty twenty were taken out
    alarm = visit.page.inner_text(".contents .alarm")
    assert ("inside: 1" if visit.language == "en" else "Đã thu hồi 1 mục") in alarm
    facts = visit.page.inner_text('[data-facts="checked"]')
    assert load.pallet.removeprefix("/00/") in facts
    assert "Hợp tác xã Bên Kia" in facts  # who has it, by the newest step
    visit.page.click(".contents summary")
    assert "BL-03" in visit.page.inner_text(".contents details")
    check_looks(visit, "unit", size)


def test_emptied_unit_says_so(phone: Phone, server: RunningApp, load: Load) -> None:
    visit = phone(locale="vi-VN")
    visit.open(server.url + load.empty)
    assert visit.verdict() == "intact"
    assert "không còn gì" in visit.page.inner_text(".contents")
    assert states(visit) == {}


def test_contents_of_a_changed_packing_are_not_told(
    phone: Phone, server: RunningApp, load: Load
) -> None:
    visit = phone(locale="vi-VN")
    story = server.visitor.get(load.pallet, headers={"accept": "application/json"}).json()
    packing = next(one for one in story["events"] if one["event"].get("action") == "ADD")

    def change(bundle: dict[str, Any]) -> None:
        for item in bundle["record"]["members"]:
            if isinstance(item, list) and item[1] == "/body/childQuantityList":
                item[2] = item[2][:1]

    rewrite_proof(visit.page, packing["recordID"], change)
    visit.open(server.url + load.pallet)
    assert visit.verdict() == "does not match"
    assert visit.page.query_selector(".contents") is None


def test_forged_record_of_a_thing_inside_shows_on_the_unit(
    phone: Phone, server: RunningApp, load: Load
) -> None:
    visit = phone(locale="vi-VN")
    story = server.visitor.get(load.good, headers={"accept": "application/json"}).json()

    def change(bundle: dict[str, Any]) -> None:
        for item in bundle["record"]["members"]:
            if isinstance(item, list) and item[1] == "/body/bizStep":
                item[2] = "destroying"

    rewrite_proof(visit.page, story["events"][0]["recordID"], change)
    visit.open(server.url + load.pallet)
    assert visit.verdict() == "intact"
    assert states(visit)[load.good] == "does not match"


def test_unit_page_without_a_chain_node_tells_no_state(
    phone: Phone, server: RunningApp, load: Load
) -> None:
    visit = phone(locale="vi-VN")
    visit.page.route("**/chain/rpc", lambda route: route.abort())
    visit.open(server.url + load.pallet)
    assert visit.verdict() == "could not check"
    assert visit.page.query_selector(".contents") is None


def test_item_without_a_lot_has_a_page(
    visit: Visit, size: str, server: RunningApp, load: Load
) -> None:
    visit.open(server.url + load.item)
    assert visit.verdict() == "intact"
    facts = visit.page.inner_text('[data-facts="checked"]')
    assert "S-0001" in facts
    assert GTIN in facts
    check_looks(visit, "item", size)


def test_crate_has_a_page_with_its_contents(
    visit: Visit, size: str, server: RunningApp, load: Load
) -> None:
    visit.open(server.url + load.crate)
    assert visit.verdict() == "intact"
    assert states(visit) == {load.item: "intact"}
    check_looks(visit, "crate", size)


def test_product_page_tells_its_description_and_lots(
    visit: Visit, size: str, server: RunningApp, load: Load
) -> None:
    visit.open(server.url + load.product)
    assert visit.verdict() == "intact"
    assert visit.page.url.startswith(f"{server.url}/about/01/{GTIN}")
    described = visit.page.inner_text('[data-facts="checked"]')
    assert NAME in described
    assert "TCVN 5107:2018" in described
    assert "UBND tỉnh Thanh Hóa" in described
    assert ("14 Jan 2028" if visit.language == "en" else "14/01/2028") in described
    assert described.count("Expired" if visit.language == "en" else "Đã hết hạn") == 1
    links = visit.page.eval_on_selector_all(
        '[data-facts="lots"] a', "all => all.map(one => one.getAttribute('href'))"
    )
    assert [link.partition("?")[0] for link in links] == [
        f"/01/{GTIN}/10/BL-03",
        load.recalled,
        load.good,
    ]
    recalled = visit.page.locator('[data-facts="lots"] li', has_text="BL-02")
    recalled.locator(".badge.recalled").wait_for()
    assert visit.page.locator('[data-facts="lots"] .badge').count() == 1
    check_looks(visit, "product", size)


def test_changed_description_says_does_not_match(
    phone: Phone, server: RunningApp, load: Load
) -> None:
    visit = phone(locale="vi-VN")
    story = server.visitor.get(
        f"/about{load.product}", headers={"accept": "application/json"}
    ).json()

    def change(bundle: dict[str, Any]) -> None:
        for item in bundle["record"]["members"]:
            if isinstance(item, list) and item[1] == "/body/ocopStars":
                item[2] = 5

    rewrite_proof(visit.page, story["descriptions"][0]["recordID"], change)
    visit.open(server.url + load.product)
    assert visit.verdict() == "does not match"
    assert NAME not in visit.page.inner_text("body")


def test_description_of_another_product_counts_as_unrelated(
    phone: Phone, server: RunningApp, load: Load
) -> None:
    visit = phone(locale="vi-VN")
    page = server.visitor.get(f"/about{load.product}", headers={"accept": "text/html"})
    place = server.visitor.get(f"/about{load.place}", headers={"accept": "application/json"}).json()
    product = server.visitor.get(
        f"/about{load.product}", headers={"accept": "application/json"}
    ).json()
    swapped = page.text.replace(
        product["descriptions"][0]["recordID"], place["descriptions"][0]["recordID"]
    )
    policy = {"Content-Security-Policy": page.headers["content-security-policy"]}
    visit.page.route(
        f"**/about{load.product}",
        lambda route: route.fulfill(body=swapped, content_type="text/html", headers=policy),
    )
    visit.page.goto(f"{server.url}/about{load.product}")
    assert visit.verdict() == "intact, with notice"
    assert "Xưởng chượp" not in visit.page.inner_text("body")


@pytest.mark.parametrize("what", ["place", "party"])
def test_place_and_party_have_a_card(
    visit: Visit, size: str, server: RunningApp, load: Load, what: str
) -> None:
    visit.open(server.url + getattr(load, what))
    assert visit.verdict() == "intact"
    card = visit.page.inner_text('[data-facts="checked"]')
    assert "Xã Hải Thanh" in card
    assert visit.page.query_selector("#traces") is None
    check_looks(visit, what, size)


@pytest.mark.parametrize(
    "path",
    [
        "/00/095060001343520994",
        f"/01/{GTIN}/21/NEVER",
        "/8003/09506000134376NEVER",
        "/8004/9506000134NEVER",
        "/414/9506000134352",
        "/253/9506000134376DOC1",
        "/8018/950600013437612342",
    ],
)
def test_unknown_code_of_any_key_opens_a_page_that_warns(
    phone: Phone, server: RunningApp, load: Load, path: str
) -> None:
    visit = phone(locale="vi-VN")
    visit.open(server.url + path)
    assert visit.verdict() == "unknown"
    assert overflow(visit.page) <= 0
    known = visit.page.query_selector(f'a[href="/about/01/{GTIN}"]')
    assert (known is not None) == path.startswith("/01/")
    visit.shoot(f"unknown-{path.split('/')[1]}", "phone")
