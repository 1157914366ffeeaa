from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image

from ledger.errors import InvalidInput
from ledger.gs1.qr import LEVELS, QUIET_ZONE, QrCode, capitalised, encode_qr

LINK = "https://truyxuat.example/01/09521234001058/10/nm-BL-270310"


def scan(code: QrCode, scale: int = 8) -> str:
    image = Image.open(io.BytesIO(code.png(scale))).convert("L")
    (found,) = zxingcpp.read_barcodes(image)
    return found.text


@pytest.mark.parametrize("level", sorted(LEVELS))
@pytest.mark.parametrize("text", [LINK, capitalised(LINK), "Nước mắm Ba Làng", "x" * 300])
def test_qr_any_level_scanned_back(text: str, level: str) -> None:
    assert scan(encode_qr(text, level)) == text


def test_qr_quiet_zone_light_all_around() -> None:
    code = encode_qr(LINK)
    for rows in (code.rows, tuple(zip(*code.rows, strict=True))):
        for row in (*rows[:QUIET_ZONE], *rows[-QUIET_ZONE:]):
            assert not any(row)


def test_qr_svg_drawn_by_its_path_scanned_back() -> None:
    code = encode_qr(LINK)
    svg = code.svg(module_mm=0.5)
    assert f'width="{code.size * 0.5}mm"' in svg
    image = Image.new("L", (code.size, code.size), 255)
    path = svg.rsplit('d="', 1)[1].split('"')[0]
    for stroke in path.split("M")[1:]:
        start, rest = stroke.split(" ")
        row, rest = rest.split("h", 1)
        length = rest.split("v")[0]
        for x in range(int(start), int(start) + int(length)):
            image.putpixel((x, int(row)), 0)
    big = image.resize((code.size * 6, code.size * 6), Image.Resampling.NEAREST)
    (found,) = zxingcpp.read_barcodes(big)
    assert found.text == LINK


def test_qr_svg_text_escaped() -> None:
    assert "<title>a&lt;b&amp;c</title>" in encode_qr("a<b&c").svg()


def test_qr_capitals_make_smaller_code() -> None:
    # Same length, denser mode: one version less at the boundary.
    text = "HTTPS://TRUYXUAT.EXAMPLE/01/09521234001058/10/NM-BL"
    assert encode_qr(text).size < encode_qr(text.lower()).size


def test_capitalised_path_keeps_its_case() -> None:
    assert capitalised(LINK) == "HTTPS://TRUYXUAT.EXAMPLE/01/09521234001058/10/nm-BL-270310"
    assert capitalised("no link") == "no link"


def test_qr_too_much_text_refused() -> None:
    with pytest.raises(InvalidInput) as raised:
        encode_qr("x" * 5000)
    assert raised.value.code == "qr-too-large"


def test_qr_unknown_level_refused() -> None:
    with pytest.raises(InvalidInput) as raised:
        encode_qr("x", "Z")
    assert raised.value.code == "qr-level-unknown"
