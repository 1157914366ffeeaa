"""Our reader of workbooks beside openpyxl's."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from ledger.errors import InvalidInput, TooLarge
from ledger.sheets.cell import MAX_COLUMNS, Row, Unreadable, clean
from ledger.sheets.xlsx import MAX_ROWS, read_xlsx

TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff_"),
    max_size=20,
)
CELLS = st.one_of(
    TEXT,
    st.integers(-(2**50), 2**50),
    st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 6)),
    st.booleans(),
    st.none(),
)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def book_of(*rows: Any) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
    return saved(book)


def edited(body: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in {*old.namelist(), name}:
            data = old.read(entry) if entry in old.namelist() else b""
            new.writestr(entry, change(data) if entry == name else data)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"


def with_shared_texts(body: bytes) -> bytes:
    relation = b'<Relationship Id="s" Type="x/sharedStrings" Target="/xl/sharedStrings.xml"/>'
    return edited(
        body,
        RELATIONS,
        lambda xml: xml.replace(b"</Relationships>", relation + b"</Relationships>"),
    )


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELLS, max_size=5), max_size=6))
def test_rows_agree_with_openpyxl(rows: list[list[Any]]) -> None:
    body = book_of(*rows)
    (table,) = read_xlsx(body)
    sheet = load_workbook(io.BytesIO(body), read_only=True, data_only=True).worksheets[0]
    expected = []
    for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
        cells: dict[int, Any] = {
            column: clean(value) if isinstance(value, str) else value
            for column, value in enumerate(values, 1)
        }
        cells = {column: value for column, value in cells.items() if value not in (None, "")}
        if cells:
            expected.append(Row(number, cells))
    assert table.rows == expected


def test_formula_is_named_and_not_taken_for_its_last_result() -> None:
    book = Workbook()
    assert book.active is not None
    book.active["B2"] = "=1+1"
    (table,) = read_xlsx(saved(book))
    assert table.rows == [Row(2, {2: Unreadable.FORMULA})]


def test_error_cell_is_named() -> None:
    book = Workbook()
    assert book.active is not None
    book.active["A1"] = "#REF!"
    (table,) = read_xlsx(saved(book))
    assert table.rows == [Row(1, {1: Unreadable.ERROR})]


def test_text_comes_in_nfc_without_invisible_characters() -> None:
    (table,) = read_xlsx(book_of(["\ufeff Ca\u0301  co\u031bm "]))
    assert table.rows[0].cells[1] == "Cá cơm"


def test_inline_text_and_rows_without_numbers_read() -> None:
    xml = (
        b'<worksheet xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"><sheetData><row>'
        b'<c t="inlineStr"><is><r><t>C\xc3\xa1 </t></r><r><t>c\xc6\xa1m</t></r></is></c><c><v>7</v>'
        b"</c></row></sheetData></worksheet>"
    )
    (table,) = read_xlsx(edited(book_of(["x"]), SHEET, lambda _: xml))
    assert table.rows == [Row(1, {1: "Cá cơm", 2: 7})]


def test_shared_texts_read_without_phonetic_hints() -> None:
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>Muối</t></si>'
        "<si><r><t>Cá </t></r><r><t>cơm_x0041_</t></r><rPh><t>ka</t></rPh></si></sst>"
    ).encode()
    xml = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="3"><c r="C3" t="s"><v>1</v></c><c r="D3" t="s"><v>0</v></c></row></sheetData>'
        b"</worksheet>"
    )
    body = edited(book_of(["x"]), SHEET, lambda _: xml)
    body = edited(with_shared_texts(body), "xl/sharedStrings.xml", lambda _: strings)
    (table,) = read_xlsx(body)
    assert table.rows == [Row(3, {3: "Cá cơmA", 4: "Muối"})]


def test_far_away_cell_costs_nothing_and_is_kept() -> None:
    body = edited(
        book_of(["x"]),
        SHEET,
        lambda xml: xml.replace(b'r="1"', b'r="1048576"').replace(b'r="A1"', b'r="A1048576"'),
    )
    (table,) = read_xlsx(body)
    assert [row.number for row in table.rows] == [1_048_576]


@pytest.mark.parametrize("row", ["²", "9" * 5_000, "x", ""])
def test_row_with_an_odd_number_follows_the_one_before(row: str) -> None:
    body = edited(
        book_of(["x"]), SHEET, lambda xml: xml.replace(b'r="1"', f'r="{row}"'.encode(), 1)
    )
    (table,) = read_xlsx(body)
    assert [found.number for found in table.rows] == [1]


def test_too_many_columns_refused() -> None:
    with pytest.raises(TooLarge):
        read_xlsx(book_of([1] * (MAX_COLUMNS + 1)))


def test_too_many_rows_refused() -> None:
    rows = b"".join(b'<row r="%d"><c><v>1</v></c></row>' % n for n in range(1, MAX_ROWS + 2))
    body = edited(
        book_of(["x"]),
        SHEET,
        lambda xml: re.sub(
            b"<sheetData>.*</sheetData>", b"<sheetData>" + rows + b"</sheetData>", xml
        ),
    )
    with pytest.raises(TooLarge):
        read_xlsx(body)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (SHEET, lambda xml: xml[:-30]),
        (
            SHEET,
            lambda xml: (
                xml.replace(b't="inlineStr"', b't="s"')
                .replace(b"<is>", b"<v>99</v><x>")
                .replace(b"</is>", b"</x>")
            ),
        ),
        (RELATIONS, lambda _: b"<none/>"),
        ("xl/sharedStrings.xml", lambda _: b"no xml"),
        ("xl/workbook.xml", lambda _: b""),
    ],
)
def test_broken_workbook_refused(name: str, change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_xlsx(edited(with_shared_texts(book_of(["x"])), name, change))
    assert caught.value.code == "sheet-archive-refused"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5000), st.binary(min_size=1, max_size=8))
def test_damaged_file_is_read_or_refused(at: int, noise: bytes) -> None:
    body = bytearray(book_of(["Ngày", 1, 2.5]))
    body[at % len(body) : at % len(body) + len(noise)] = noise
    with suppress(InvalidInput):
        read_xlsx(bytes(body))
