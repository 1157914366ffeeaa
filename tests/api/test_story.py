"""What a scanned code opens, and the code itself."""

from __future__ import annotations

import io
from urllib.parse import quote

import pytest
import zxingcpp
from PIL import Image

from tests.support.epcis_events import GTIN, bare_event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

JSON = {"accept": "application/json"}


def test_story_tells_each_step_with_its_proof(server: RunningApp) -> None:
    lot = "KE-2026"
    first = server.producer.post("/epcis/events", json=bare_event(lot=lot)).json()
    later = bare_event(lot=lot, eventTime="2026-03-02T08:00:00.000+07:00", action="OBSERVE")
    second = server.rival.post("/epcis/events", json=later).json()
    story = server.visitor.get(f"/01/{GTIN}/10/{lot}", headers=JSON).json()
    assert story["subject"] == f"https://id.gs1.org/01/{GTIN}/10/{lot}"
    assert [step["recordID"] for step in story["events"]] == [
        first["recordID"],
        second["recordID"],
    ]
    assert story["events"][0]["organization"]["org"] == server.producer_org
    assert server.visitor.get(story["events"][0]["proof"]).status_code == 200


def test_story_of_a_lot_with_awkward_characters_found(server: RunningApp) -> None:
    lot = "A/21%B+1"
    sent = bare_event(lot=quote(lot, safe=""))
    answer = server.producer.post("/epcis/events", json=sent)
    assert answer.status_code == 201, answer.text
    story = server.visitor.get(f"/01/{GTIN}/10/{quote(lot, safe='')}", headers=JSON)
    assert story.status_code == 200, story.text
    assert len(story.json()["events"]) == 1


def test_story_of_an_item_includes_its_lot(server: RunningApp) -> None:
    server.producer.post("/epcis/events", json=bare_event(lot="WITH-ITEMS")).raise_for_status()
    story = server.visitor.get(f"/01/{GTIN}/10/WITH-ITEMS/21/0001", headers=JSON).json()
    assert story["subject"].endswith("/21/0001")
    assert len(story["events"]) == 1


def test_story_of_unknown_lot_is_a_404(server: RunningApp) -> None:
    answer = server.visitor.get(f"/01/{GTIN}/10/NEVER", headers=JSON)
    assert answer.status_code == 404
    assert answer.json()["code"] == "lot-unknown"


@pytest.mark.parametrize(
    "path", ["/01/09521234543214/10/A", "/01/9521234543213/10/A", f"/01/{GTIN}/10/{'x' * 21}"]
)
def test_story_of_malformed_link_is_a_400(server: RunningApp, path: str) -> None:
    answer = server.visitor.get(path, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["code"].startswith("gs1-")


@pytest.mark.parametrize("tail", ["/10/KE-2026", "/10/A%2F21%2FB", "/10/KE-2026/21/0001"])
def test_qr_png_decodes_to_the_address_of_the_story(server: RunningApp, tail: str) -> None:
    answer = server.visitor.get(f"/qr/01/{GTIN}{tail}.png")
    assert answer.headers["content-type"] == "image/png"
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.content)).convert("L"))
    scheme, _, rest = server.app.settings.base_url.partition("://")
    assert code.text == f"{scheme.upper()}://{rest.upper()}/01/{GTIN}{tail}"


def test_qr_svg_is_one(server: RunningApp) -> None:
    answer = server.visitor.get(f"/qr/01/{GTIN}/10/KE-2026.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg ")


def test_qr_of_malformed_link_or_form_refused(server: RunningApp) -> None:
    assert server.visitor.get("/qr/01/09521234543214/10/A.png").status_code == 400
    assert server.visitor.get(f"/qr/01/{GTIN}/10/A.gif").status_code == 400
    assert server.visitor.get(f"/qr/01/{GTIN}").status_code == 404


def test_story_for_a_browser_is_a_page(server: RunningApp) -> None:
    server.producer.post("/epcis/events", json=bare_event(lot="PAGE-1")).raise_for_status()
    browser = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    page = server.visitor.get(f"/01/{GTIN}/10/PAGE-1", headers=browser)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "accept" in page.headers["vary"].lower()
    unknown = server.visitor.get(f"/01/{GTIN}/10/NO-SUCH", headers=browser)
    assert unknown.status_code == 404
    assert unknown.headers["content-type"].startswith("text/html")


def test_product_that_nobody_described_is_not_said_to_be_missing(server: RunningApp) -> None:
    browser = {"accept": "text/html"}
    for language, said, never in (
        ("vi", "Chưa có thông tin về sản phẩm này", "Không có mã này trong sổ"),
        ("en", "No information about this product", "This code is not in the ledger"),
    ):
        page = server.visitor.get(f"/01/09506000134352?lang={language}", headers=browser)
        assert page.status_code == 404
        assert said in page.text
        assert never not in page.text
        lot = server.visitor.get(f"/01/09506000134352/10/A?lang={language}", headers=browser)
        assert never in lot.text


def test_story_does_not_run_what_an_event_says(server: RunningApp) -> None:
    hostile = "<script>alert(1)</script>"
    sent = bare_event(lot="XSS", ilmd={"farm:name": hostile})
    sent["@context"].append({"farm": "https://farm.example/ns/"})
    server.producer.post("/epcis/events", json=sent).raise_for_status()
    page = server.visitor.get(f"/01/{GTIN}/10/XSS", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert hostile not in page.text
    assert "'unsafe-inline'" not in page.headers["content-security-policy"]
