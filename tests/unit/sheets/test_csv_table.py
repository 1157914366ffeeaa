"""Sheets in CSV form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput, TooLarge
from ledger.sheets.cell import Row, Unreadable, clean
from ledger.sheets.csv_form import write_csv
from ledger.sheets.csv_table import read_csv
from ledger.sheets.template import get_template

TEXT = "mẫu nuoc-mam/harvest/1{0}về\nNgày{0}Lô\n02/03/2026{0}CC-1\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_read_in_every_form_programs_write(delimiter: str, encoding: str) -> None:
    table = read_csv(TEXT.format(delimiter).encode(encoding))
    assert table.rows[2] == Row(3, {1: "02/03/2026", 2: "CC-1"})
    assert table.decimal == ("," if delimiter == ";" else None)
    assert table.is_text


@pytest.mark.parametrize("encoding", ["cp1258", "cp1252", "utf-16-le"])
def test_csv_in_another_encoding_refused(encoding: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_csv("Địa điểm;Ngày".encode(encoding, errors="replace") + b"\xe0\x00")
    assert caught.value.code == "sheet-encoding-unknown"


def test_csv_formula_is_named() -> None:
    assert read_csv(b"a;=1+1\n").rows[0].cells[2] is Unreadable.FORMULA


def test_csv_broken_quote_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_csv(b'a,"b"c\n')
    assert caught.value.code == "sheet-file-unknown"


def test_csv_of_too_many_rows_refused() -> None:
    with pytest.raises(TooLarge):
        read_csv(b"a\n" * 30_000)


WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=15).map(clean)


@given(st.lists(st.lists(WORDS, min_size=3, max_size=3), max_size=5))
def test_csv_written_reads_back_and_cannot_run(rows: list[list[str]]) -> None:
    template = get_template("nuoc-mam")
    body = write_csv(template, template.activities["harvest"], rows)
    table = read_csv(body)
    read = [[row.cells.get(column, "") for column in (1, 2, 3)] for row in table.rows[2:]]
    assert read == [row for row in rows if any(row)]
    for line in body.decode("utf-8-sig").splitlines()[2:]:
        for field in line.replace('"', "").split(";"):
            assert not field.startswith(("=", "+", "-", "@"))
