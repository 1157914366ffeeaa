"""`provenance label`."""

from __future__ import annotations

import json
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from typer.testing import CliRunner

from ledger.cli.main import app

LOT = "/01/09521234001058/10/NM-270310"
URL = "https://truyxuat.example.vn"


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["label", *arguments])
    return result.exit_code, result.output


def test_label_writes_a_sheet(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.pdf"
    code, told = run(
        LOT, "-o", str(sheet), "--url", URL, "--count", "25", "--serial", "1", "--json"
    )
    assert code == 0, told
    assert json.loads(told) == {
        "file": str(sheet),
        "labels": 25,
        "first": f"{URL.upper()}{LOT}/21/1",
        "last": f"{URL.upper()}{LOT}/21/25",
    }
    pages = list(pypdfium2.PdfDocument(sheet))
    images = [page.render(scale=3).to_pil().convert("L") for page in pages]
    found = {code.text for image in images for code in zxingcpp.read_barcodes(image)}
    assert found == {f"{URL.upper()}{LOT}/21/{number}" for number in range(1, 26)}
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.pdf"]


@pytest.mark.parametrize("form", ["png", "svg"])
def test_label_writes_a_picture(tmp_path: Path, form: str) -> None:
    picture = tmp_path / f"one.{form}"
    code, told = run(f"https://id.gs1.org{LOT}", "-o", str(picture), "--title", "Nước mắm")
    assert code == 0, told
    assert told.startswith("1 label: ")
    if form == "png":
        (found,) = zxingcpp.read_barcodes(Image.open(picture).convert("L"))
        assert found.text.endswith(LOT)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((LOT, "-o", "x.gif"), "label-form-unknown"),
        (("/01/123", "-o", "x.pdf"), "gs1-value-malformed"),
        ((LOT, "-o", "x.pdf", "--count", "10001"), "labels-too-many"),
        ((LOT, "-o", "x.pdf", "--layout", "a3"), "label-layout-unknown"),
        ((LOT, "-o", "x.pdf", "--level", "X"), "qr-level-unknown"),
        ((LOT, "-o", "no-such-folder/x.pdf"), "file-unwritable"),
    ],
)
def test_label_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    status, told = run(*arguments)
    assert status == 2
    assert f"[{code}]" in told
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("http://localhost", True),
        ("http://0.0.0.0:8080", True),
        (URL, False),
        ("http://192.168.1.7:8080", False),
    ],
)
def test_label_tells_of_an_address_no_phone_reaches(
    tmp_path: Path, url: str, is_told: bool
) -> None:
    code, told = run(LOT, "-o", str(tmp_path / "one.svg"), "--url", url)
    assert code == 0, told
    assert ("no phone reaches" in told) is is_told
