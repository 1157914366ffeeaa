"""Numbers as people write them: `1234,5`, `1.234,5`, `1,234.5`.

`1.234` is one thousand and more to a book-keeper in Thanh Hóa and one and a bit to a program with
English settings. Where nothing else in the file decides between the two, it is refused: a quantity
a thousand times too large is the kind of fault nobody sees in time.
"""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[0-9]{1,15}")
_GROUPED = {
    ",": re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]{1,9})?"),
    ".": re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,9})?"),
}
_SIMPLE = {
    ",": re.compile(r"[0-9]{1,15},[0-9]{1,9}"),
    ".": re.compile(r"[0-9]{1,15}\.[0-9]{1,9}"),
}
_AMBIGUOUS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
LARGEST = 1e15


class AmbiguousNumber(ValueError):
    """Two readings, and nothing to choose by."""


def parse_number(text: str, decimal: str | None = None) -> int | float | None:
    """The number, or None where the text is none that is zero or more.

    `decimal` is the decimal sign of the file where that is known. Raises AmbiguousNumber.
    """
    text = text.replace(" ", "")
    if _PLAIN.fullmatch(text):
        return int(text)
    if decimal is None and _AMBIGUOUS.fullmatch(text):
        raise AmbiguousNumber(text)
    for sign in (decimal,) if decimal is not None else (",", "."):
        other = "." if sign == "," else ","
        if _SIMPLE[sign].fullmatch(text) or _GROUPED[sign].fullmatch(text):
            return _narrow(float(text.replace(other, "").replace(sign, ".")))
    if decimal == "," and _SIMPLE["."].fullmatch(text) and not _AMBIGUOUS.fullmatch(text):
        return _narrow(float(text))  # 12.5 cannot be a grouped number
    return None


def check_number(value: float) -> int | float | None:
    """A number that a cell holds as such: zero or more, an integer where it is one."""
    return _narrow(value) if 0 <= value < LARGEST else None


def _narrow(value: float) -> int | float:
    return int(value) if value == int(value) else value
