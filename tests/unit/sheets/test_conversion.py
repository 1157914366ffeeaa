"""Rows to events: what each activity becomes, and what is refused at which cell."""

from __future__ import annotations

import io
import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from ledger.epcis.event import Event
from ledger.masterdata.kind import Kind
from ledger.sheets.cell import Row, Table, clean
from ledger.sheets.checks import check_all, find_warnings
from ledger.sheets.conversion import CSV, XLSX, convert, read_tables
from ledger.sheets.directory import Directory, Entry
from ledger.sheets.fault import Fault
from tests.support.filled_sheets import (
    BOTTLE,
    CASE,
    FACTORY,
    FISH,
    HARBOUR,
    LANDING,
    MASH,
    OTHER_CASE,
    SALT,
    SHOP,
    converted,
    filled,
)
from tests.support.moments import NOW

RAW, MIX, PACK, SHIP, GET, SELL = (
    "Nguyên liệu",
    "Chế biến",
    "Đóng gói",
    "Xuất hàng",
    "Nhận hàng",
    "Bán hàng",
)
ID = "https://id.gs1.org"


def faults(sheets: dict[str, Any], template: str = "nuoc-mam") -> list[tuple[str, str]]:
    found = converted(sheets, template)
    checked = [one for one in check_all(found.found, NOW) if isinstance(one, Fault)]
    return [(fault.place.cell, fault.code) for fault in [*found.faults, *checked]]


def only(sheets: dict[str, Any], template: str = "nuoc-mam") -> dict[str, Any]:
    found = converted(sheets, template)
    assert found.faults == []
    (one,) = found.found
    (checked,) = check_all(found.found, NOW)
    assert isinstance(checked, Event)
    return one.event


def changed(column: int, value: Any) -> list[Any]:
    row: list[Any] = list(LANDING)
    row[column] = value
    return row


def test_harvest_is_the_event_of_the_scenario() -> None:
    event = only({RAW: [(*LANDING, "TH-91234-TS", "Vịnh Bắc Bộ")]})
    assert event["type"] == "ObjectEvent"
    assert (event["action"], event["bizStep"]) == ("ADD", "creating_class_instance")
    assert event["eventTime"] == "2026-03-02T05:40:00+07:00"
    assert event["quantityList"] == [
        {"epcClass": f"{ID}/01/0{FISH}/10/CC260302-QT07", "quantity": 1850, "uom": "KGM"}
    ]
    assert event["readPoint"] == event["bizLocation"] == {"id": f"{ID}/414/{HARBOUR}"}
    assert event["ilmd"] == {
        "vn:tenSanPham": "Cá cơm than",
        "vn:soTau": "TH-91234-TS",
        "vn:vungKhaiThac": "Vịnh Bắc Bộ",
    }


def test_processing_puts_the_materials_of_a_batch_together() -> None:
    batch = ("03/03/2026", "14:00", f"{FACTORY}/BE05")
    event = only(
        {
            MIX: [
                (*batch, FISH, "CC260302-QT07", 1850, "kg", MASH, "B05", 3600, "kg"),
                (*batch, SALT, "MUOI-0220", "830,5", "kg", MASH, "B05"),
            ]
        }
    )
    assert [element["quantity"] for element in event["inputQuantityList"]] == [1850, 830.5]
    assert event["outputQuantityList"] == [
        {"epcClass": f"{ID}/01/0{MASH}/10/B05", "quantity": 3600, "uom": "KGM"}
    ]
    assert event["readPoint"] == {"id": f"{ID}/414/{FACTORY}/254/BE05"}
    assert event["bizLocation"] == {"id": f"{ID}/414/{FACTORY}"}


