"""Filled templates, made as people make them: a workbook of ours, opened and typed into."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from openpyxl import load_workbook

from ledger.sheets.conversion import XLSX, Conversion, convert, read_tables
from ledger.sheets.directory import Directory
from ledger.sheets.template import FIRST_ROW, get_template
from ledger.sheets.workbook import write_workbook

FISH, SALT, MASH, BOTTLE = "9521234001010", "9521234001027", "9521234001034", "9521234001058"
HARBOUR, FACTORY, SHOP = "9521234000112", "9521234000136", "9521234000211"
CASE, OTHER_CASE = "095212340000000013", "095212340000000020"

LANDING = ("02/03/2026", "05:40", HARBOUR, FISH, "CC260302-QT07", 1850, "kg", "Cá cơm than")
"""One row of the raw material sheet of the fish sauce template."""


def filled(sheets: Mapping[str, Sequence[Sequence[Any]]], template: str = "nuoc-mam") -> bytes:
    """The template with these rows in these sheets."""
    book = load_workbook(io.BytesIO(_blank(template)))
    for name, rows in sheets.items():
        for number, row in enumerate(rows, FIRST_ROW):
            for column, value in enumerate(row, 1):
                if value is not None:
                    cell = book[name].cell(number, column)
                    cell.value = value
                    if isinstance(value, str):
                        cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@cache
def _blank(template: str) -> bytes:
    return write_workbook(get_template(template), Directory())


def converted(
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    template: str = "nuoc-mam",
    directory: Directory | None = None,
) -> Conversion:
    """What the filled template says."""
    return convert(read_tables(filled(sheets, template), XLSX), directory or Directory())
