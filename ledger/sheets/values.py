"""One cell of a known column → its value, or a Fault that says what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from functools import partial
from typing import Any

from ledger.errors import InvalidInput
from ledger.masterdata.kind import Kind
from ledger.sheets.cell import MAX_TEXT, Scalar, Table, Unreadable, fold
from ledger.sheets.directory import Directory, container_uri, is_qualifier
from ledger.sheets.fault import Fault, Place, SheetFault, fault
from ledger.sheets.moment import parse_date, parse_time
from ledger.sheets.number import AmbiguousNumber, check_number, parse_number
from ledger.sheets.template import UNITS, Column

LISTS = {Kind.PRODUCT: "Sản phẩm", Kind.PLACE: "Địa điểm", Kind.PARTY: "Đối tác"}
"""The sheets of a workbook that list names and codes."""

_EXACT = 1 << 53
_UNITS = {fold(name): name for name in UNITS}
_REASONS_VI = {
    "gs1-check-digit-wrong": "chữ số kiểm tra sai, có chữ số gõ nhầm",
    "gs1-key-malformed": "sai số chữ số",
    "epcis-uri-malformed": "địa chỉ web không đúng dạng",
}


class Reader:
    """Reads the cells of one table."""

    def __init__(self, table: Table, directory: Directory) -> None:
        self._table = table
        self._directory = directory
        self._kinds: dict[str, Callable[[Scalar, Column, Place], Any]] = {
            "date": self._date,
            "day": lambda content, column, at: self._date(content, column, at).isoformat(),
            "time": self._time,
            "number": self._number,
            "days": self._whole_number,
            "text": self._text,
            "document": self._text,
            "lot": self._qualifier,
            "serial": self._qualifier,
            "choice": self._choice,
            "unit": self._unit,
            "product": self._named,
            "place": self._named,
            "party": self._named,
            "container": self._container,
        }

    def read(self, content: Scalar, column: Column, at: Place) -> Any:
        """The value of a filled cell. Raises SheetFault."""
        if isinstance(content, Unreadable):
            written(content, at)
        return self._kinds[column.kind](content, column, at)

    def _date(self, content: Scalar, _: Column, at: Place) -> date:
        found = parse_date(content, counts_from_1904=self._table.counts_from_1904)
        if found is None:
            raise _wrong("sheet-date-malformed", at, value=content)
        return found

    def _time(self, content: Scalar, _: Column, at: Place) -> time:
        found = parse_time(content)
        if found is None:
            raise _wrong("sheet-time-malformed", at, value=content)
        return found

    def _number(self, content: Scalar, column: Column, at: Place) -> int | float:
        try:
            if isinstance(content, str):
                found = parse_number(content, self._table.decimal)
            elif isinstance(content, int | float) and not isinstance(content, bool):
                found = check_number(content)
            else:
                found = None
        except AmbiguousNumber:
            raise _wrong("sheet-number-ambiguous", at, value=content) from None
        if found is None:
            raise _wrong("sheet-number-malformed", at, value=content, column=column.vi)
        return found

    def _whole_number(self, content: Scalar, column: Column, at: Place) -> int:
        found = self._number(content, column, at)
        if type(found) is not int or found > 100_000:
            raise _wrong("sheet-number-malformed", at, value=content, column=column.vi)
        return found

    def _text(self, content: Scalar, _: Column, at: Place) -> str:
        text = written(content, at)
        if len(text) > MAX_TEXT:
            raise _wrong("sheet-text-too-long", at, length=len(text), most=MAX_TEXT)
        return text

    def _qualifier(self, content: Scalar, column: Column, at: Place) -> str:
        text = written(content, at)
        if not is_qualifier(text):
            too_long = len(text) > 20
            raise _wrong(
                "sheet-lot-malformed",
                at,
                value=text,
                kind="lot number" if column.kind == "lot" else "serial number",
                kind_vi=column.vi.lower() if column.kind == "lot" else "số sê-ri",
                why="more than 20 characters" if too_long else "a character GS1 codes cannot have",
                why_vi="dài hơn 20 ký tự" if too_long else "có dấu, khoảng trắng hoặc ký tự lạ",
            )
        return text

    def _choice(self, content: Scalar, column: Column, at: Place) -> str:
        text = written(content, at)
        for choice in column.choices:
            if fold(choice) == fold(text):
                return choice
        raise _wrong(
            "sheet-choice-unknown",
            at,
            value=text,
            column=column.vi,
            choices=", ".join(column.choices),
        )

    def _unit(self, content: Scalar, column: Column, at: Place) -> str:
        text = written(content, at)
        found = _UNITS.get(fold(text))
        if found is None:
            raise _wrong(
                "sheet-choice-unknown",
                at,
                value=text,
                column=column.vi,
                choices=", ".join(UNITS),
            )
        return found

    def _named(self, content: Scalar, column: Column, at: Place) -> str:
        kind = Kind(column.kind)
        key = "GTIN" if kind is Kind.PRODUCT else "GLN"
        return _look_up(partial(self._directory.find, kind), content, at, key, LISTS[kind])

    def _container(self, content: Scalar, _: Column, at: Place) -> str:
        return _look_up(container_uri, content, at, "SSCC", "")


def _look_up(
    find: Callable[[str], str | None], content: Scalar, at: Place, kind: str, listed: str
) -> str:
    text = written(content, at)
    try:
        found = find(text)
    except InvalidInput as error:
        raise SheetFault(code_fault(error, at, text, kind)) from None
    if found is not None:
        return found
    if listed:
        raise _wrong("sheet-name-unknown", at, value=text, list=listed)
    raise _wrong(
        "sheet-code-malformed",
        at,
        value=text,
        kind=kind,
        why="neither 18 digits nor a web address",
        why_vi="không phải 18 chữ số",
    )


def written(content: Scalar, at: Place) -> str:
    """The text a cell shows. A long number is no longer what was typed."""
    if isinstance(content, str):
        return content
    if content is Unreadable.FORMULA:
        raise _wrong("sheet-formula", at)
    if content is Unreadable.ERROR:
        raise _wrong("sheet-cell-error", at)
    if isinstance(content, bool):
        return "TRUE" if content else "FALSE"
    if abs(content) >= _EXACT:
        raise _wrong("sheet-code-rounded", at)
    return str(content)


def code_fault(error: InvalidInput, at: Place, code: object, kind: str) -> Fault:
    """A code that is wrong, told by its cell."""
    why_vi = _REASONS_VI.get(error.code, "sai cấu trúc")
    return fault("sheet-code-malformed", at, value=code, kind=kind, why=error.detail, why_vi=why_vi)


def _wrong(code: str, at: Place, **values: object) -> SheetFault:
    return SheetFault(fault(code, at, **values))