def test_packing_makes_one_event_of_each_container() -> None:
    at = ("12/03/2026", "11:00", FACTORY)
    found = converted(
        {
            PACK: [
                (*at, CASE, BOTTLE, None, "A1"),
                (*at, OTHER_CASE, BOTTLE, "L1", None, 12, "cái"),
                (*at, CASE, BOTTLE, "L1", "A2"),
            ]
        }
    )
    assert found.faults == []
    first, second = (one.event for one in found.found)
    assert first["parentID"] == f"{ID}/00/{CASE}"
    assert first["childEPCs"] == [
        f"{ID}/01/0{BOTTLE}/21/A1",
        f"{ID}/01/0{BOTTLE}/10/L1/21/A2",
    ]
    assert second["childQuantityList"] == [{"epcClass": f"{ID}/01/0{BOTTLE}/10/L1", "quantity": 12}]


def test_shipping_and_receiving_name_parties_and_documents() -> None:
    ship = only({SHIP: [("15/03/2026", "7h20", FACTORY, SHOP, "PX-01", CASE)] * 1})
    assert ship["epcList"] == [f"{ID}/00/{CASE}"]
    assert ship["destinationList"] == [{"type": "owning_party", "destination": f"{ID}/417/{SHOP}"}]
    assert ship["bizTransactionList"] == [
        {"type": "desadv", "bizTransaction": f"urn:epcglobal:cbv:bt:{FACTORY}:PX-01"}
    ]
    assert "bizLocation" not in ship
    got = only(
        {GET: [("16/03/2026", None, SHOP, FACTORY, None, None, BOTTLE, "L", None, 5, "lít")]}
    )
    assert got["sourceList"] == [{"type": "owning_party", "source": f"{ID}/417/{FACTORY}"}]
    assert got["quantityList"][0]["uom"] == "LTR"


def test_input_is_recorded_with_its_isolation_days() -> None:
    row = ("01/03/2026", None, HARBOUR, FISH, "VU-1", "Phân bón", "NPK", "2,5", "kg/sào", 14)
    event = only({"Vật tư": [row]}, "nong-san")
    assert event["bizStep"] == "https://ns.thanhhoa.example/epcis/suDungVatTu"
    assert event["vn:soNgayCachLy"] == 14
    assert event["vn:lieuLuong"] == 2.5
    assert event["quantityList"] == [{"epcClass": f"{ID}/01/0{FISH}/10/VU-1"}]


@pytest.mark.parametrize(("day", "warned"), [("14/03/2026", True), ("15/03/2026", False)])
def test_harvest_within_isolation_warned_of(day: str, warned: bool) -> None:
    found = converted(
        {
            "Vật tư": [
                (
                    "01/03/2026",
                    None,
                    HARBOUR,
                    FISH,
                    "VU-1",
                    "Thuốc bảo vệ thực vật",
                    "X",
                    1,
                    "l",
                    14,
                )
            ],
            "Thu hoạch": [(day, None, HARBOUR, FISH, "VU-1", 10, "kg")],
        },
        "nong-san",
    )
    warnings = find_warnings(found.found, date(2026, 11, 25))
    assert [one.code for one in warnings] == ["sheet-isolation-running"] * warned
    assert all(one.is_warning and "15/03/2026" in one.vi for one in warnings)


def test_future_date_warned_of() -> None:
    found = converted({RAW: [changed(0, "26/11/2026")]})
    (warning,) = find_warnings(found.found, date(2026, 11, 25))
    assert (warning.code, warning.place.cell) == ("sheet-date-future", "A3")


