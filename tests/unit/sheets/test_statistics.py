"""The workbook of the monthly statistics holds the six outputs, and runs nothing."""

from __future__ import annotations

import io
from dataclasses import replace

from openpyxl import load_workbook

from ledger.exchange.registers import Register
from ledger.exchange.statistics import OUTPUTS, Statistics
from ledger.sheets.statistics import HEADINGS, SHEETS, write_statistics
from tests.unit.exchange.test_statistics import MARCH, A, B, legs


def test_sheets_and_headings_cover_every_output() -> None:
    assert list(SHEETS) == list(OUTPUTS)
    assert all(len(name) <= 31 for name in SHEETS.values())
    columns = {
        column
        for org in (A.org, B.org)
        for table in Statistics.compute(legs(), org, MARCH).outputs.values()
        for column in table.columns
    }
    assert columns == set(HEADINGS)


def test_cells_are_those_of_the_outputs() -> None:
    statistics = Statistics.compute(legs(), B.org, MARCH)
    book = load_workbook(io.BytesIO(write_statistics(statistics)))
    assert book.sheetnames == list(SHEETS.values())
    for name, table in statistics.outputs.items():
        rows = list(book[SHEETS[name]].iter_rows(min_row=2, values_only=True))
        assert rows[0] == tuple(HEADINGS[column] for column in table.columns)
        assert rows[1:] == list(table.rows)


def test_nothing_in_it_is_a_formula() -> None:
    statistics = Statistics.compute([], A.org, MARCH)
    hostile = Register(("FileCode",), (("=1+1",),))
    book = load_workbook(
        io.BytesIO(write_statistics(replace(statistics, outputs={"outgoingFiles": hostile})))
    )
    cell = book[SHEETS["outgoingFiles"]]["A3"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")
