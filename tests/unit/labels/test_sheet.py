"""Sheets, rendered by PDFium and read by ZXing: every label says its own address, and nothing else
is on the page."""

from __future__ import annotations

import io
import re
import tracemalloc
from collections.abc import Sequence

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from ledger.errors import LedgerError
from ledger.gs1.digital_link import parse_digital_link
from ledger.gs1.qr import QUIET_ZONE
from ledger.labels.image import draw_png, draw_svg
from ledger.labels.label import Label, number_labels
from ledger.labels.layout import LAYOUTS, Layout, get_layout
from ledger.labels.picture import (
    LARGEST_MODULE,
    LARGEST_MODULE_OF_UNIT,
    SMALLEST_MODULE,
    check_fits,
    compose,
)
from ledger.labels.sheet import write_sheet

ROOT = "https://truyxuat.example.vn"
NAME = "Nước mắm cá cơm Ba Làng 40 độ đạm, chai thuỷ tinh 500 ml – Hợp tác xã Hải Thanh, Nghi Sơn"
LOT = Label(parse_digital_link("https://id.gs1.org/01/09521234001058/10/NM-270310"), ROOT, NAME)
UNIT = Label(parse_digital_link("https://id.gs1.org/00/095212340000000013"), ROOT, "Thùng 24 chai")
_DPI = 203
"""What a cheap label printer has."""


def render(sheet: bytes) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(sheet)
    return [page.render(scale=_DPI / 72).to_pil().convert("L") for page in document]


def scan(image: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(image)]


def cells(page: Image.Image, layout: Layout, count: int) -> list[Image.Image]:
    """Each label of the page cut out along its own edges."""
    found = []
    for at in range(count):
        left, top = layout.place(at)
        box = (left, top, left + layout.label[0], top + layout.label[1])
        found.append(page.crop(tuple(round(side * _DPI / 25.4) for side in box)))  # type: ignore[arg-type]
    return found


def check_sheet(labels: Sequence[Label], layout: Layout, level: str = "M") -> None:
    pages = render(b"".join(write_sheet(labels, layout, level)))
    assert len(pages) == -(-len(labels) // layout.per_page)
    for number, page in enumerate(pages):
        wanted = labels[number * layout.per_page : (number + 1) * layout.per_page]
        for label, cell in zip(wanted, cells(page, layout, len(wanted)), strict=True):
            assert scan(cell) == [label.uri]


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_label_of_a_sheet_says_its_own_address(name: str) -> None:
    layout = LAYOUTS[name]
    check_sheet(number_labels(LOT, layout.per_page + 2, serial="NM0099"), layout)
    check_sheet(number_labels(UNIT, layout.per_page + 1, serial="x"), layout)


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
def test_every_level_reads(level: str) -> None:
    check_sheet(number_labels(LOT, 4, serial="a1"), LAYOUTS["a4-8"], level)


def test_longest_identifiers_read_or_are_refused_before_the_first_page() -> None:
    longest = Label(
        parse_digital_link(
            "https://id.gs1.org/01/09521234001058/10/" + "Lot%2F" * 5 + "/21/" + "%25" * 20
        ),
        ROOT,
        NAME,
    )
    check_sheet([longest], LAYOUTS["a4-8"])
    with pytest.raises(LedgerError) as raised:
        write_sheet([LOT, longest], LAYOUTS["a4-65"])
    assert raised.value.code == "label-too-small"


@pytest.mark.parametrize("name", LAYOUTS)
def test_code_has_its_quiet_zone_and_modules_of_the_right_size(name: str) -> None:
    width, height = LAYOUTS[name].label
    for label, largest in ((LOT, LARGEST_MODULE), (UNIT, LARGEST_MODULE_OF_UNIT)):
        check_fits(label, (width, height), "M")
        picture = compose(label, (width, height), "M")
        assert SMALLEST_MODULE <= picture.module <= largest
        rows = picture.code.rows
        edge = [*rows[:QUIET_ZONE], *rows[-QUIET_ZONE:]]
        edge += [row[:QUIET_ZONE] + row[-QUIET_ZONE:] for row in rows]
        assert not any(any(row) for row in edge)
        side = picture.module * picture.code.size
        x, y = picture.code_at
        assert min(x, y) >= 0
        assert x + side <= width
        assert y + side <= height
        for line in picture.words:
            assert line.x >= x + side or line.y - line.size >= y + side - 0.01, name
            assert line.y < height
        told = "".join(line.text for line in picture.words if not line.bold)
        assert told == "".join(label.elements)


def test_name_is_cut_short_and_the_key_never() -> None:
    label = Label(LOT.link, ROOT, "Sản phẩm " * 13)
    picture = compose(label, (34.0, 18.0), "M")
    assert any(line.text.endswith("…") for line in picture.words if line.bold)
    assert "".join(line.text for line in picture.words if not line.bold) == "".join(label.elements)
    with pytest.raises(LedgerError) as raised:
        compose(label, (26.0, 18.0), "M")
    assert raised.value.code == "label-too-small"


def test_key_is_written_on_one_line_where_it_can_be() -> None:
    for name, layout in LAYOUTS.items():
        for label in (LOT,) if name == "a4-65" else (LOT, UNIT):
            lines = [line.text for line in compose(label, layout.label, "M").words if not line.bold]
            assert lines == list(label.elements)


def test_words_of_a_sheet_can_be_searched_for() -> None:
    document = pypdfium2.PdfDocument(b"".join(write_sheet([LOT], LAYOUTS["a4-8"])))
    text = document[0].get_textpage().get_text_bounded()
    assert re.sub(r"\s+", " ", text).startswith("Nước mắm cá cơm Ba Làng")
    assert "(01) 09521234001058" in text
    assert document.get_metadata_value("Title") == NAME


def test_png_reads_and_tells_its_size() -> None:
    for label, size in ((LOT, (63.5, 33.9)), (UNIT, (100.0, 150.0))):
        image = Image.open(io.BytesIO(draw_png(compose(label, size, "M"))))
        assert scan(image.convert("L")) == [label.uri]
        assert image.size[0] / image.info["dpi"][0] * 25.4 == pytest.approx(size[0], abs=0.1)


def test_svg_escapes_what_people_wrote() -> None:
    hostile = Label(LOT.link, ROOT, "<script>alert(1)</script> & more")
    svg = draw_svg(compose(hostile, (63.5, 33.9), "M"))
    assert "<script>" not in svg
    assert 'width="63.5mm"' in svg
    assert "(10) NM-270310" in svg


def test_sheet_needs_no_more_memory_the_longer_it_is() -> None:
    def peak(count: int) -> int:
        labels = number_labels(LOT, count, serial="0001")
        tracemalloc.start()
        for _ in write_sheet(labels, LAYOUTS["a4-40"]):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1)  # the fonts
    assert peak(160) < peak(40) + 200_000


def test_layout_unknown_refused() -> None:
    with pytest.raises(LedgerError) as raised:
        get_layout("a3-1")
    assert raised.value.code == "label-layout-unknown"


def test_labels_of_a_sheet_do_not_overlap_and_stay_on_the_paper() -> None:
    for layout in LAYOUTS.values():
        for at in range(layout.per_page):
            left, top = layout.place(at)
            assert left + layout.label[0] <= layout.page[0] + 1e-6
            assert top + layout.label[1] <= layout.page[1] + 1e-6
        if layout.per_page > 1:
            assert layout.pitch[0] >= layout.label[0]
            assert layout.pitch[1] >= layout.label[1]
