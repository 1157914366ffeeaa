"""Cells of a sheet: their addresses, and what stands in them before anything is understood."""

from __future__ import annotations

import unicodedata
from enum import Enum
from typing import NamedTuple

MAX_COLUMNS = 64
"""Columns read of a sheet; our templates have a third of that."""
MAX_TEXT = 1_000
"""Characters of the longest text kept from one cell."""


class Unreadable(Enum):
    """What a cell may hold that is no value."""

    FORMULA = "formula"
    """Its value is what some program computed; the ledger records what somebody wrote."""
    ERROR = "error"
    """A failed formula's `#REF!`."""


Scalar = str | int | float | bool | Unreadable
"""The content of one cell. Dates are numbers here: only the template knows which column has them.
Text is stripped and in Unicode NFC, so that Vietnamese typed on any keyboard compares alike."""


class Row(NamedTuple):
    """A row with something in it; `cells` maps column numbers (from 1) to contents."""

    number: int
    cells: dict[int, Scalar]


class Table(NamedTuple):
    """One sheet as it was handed in. `is_text` for CSV, where every number is text too."""

    name: str
    rows: list[Row]
    is_text: bool = False
    decimal: str | None = None
    """The decimal sign the file's own form shows, where it shows one."""
    counts_from_1904: bool = False
    """Whether the numbers of its dates count days from 1904, as old workbooks of Macs do."""


def address(column: int, row: int) -> str:
    """The name people know the cell by: column 1, row 7 is `A7`."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad"))


def clean(text: str) -> str:
    """The text as it will be compared and recorded: NFC, no invisible characters, no space around,
    one space within."""
    if text.isascii():
        return " ".join(text.split())
    return " ".join(unicodedata.normalize("NFC", text.translate(_INVISIBLE)).split())


def fold(text: str) -> str:
    """Equal for texts that a reader takes for the same word."""
    return clean(text).casefold()