@pytest.mark.parametrize(
    ("column", "value", "cell", "code"),
    [
        (0, None, "A3", "sheet-value-missing"),
        (0, "03/13/2026", "A3", "sheet-date-malformed"),
        (1, "sáng sớm", "B3", "sheet-time-malformed"),
        (2, "Bến nào đó", "C3", "sheet-name-unknown"),
        (2, "9521234000113", "C3", "sheet-code-malformed"),
        (3, "9521234001011", "D3", "sheet-code-malformed"),
        (3, "https://id.gs1.org/01/09521234001010/10/L", "D3", "sheet-code-malformed"),
        (4, "Lô số 1", "E3", "sheet-lot-malformed"),
        (4, "L" * 21, "E3", "sheet-lot-malformed"),
        (4, 95212340000000013, "E3", "sheet-code-rounded"),
        (5, "nhiều", "F3", "sheet-number-malformed"),
        (5, -1, "F3", "sheet-number-malformed"),
        (5, "1.234", "F3", "sheet-number-ambiguous"),
        (6, "bao", "G3", "sheet-choice-unknown"),
        (6, "cái", None, None),
        (7, "x" * 1001, "H3", "sheet-text-too-long"),
        (11, "thừa", "L3", "sheet-column-unknown"),
    ],
)
def test_cell_that_is_wrong_named(
    column: int, value: Any, cell: str | None, code: str | None
) -> None:
    row: list[Any] = [*LANDING, *[None] * 5]
    row[column] = value
    assert faults({RAW: [row]}) == ([] if cell is None else [(cell, code)])


def test_half_a_piece_refused() -> None:
    row = changed(5, 1.5)
    row[6] = "cái"
    assert faults({RAW: [row]}) == [("F3", "sheet-number-malformed")]


def test_formula_in_a_cell_refused_by_its_address() -> None:
    book = load_workbook(io.BytesIO(filled({RAW: [LANDING]})))
    book[RAW]["F3"] = "=1+1"
    out = io.BytesIO()
    book.save(out)
    found = convert(read_tables(out.getvalue(), XLSX), Directory())
    assert [(one.place.cell, one.code) for one in found.faults] == [("F3", "sheet-formula")]


def test_row_written_twice_refused() -> None:
    assert faults({RAW: [LANDING, LANDING]}) == [("A4", "sheet-row-repeated")]
    assert faults({RAW: [LANDING, changed(1, "05:41")]}) == []


def test_item_written_twice_in_one_event_refused() -> None:
    at = ("12/03/2026", "11:00", FACTORY, CASE, BOTTLE, None, "A1")
    assert faults({PACK: [at, at]}) == [("A4", "sheet-item-repeated")]


def test_rows_of_one_batch_that_differ_refused() -> None:
    batch = ("03/03/2026", "14:00", FACTORY)
    rows = [
        (*batch, FISH, "F1", 10, "kg", MASH, "B05", 36, "kg"),
        (*batch, SALT, "S1", 10, "kg", MASH, "B05", 37, "kg"),
    ]
    assert faults({MIX: rows}) == [("J4", "sheet-row-differs")]


def test_batch_without_its_yield_refused() -> None:
    row = ("03/03/2026", "14:00", FACTORY, FISH, "F1", 10, "kg", MASH, "B05")
    assert faults({MIX: [row]}) == [("J3", "sheet-value-missing"), ("K3", "sheet-value-missing")]


def test_event_with_a_faulty_row_is_given_up_whole() -> None:
    at = ("12/03/2026", "11:00", FACTORY)
    rows = [
        (*at, CASE, BOTTLE, None, "A1"),
        (*at, OTHER_CASE, BOTTLE, None, "B1"),
        (*at, CASE, BOTTLE, None, "có dấu"),
        (*at, CASE, BOTTLE, None, "A3"),
    ]
    found = converted({PACK: rows})
    assert [one.code for one in found.faults] == ["sheet-lot-malformed"]
    assert found.faults[0].en.startswith("'có dấu' cannot be a serial number: ")
    assert found.faults[0].vi.startswith("«có dấu» không dùng được làm số sê-ri: ")
    assert [one.event["parentID"] for one in found.found] == [f"{ID}/00/{OTHER_CASE}"]
    rows[2] = (*at, "sai", BOTTLE, None, "A2")
    assert converted({PACK: rows}).found == []


