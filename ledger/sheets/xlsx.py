"""Reads the sheets of an .xlsx (ECMA-376, part 1, section 18), both its namespaces.

openpyxl writes our workbooks; reading is done here, in one pass of lxml over each sheet, because
the template already knows which column holds dates, so no styles are needed; because a formula
must be named by its cell instead of being taken for its last result; and because a row or column
number is an attacker's to choose and must not decide how much memory is filled. The tests hold this
reader against openpyxl's.
"""

from __future__ import annotations

import io
import posixpath
import re
from typing import Any

from lxml import etree

from ledger.errors import InvalidInput
from ledger.sheets.archive import Archive
from ledger.sheets.cell import MAX_COLUMNS, Row, Scalar, Table, Unreadable, clean
from ledger.sheets.fault import Place, refusal

MAX_SHEETS = 30
MAX_ROWS = 20_010
"""Rows with something in them, headings included, over all sheets."""
MAX_STRINGS = 200_000
"""Different texts of a workbook."""

_COUNT = re.compile(r"[0-9]{1,9}")
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_xlsx(body: bytes) -> list[Table]:
    """The visible sheets in their order. Raises InvalidInput as `Archive`, and with
    `sheet-archive-refused` for broken XML; TooLarge `sheet-too-large`."""
    archive = Archive(body)
    try:
        return _read(archive)
    except etree.XMLSyntaxError as error:
        raise _broken(str(error.msg)) from None


def _read(archive: Archive) -> list[Table]:
    workbook = _parse(archive.read("xl/workbook.xml") or b"")
    targets, strings_path = _targets(archive.read("xl/_rels/workbook.xml.rels") or b"<none/>")
    properties = workbook.find("{*}workbookPr")
    is_1904 = properties is not None and properties.get("date1904") in ("1", "true")
    strings = _strings(archive.read(strings_path))
    sheets = workbook.findall("{*}sheets/{*}sheet")
    if len(sheets) > MAX_SHEETS:
        raise _too_many("trang", "sheets", MAX_SHEETS)
    tables: list[Table] = []
    left = MAX_ROWS
    for sheet in sheets:
        name = clean(sheet.get("name") or "")
        path = targets.get(sheet.get(_RELATION) or sheet.get(_STRICT_RELATION) or "")
        data = archive.read(path) if path is not None else None
        if data is None:
            raise _broken(f"the sheet {name:.40} is not in it")
        rows = _rows(data, strings, left, name)
        left -= len(rows)
        tables.append(Table(name, rows, counts_from_1904=is_1904))
    return tables


def _rows(data: bytes, strings: list[str], most: int, sheet: str) -> list[Row]:
    rows: list[Row] = []
    number = 0
    for _, element in _iterate(data, "{*}row"):
        stated = element.get("r")
        number = int(stated) if stated is not None and _COUNT.fullmatch(stated) else number + 1
        cells: dict[int, Scalar] = {}
        column = 0
        for cell in element.iterfind("{*}c"):
            column = _column_of(cell.get("r"), column)
            content = _content(cell, strings)
            if content is None or content == "":
                continue
            if column > MAX_COLUMNS:
                raise refusal(
                    "sheet-too-large",
                    Place(sheet),
                    what_vi="số cột",
                    what="columns",
                    most=MAX_COLUMNS,
                )
            cells[column] = content
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
        if cells:
            if len(rows) >= most:
                raise _too_many("dòng", "rows", MAX_ROWS)
            rows.append(Row(number, cells))
    return rows


def _content(cell: Any, strings: list[str]) -> Scalar | None:
    kind = cell.get("t") or "n"
    value: str | None = None
    for child in cell:
        tag = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
        if tag == "f":
            return Unreadable.FORMULA
        if tag == "v":
            value = child.text
        elif tag == "is":
            return clean(_text(child))
    return None if value is None else _typed(kind, value, strings)


def _typed(kind: str, value: str, strings: list[str]) -> Scalar:
    """What a value means by the cell's type (18.18.11)."""
    if kind == "s":
        at = value.strip()
        if not _COUNT.fullmatch(at) or int(at) >= len(strings):
            raise _broken("a text it refers to is not in it")
        return strings[int(at)]
    if kind == "n":
        return _number(value)
    if kind == "b":
        return value.strip() == "1"
    return Unreadable.ERROR if kind == "e" else clean(_unescaped(value))


def _number(text: str) -> int | float | str:
    """A number without the noise of binary fractions: an integer where it is one."""
    try:
        value = float(text)
    except ValueError:
        return clean(text)
    return int(value) if value.is_integer() and abs(value) < 1e18 else value


def _strings(data: bytes | None) -> list[str]:
    if data is None:
        return []
    found: list[str] = []
    for _, element in _iterate(data, "{*}si"):
        if len(found) >= MAX_STRINGS:
            raise _too_many("nội dung khác nhau", "different texts", MAX_STRINGS)
        found.append(clean(_text(element)))
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return found


def _text(element: Any) -> str:
    """The text of all runs; phonetic hints are not part of it."""
    return "".join(
        _unescaped(part.text or "")
        for part in element.iter("{*}t")
        if not part.getparent().tag.endswith("}rPh")
    )


def _unescaped(text: str) -> str:
    """Characters that XML cannot hold are written `_xHHHH_` (22.4.2.4); those nobody can read stay
    as they are written."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(match: re.Match[str]) -> str:
    found = chr(int(match[1], 16))
    return found if found.isprintable() else match[0]


def _targets(data: bytes) -> tuple[dict[str, str], str]:
    """Relationship id → path of the part within the archive; and the path of the shared texts."""
    found: dict[str, str] = {}
    strings = ""
    for relation in _parse(data).iterfind("{*}Relationship"):
        target = relation.get("Target") or ""
        path = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
        found[relation.get("Id") or ""] = posixpath.normpath(path)
        if (relation.get("Type") or "").endswith("/sharedStrings"):
            strings = posixpath.normpath(path)
    return found, strings


def _column_of(reference: str | None, before: int) -> int:
    """The column a cell says it is in; the next one where it says nothing."""
    if reference is None:
        return before + 1
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise _broken(f"{reference!r:.40} is no cell")
    number = 0
    for letter in match[1]:
        number = number * 26 + ord(letter) - 64
    return number


_SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "huge_tree": False,
}


def _parse(data: bytes) -> Any:
    return etree.fromstring(data, etree.XMLParser(**_SAFE))


def _iterate(data: bytes, tag: str) -> Any:
    return etree.iterparse(io.BytesIO(data), tag=tag, **_SAFE)


def _broken(reason: str) -> InvalidInput:
    return refusal("sheet-archive-refused", reason_vi="XML bên trong bị hỏng", reason=reason)


def _too_many(vi: str, en: str, most: int) -> InvalidInput:
    return refusal("sheet-too-large", what_vi=f"số {vi}", what=en, most=most)
