"""Writes the template of a kind of product as a workbook: guide, activities, lists.

Headings carry the column's note as a comment, cells their drop-down list and format: codes and lots
are text, so that no program rounds or dates them.
"""

from __future__ import annotations

import io
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from ledger.masterdata.kind import Kind
from ledger.sheets.directory import Directory, Entry
from ledger.sheets.template import FIRST_ROW, HEADING_ROW, UNITS, Activity, Column, Template
from ledger.sheets.values import LISTS

GUIDE = "Hướng dẫn"
LAST_ROW = 20_000
"""Rows that have drop-down lists and formats; the reader takes no more."""
_LISTED = 2_000

_BOLD = Font(bold=True)
_REQUIRED = PatternFill("solid", fgColor="FFE699")
_OPTIONAL = PatternFill("solid", fgColor="E2EFDA")
_FORMATS = {
    "date": "dd/mm/yyyy",
    "day": "dd/mm/yyyy",
    "time": "hh:mm",
    "number": "General",
    "days": "0",
}
_TEXT = "@"

_STEPS = (
    "1. Điền trang «Sản phẩm», «Địa điểm» và «Đối tác» một lần: tên quen dùng và mã.",
    "2. Mỗi trang còn lại là một công việc. Chỉ điền những trang cần dùng, từ dòng 3.",
    "3. Tiêu đề màu vàng là cột phải điền; màu xanh là cột có thể để trống.",
    "4. Không sửa dòng 1 và dòng 2. Có thể đổi thứ tự cột.",
    "5. Nộp tệp để kiểm tra trước: chưa có gì được ghi, lỗi được chỉ ra từng ô.",
    "6. Khi không còn lỗi thì ghi sổ. Nộp lại cùng một tệp không ghi thêm lần nữa.",
)
_STEPS_EN = (
    "Fill in the lists of products, places and partners once.",
    "Each other sheet is one activity; fill in those you need, from row 3.",
    "Yellow headings must be filled in, green ones may be. Keep rows 1 and 2.",
    "Check first: nothing is recorded, faults are named by cell. Handing in twice records once.",
)


def write_workbook(template: Template, directory: Directory) -> bytes:
    """The template as .xlsx, its lists filled with what the organization has registered."""
    book = Workbook()
    guide = book.active
    assert guide is not None
    guide.title = GUIDE
    _write_guide(guide, template)
    for activity in template.activities.values():
        _write_activity(book.create_sheet(activity.sheet), template, activity)
    for kind, name in LISTS.items():
        code = "Mã GTIN hoặc mã riêng" if kind is Kind.PRODUCT else "Mã GLN hoặc mã riêng"
        _write_list(book.create_sheet(name), "Tên", code, directory.lists.get(kind, ()))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def put_text(cell: Any, text: str) -> None:
    """Write text as text, whatever it begins with: a formula in what we export would run on the
    machine of whoever opens it."""
    cell.value = text
    cell.data_type = "s"


def _write_guide(sheet: Any, template: Template) -> None:
    put_text(sheet["A1"], f"{template.vi} / {template.en}")
    sheet["A1"].font = Font(bold=True, size=14)
    row = 3
    for line in (*_STEPS, *_STEPS_EN):
        put_text(sheet.cell(row, 1), line)
        row += 1
    row += 1
    for at, heading in enumerate(("Trang", "Cột", "Phải điền", "Ghi chú", "Ví dụ", "English"), 1):
        put_text(sheet.cell(row, at), heading)
        sheet.cell(row, at).font = _BOLD
    for activity in template.activities.values():
        for column in activity.columns:
            row += 1
            needed = "có" if activity.requires(column) else "khi không có mã khác"
            if not column.required and column.key not in activity.needs:
                needed = ""
            told = (activity.sheet, column.vi, needed, column.note, column.example, column.en)
            for at, text in enumerate(told, 1):
                put_text(sheet.cell(row, at), text)
    for letter, width in zip("ABCDEF", (24, 22, 22, 60, 24, 24), strict=True):
        sheet.column_dimensions[letter].width = width


def _write_activity(sheet: Any, template: Template, activity: Activity) -> None:
    put_text(sheet["A1"], template.mark(activity))
    put_text(sheet["B1"], activity.about)
    sheet["A1"].font = Font(color="808080", size=8)
    sheet.freeze_panes = f"A{FIRST_ROW}"
    for number, column in enumerate(activity.columns, 1):
        letter = get_column_letter(number)
        heading = sheet.cell(HEADING_ROW, number)
        put_text(heading, column.vi)
        heading.font = _BOLD
        heading.fill = _REQUIRED if activity.requires(column) else _OPTIONAL
        heading.alignment = Alignment(wrap_text=True, vertical="top")
        heading.comment = Comment(
            f"{column.note}\nVí dụ: {column.example}\n({column.en})", "Sổ nguồn gốc"
        )
        sheet.column_dimensions[letter].width = max(14, len(column.vi) + 4)
        sheet.column_dimensions[letter].number_format = _FORMATS.get(column.kind, _TEXT)
        _add_list(sheet, column, f"{letter}{FIRST_ROW}:{letter}{LAST_ROW}")


def _add_list(sheet: Any, column: Column, cells: str) -> None:
    """A drop-down list. It only warns: codes may stand where names are offered."""
    if column.kind in LISTS:
        formula = f"='{LISTS[Kind(column.kind)]}'!$A${FIRST_ROW}:$A${_LISTED}"
    elif column.kind == "unit":
        formula = _inline(tuple(UNITS))
    elif column.kind == "choice":
        formula = _inline(column.choices)
    else:
        return
    rule = DataValidation("list", formula1=formula, allow_blank=True, showErrorMessage=False)
    rule.promptTitle, rule.prompt, rule.showInputMessage = column.vi, column.note[:250], True
    rule.add(cells)
    sheet.add_data_validation(rule)


def _inline(choices: tuple[str, ...]) -> str:
    return f'"{",".join(choices)}"'


def _write_list(sheet: Any, name: str, code: str, entries: tuple[Entry, ...]) -> None:
    put_text(sheet["A1"], "Danh mục dùng cho các trang khác; sửa và thêm tùy ý.")
    for number, heading in enumerate((name, code), 1):
        cell = sheet.cell(HEADING_ROW, number)
        put_text(cell, heading)
        cell.font = _BOLD
        cell.fill = _OPTIONAL
    for row, entry in enumerate(entries, FIRST_ROW):
        put_text(sheet.cell(row, 1), entry.name)
        put_text(sheet.cell(row, 2), entry.code)
    sheet.freeze_panes = f"A{FIRST_ROW}"
    sheet.column_dimensions["A"].width = 40
    sheet.column_dimensions["B"].width = 40
    for letter in "AB":
        sheet.column_dimensions[letter].number_format = _TEXT