def test_row_that_names_no_goods_refused() -> None:
    row = ("15/03/2026", None, FACTORY, SHOP, "PX-01")
    assert [code for _, code in faults({SHIP: [row]})] == ["sheet-value-missing"] * 4


def test_empty_workbook_refused() -> None:
    assert faults({}) == [("", "sheet-empty")]


def test_sheet_without_its_mark_is_not_passed_over() -> None:
    book = load_workbook(io.BytesIO(filled({RAW: [LANDING]})))
    book[RAW]["A1"] = None
    out = io.BytesIO()
    book.save(out)
    found = convert(read_tables(out.getvalue(), XLSX), Directory())
    assert [(one.place.sheet, one.code) for one in found.faults] == [
        (RAW, "sheet-template-unknown")
    ]


@pytest.mark.parametrize(
    ("headings", "cell", "code"),
    [
        ("Ngày;Ngày", "B2", "sheet-column-repeated"),
        ("Ngày;Lạ", "B2", "sheet-column-unknown"),
        ("Ngày", "A2", "sheet-column-missing"),
    ],
)
def test_headings_that_are_wrong_named(headings: str, cell: str, code: str) -> None:
    text = f"mẫu nuoc-mam/harvest/1\n{headings}\n02/03/2026\n".encode()
    found = convert(read_tables(text, CSV), Directory())
    assert (cell, code) in [(one.place.cell, one.code) for one in found.faults]
    assert found.found == []


def test_columns_may_be_moved_and_have_english_headings() -> None:
    text = (
        "mẫu nuoc-mam/harvest/1\nLOT;Unit;Quantity;Product *;Place;Date\n"
        f"L1;kg;10;{FISH};{HARBOUR};02/03/2026\n"
    )
    found = convert(read_tables(text.encode(), CSV), Directory())
    assert found.faults == []
    assert found.found[0].event["quantityList"][0]["quantity"] == 10


def test_names_are_found_in_any_unicode_form_and_case() -> None:
    directory = Directory(product=[Entry("Cá cơm", FISH)], place=[Entry("Bến Ba Làng", HARBOUR)])
    row = changed(3, unicodedata.normalize("NFD", "CÁ CƠM"))
    row[2] = unicodedata.normalize("NFD", "bến ba làng")
    found = converted({RAW: [row]}, directory=directory)
    assert found.faults == []


def test_lists_of_the_workbook_are_used_and_checked() -> None:
    lists = {
        "Sản phẩm": [("Cá", FISH), ("Muối", "9521234001011"), ("Cá", SALT), ("Thừa", None)],
        RAW: [changed(3, "cá")],
    }
    assert faults(lists) == [
        ("B4", "sheet-code-malformed"),
        ("A5", "sheet-name-repeated"),
        ("B6", "sheet-value-missing"),
    ]


def test_local_code_counts_only_where_it_is_listed() -> None:
    assert faults({RAW: [changed(3, "CA-COM")]}) == [("D3", "sheet-name-unknown")]
    assert LISTED.find(Kind.PRODUCT, "muoi") is None


LISTED = Directory(product=[Entry("Cá cơm", "CA-COM")])

SCALARS = st.one_of(st.text(max_size=12), st.floats(), st.integers(), st.booleans())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(st.integers(1, 12), SCALARS), max_size=4))
def test_any_content_of_cells_is_events_or_faults(rows: list[dict[int, Any]]) -> None:
    (table,) = read_tables(
        "mẫu nuoc-mam/ship/1\nNgày;Giờ;Địa điểm;Bên nhận;Số chứng từ;Mã thùng\n".encode(), CSV
    )
    read = [
        Row(number, {c: clean(v) if isinstance(v, str) else v for c, v in row.items()})
        for number, row in enumerate(rows, 3)
    ]
    found = convert([Table("x", [*table.rows, *read])], Directory())
    assert len(found.found) <= len(rows)
    assert all(fault.vi and fault.en for fault in found.faults)
