"""What is wrong with a sheet, told by cell and in two languages.

`messages.json` has the Vietnamese and English sentence of each code and the Vietnamese advice; the
English advice is that of `ledger.errors.CODES`.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from ledger.error_codes import CODES
from ledger.errors import InvalidInput, TooLarge

_SHOWN = {"value": 60}
_SHOWN_ELSE = 200
"""Characters shown of what was handed in, and of our own words about it."""


class Place(NamedTuple):
    """Where: the sheet's name and the cell's address; no cell, the sheet; no sheet, the file."""

    sheet: str = ""
    cell: str = ""

    def __str__(self) -> str:
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet


class Fault(NamedTuple):
    """One thing that is wrong, or (`is_warning`) odd."""

    code: str
    place: Place
    vi: str
    en: str
    advice_vi: str
    advice: str
    is_warning: bool = False

    def to_error(self) -> InvalidInput:
        """As an error of the tree; its pointer is `sheet!cell`, the rest is its context."""
        kind = TooLarge if self.code == "sheet-too-large" else InvalidInput
        return kind(
            self.code,
            self.en,
            pointer=str(self.place),
            advice=self.advice,
            sheet=self.place.sheet,
            cell=self.place.cell,
            detailVi=self.vi,
            adviceVi=self.advice_vi,
        )

    def to_json(self) -> dict[str, Any]:
        """The wire form."""
        return {
            "sheet": self.place.sheet,
            "cell": self.place.cell,
            "code": self.code,
            "detail": self.en,
            "detailVi": self.vi,
            "advice": self.advice,
            "adviceVi": self.advice_vi,
        }


class SheetFault(Exception):
    """Carries one Fault to whoever collects them."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.en)
        self.fault = fault


def fault(code: str, place: Place, /, **values: object) -> Fault:
    """The fault with its sentences filled in. Values are shown short."""
    message = messages()[code]
    shown = {name: f"{value!s:.{_SHOWN.get(name, _SHOWN_ELSE)}}" for name, value in values.items()}
    return Fault(
        code,
        place,
        message["vi"].format(**shown),
        message["en"].format(**shown),
        message["fix"],
        CODES[code],
    )


def warning(code: str, place: Place, /, **values: object) -> Fault:
    """The same for what is odd and recorded all the same."""
    return fault(code, place, **values)._replace(is_warning=True)


def refusal(code: str, place: Place | None = None, /, **values: object) -> InvalidInput:
    """A fault of the file as a whole, ready to be raised."""
    return fault(code, place or Place(), **values).to_error()


@cache
def messages() -> dict[str, dict[str, str]]:
    """The sentences of every code."""
    text = (files("ledger.sheets") / "messages.json").read_text(encoding="utf-8")
    found = json.loads(text)
    assert isinstance(found, dict)
    return found
