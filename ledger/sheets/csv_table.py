"""Reads a sheet in CSV form, as the spreadsheet programs of this country write it.

UTF-8 with or without a byte order mark, or UTF-16 with one; comma, semicolon or tab. Anything else
in bytes is refused: Windows-1258, 1252 and TCVN3 cannot be told apart, and a name guessed wrongly
would be recorded wrongly for ever.
"""

from __future__ import annotations

import csv
import io

from ledger.sheets.archive import MAX_BYTES
from ledger.sheets.cell import MAX_COLUMNS, Row, Scalar, Table, Unreadable, clean
from ledger.sheets.fault import Place, refusal
from ledger.sheets.injection import unguard
from ledger.sheets.xlsx import MAX_ROWS

NAME = "CSV"
"""What the one sheet of a CSV file is called."""
_LONGEST_FIELD = 100_000


def read_csv(body: bytes) -> Table:
    """Raises InvalidInput `sheet-encoding-unknown`, `sheet-file-unknown`; TooLarge."""
    if len(body) > MAX_BYTES:
        raise refusal(
            "sheet-too-large", what_vi="tệp", what="the file", most=f"{MAX_BYTES >> 20} MiB"
        )
    text = _decode(body)
    delimiter = _delimiter(text)
    rows: list[Row] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, fields in enumerate(reader, 1):
            cells = _cells(fields)
            if not cells:
                continue
            if max(cells) > MAX_COLUMNS:
                raise refusal(
                    "sheet-too-large",
                    Place(NAME),
                    what_vi="số cột",
                    what="columns",
                    most=MAX_COLUMNS,
                )
            if len(rows) >= MAX_ROWS:
                raise refusal("sheet-too-large", what_vi="số dòng", what="rows", most=MAX_ROWS)
            rows.append(Row(number, cells))
    except csv.Error as error:
        raise refusal(
            "sheet-file-unknown",
            Place(NAME),
            reason_vi="dấu ngoặc kép hoặc cột bị hỏng",
            reason=str(error),
        ) from None
    # Programs that separate with semicolons do so because their comma is the decimal sign.
    return Table(NAME, rows, is_text=True, decimal="," if delimiter == ";" else None)


def _cells(fields: list[str]) -> dict[int, Scalar]:
    cells: dict[int, Scalar] = {}
    for column, field in enumerate(fields, 1):
        if field.startswith("="):
            cells[column] = Unreadable.FORMULA
            continue
        found = clean(unguard(field))
        if found:
            cells[column] = found
    return cells


def _decode(body: bytes) -> str:
    try:
        if body.startswith((b"\xff\xfe", b"\xfe\xff")):
            return body.decode("utf-16")
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refusal("sheet-encoding-unknown", Place(NAME)) from None
    if "\0" in text:
        raise refusal("sheet-encoding-unknown", Place(NAME))
    return text


def _delimiter(text: str) -> str:
    """The sign most used in the first two lines, where marks and headings stand."""
    head = "".join(text.splitlines(keepends=True)[:2])[:_LONGEST_FIELD]
    return max("\t;,", key=head.count)
