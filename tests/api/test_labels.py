"""Labels over HTTP."""

from __future__ import annotations

import io
import time

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from ledger.labels.pdf import PAGE_MARK
from tests.support.epcis_events import GTIN
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

LOT = f"/labels/01/{GTIN}/10/KE-2026"


def scan_sheet(content: bytes) -> list[str]:
    found = []
    for page in pypdfium2.PdfDocument(content):
        image = page.render(scale=200 / 72).to_pil().convert("L")
        codes = zxingcpp.read_barcodes(image)
        # row by row, as the labels are placed
        codes.sort(key=lambda one: (one.position.top_left.y // 50, one.position.top_left.x))
        found += [code.text for code in codes]
    return found


def address(server: RunningApp, path: str) -> str:
    scheme, _, rest = server.app.settings.base_url.partition("://")
    return f"{scheme.upper()}://{rest.upper()}{path}"


def test_sheet_of_a_lot_numbered_and_alike(server: RunningApp) -> None:
    answer = server.visitor.get(f"{LOT}.pdf?count=30&serial=0007&title=Mật ong")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["label-count"] == "30"
    wanted = [address(server, f"/01/{GTIN}/10/KE-2026/21/{n:04d}") for n in range(7, 37)]
    assert scan_sheet(answer.content) == wanted
    alike = server.visitor.get(f"{LOT}.pdf?count=65&layout=a4-65")
    assert scan_sheet(alike.content) == [address(server, f"/01/{GTIN}/10/KE-2026")] * 65


def test_pages_of_a_long_sheet_arrive_one_by_one(server: RunningApp) -> None:
    with server.producer.stream("GET", f"{LOT}.pdf?count=600&serial=1&layout=a4-8") as answer:
        assert answer.headers["page-count"] == "75"
        pieces = list(answer.iter_raw())
    pages = [piece.count(PAGE_MARK) for piece in pieces]
    assert sum(pages) == 75
    assert len([one for one in pages if one]) > 10


@pytest.mark.parametrize(
    "path", [f"01/{GTIN}", f"01/{GTIN}/21/A%2FB", "00/095212340000000013", "414/9521234000136"]
)
def test_single_label_of_any_key(server: RunningApp, path: str) -> None:
    png = server.visitor.get(f"/labels/{path}.png?layout=roll-70x50")
    assert png.headers["content-type"] == "image/png"
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png.content)).convert("L"))
    assert code.text == address(server, f"/{path}")
    svg = server.visitor.get(f"/labels/{path}.svg")
    assert svg.headers["content-type"] == "image/svg+xml"
    assert svg.text.startswith("<svg ")


def test_labels_of_a_lot_under_a_code_of_ones_own(server: RunningApp) -> None:
    own = f"/o/{server.producer_org.removeprefix('0x')}/p/mat-ong/lot/A%2F7"
    sheet = server.visitor.get(f"/labels{own}.pdf?count=24&title=Mật ong")
    assert sheet.status_code == 200, sheet.text
    assert scan_sheet(sheet.content) == [address(server, own)] * 24
    words = server.visitor.get(f"/labels{own}.svg").text
    assert "mat-ong" in words
    assert "Lô A/7" in words
    numbered = server.visitor.get(f"/labels{own}.pdf?count=2&serial=1")
    assert numbered.json()["code"] == "label-numbering-impossible"
    assert server.visitor.get("/labels/o/12/p/mat-ong/lot/7.svg").status_code == 400


def test_sheet_of_labels_each_of_its_own(server: RunningApp) -> None:
    links = [f"/01/{GTIN}/10/L{n}" for n in range(5)] + ["/00/095212340000000013"]
    wanted = {"labels": [{"link": link, "title": "Mật ong"} for link in links]}
    answer = server.visitor.post("/labels", json={**wanted, "layout": "a4-21"})
    assert answer.status_code == 200, answer.text
    assert scan_sheet(answer.content) == [address(server, link) for link in links]


def test_title_is_the_registered_description(server: RunningApp) -> None:
    gtin = "08938505970011"
    server.operator.put(f"/organizations/{server.producer_org}/prefixes/8938505970")
    link = {"linkType": "gs1:pip", "href": "https://htx.example/", "title": "Trang"}
    wanted = {"itemDescription": "Mật ong Pù Luông", "links": [link]}
    server.producer.put(f"/links/01/{gtin}", json=wanted).raise_for_status()
    assert "Pù Luông" in server.visitor.get(f"/labels/01/{gtin}/10/A.svg").text


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"{LOT}.gif", 400, "request-malformed"),
        (f"{LOT}.pdf?layout=a3", 400, "label-layout-unknown"),
        (f"{LOT}.pdf?count=0", 400, "request-malformed"),
        (f"{LOT}.pdf?count=10001", 400, "request-malformed"),
        (f"{LOT}.pdf?level=X", 400, "request-malformed"),
        (f"{LOT}.pdf?count=2&serial=ABC", 400, "label-numbering-impossible"),
        (f"{LOT}.pdf?count=201", 401, "api-key-missing"),
        ("/labels/01/09521234543214.pdf", 400, "gs1-check-digit-wrong"),
        ("/labels/foo.pdf", 400, "gs1-link-malformed"),
        (f"{LOT}/21/{'%25' * 20}.pdf?layout=a4-65&level=H", 400, "label-too-small"),
    ],
)
def test_sheet_that_cannot_be_refused(
    server: RunningApp, path: str, status: int, code: str
) -> None:
    answer = server.visitor.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_places_of_sheets_are_given_back(server: RunningApp) -> None:
    deadline = time.monotonic() + 60
    drawn = 0
    while drawn < 4:
        with server.visitor.stream("GET", f"{LOT}.pdf?count=200&serial=1") as answer:
            if answer.status_code == 200:
                next(answer.iter_bytes())  # and gone, which the server learns a little later
                drawn += 1
                continue
        assert answer.status_code == 429
        assert time.monotonic() < deadline, "a sheet nobody waits for keeps its place"
        time.sleep(0.1)


def test_busy_says_when_to_ask_again(server: RunningApp) -> None:
    with (
        server.producer.stream("GET", f"{LOT}.pdf?count=3000&serial=1"),
        server.producer.stream("GET", f"{LOT}.pdf?count=3000&serial=1"),
    ):
        busy = server.visitor.get(f"{LOT}.pdf?count=1")
        assert (busy.status_code, busy.json()["code"]) == (429, "labels-busy")
        assert int(busy.headers["retry-after"]) > 0
