"""A workbook or CSV file → EPCIS events and faults, each with its cell.

::

    read → recognise each sheet by its mark → read its rows → put rows together → build events

Nothing is guessed: a sheet that is not recognised, a column that the template does not have and a
cell that cannot be read are faults, because what is passed over in silence is missing from the
record for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ledger.errors import InvalidInput
from ledger.masterdata.kind import Kind
from ledger.sheets.cell import Row, Table, Unreadable, address, fold
from ledger.sheets.csv_table import read_csv
from ledger.sheets.directory import Directory, Entry
from ledger.sheets.events import Item, Values, build, item_of
from ledger.sheets.fault import Fault, Place, SheetFault, fault
from ledger.sheets.template import FIRST_ROW, UNITS, Activity, Column, Template, find_marked
from ledger.sheets.values import LISTS, Reader, code_fault, written
from ledger.sheets.xlsx import read_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
MEDIA = (XLSX, CSV)

_LISTED = {name: kind for kind, name in LISTS.items()}
_PASSED_OVER = ("Hướng dẫn", "Danh sách")
"""Sheets of ours that hold nothing to record."""


class Converted(NamedTuple):
    """One event, and where in the file it stands."""

    event: Values
    sheet: str
    rows: tuple[int, ...]
    activity: Activity

    @property
    def place(self) -> Place:
        """The first cell of its first row."""
        return Place(self.sheet, address(1, self.rows[0]))


class Conversion(NamedTuple):
    """Everything a file says, in its own order."""

    template: Template | None
    rows: int
    found: list[Converted]
    faults: list[Fault]


def read_tables(body: bytes, media: str) -> list[Table]:
    """The sheets of a file. Raises InvalidInput, TooLarge."""
    return read_xlsx(body) if media == XLSX else [read_csv(body)]


def convert(tables: Sequence[Table], directory: Directory) -> Conversion:
    """Turn every recognised sheet into events. Never raises for what stands in a cell."""
    faults: list[Fault] = []
    found: list[Converted] = []
    directory = _with_lists(tables, directory, faults)
    template: Template | None = None
    rows = 0
    for table in tables:
        if table.name in _LISTED or table.name in _PASSED_OVER or not table.rows:
            continue
        first = table.rows[0]
        mark = first.cells.get(1)
        known = find_marked(mark) if isinstance(mark, str) and first.number == 1 else None
        if known is None or (template is not None and known[0] is not template):
            faults.append(fault("sheet-template-unknown", Place(table.name, "A1")))
            continue
        template, activity = known
        sheet = _Sheet(table, activity, directory, faults)
        found.extend(sheet.events())
        rows += sheet.count
    if rows == 0 and not faults:
        faults.append(fault("sheet-empty", Place()))
    return Conversion(template, rows, found, faults)


class _Group(NamedTuple):
    """The rows of one event so far."""

    values: Values
    items: list[Item]
    rows: list[int]
    is_spoilt: bool = False


class _Sheet:
    """One sheet of an activity while it is read."""

    def __init__(
        self, table: Table, activity: Activity, directory: Directory, faults: list[Fault]
    ) -> None:
        self._table = table
        self._activity = activity
        self._reader = Reader(table, directory)
        self._faults = faults
        self._columns: dict[int, Column] = {}
        self._headings: dict[str, int] = {}
        self._is_spoilt = False
        self.count = 0

    def events(self) -> list[Converted]:
        """The events of all rows that are right."""
        if len(self._table.rows) < 2:
            return []
        if not self._read_headings(self._table.rows[1]):
            self.count = len(self._table.rows) - 2
            return []
        groups: dict[tuple[object, ...], _Group] = {}
        for row in self._table.rows[2:]:
            self.count += 1
            before = len(self._faults)
            values = self._read_row(row)
            if len(self._faults) == before:
                self._put(groups, row, values)
            if len(self._faults) > before:
                self._spoil(groups, values)
        whole = [group for group in groups.values() if not group.is_spoilt and self._ends(group)]
        return [
            Converted(
                build(self._activity, group.values, group.items),
                self._table.name,
                tuple(group.rows),
                self._activity,
            )
            for group in whole
        ]

    def _spoil(self, groups: dict[tuple[object, ...], _Group], values: Values) -> None:
        """Give up the event that a faulty row belongs to; every event of the sheet, where the row
        does not say which. An event without one of its rows would be a false one."""
        together = self._activity.together
        if not together:
            return
        required = {name for name in together if self._requires(name)}
        if required <= values.keys():
            key = tuple(values.get(name) for name in together)
            groups[key] = _Group({}, [], [0], is_spoilt=True)
        else:
            self._is_spoilt = True

    def _requires(self, key: str) -> bool:
        column = self._activity.column(key)
        return column is not None and self._activity.requires(column)

    def _ends(self, group: _Group) -> bool:
        """Whether the group says what came out of it; one of its rows must."""
        if self._is_spoilt:
            return False
        if self._activity.type != "TransformationEvent":
            return True
        missing = [name for name in ("quantity", "unit") if name not in group.values]
        for name in missing:
            column = self._activity.column(name)
            assert column is not None
            at = Place(self._table.name, address(self._headings.get(name, 1), group.rows[0]))
            self._add("sheet-value-missing", at, column=column.vi)
        return not missing and self._is_whole(group.values, group.rows[0])

    def _read_headings(self, row: Row) -> bool:
        """Find each column by its Vietnamese or English heading. False: rows cannot be read."""
        known = {
            fold(heading): column
            for column in self._activity.columns
            for heading in (column.vi, column.en)
        }
        before = len(self._faults)
        for number, content in sorted(row.cells.items()):
            heading = content if isinstance(content, str) else ""
            column = known.get(fold(heading.rstrip(" *")))
            at = Place(self._table.name, address(number, row.number))
            if column is None:
                self._add("sheet-column-unknown", at, column=content)
            elif column.key in self._headings:
                self._add("sheet-column-repeated", at, column=heading)
            else:
                self._columns[number] = column
                self._headings[column.key] = number
        for column in self._activity.columns:
            if column.required and column.key not in self._headings:
                at = Place(self._table.name, address(1, row.number))
                self._add("sheet-column-missing", at, column=column.vi)
        return len(self._faults) == before

    def _read_row(self, row: Row) -> Values:
        """The row's values, as far as they can be read."""
        before = len(self._faults)
        values: Values = {}
        for number, content in row.cells.items():
            column = self._columns.get(number)
            at = Place(self._table.name, address(number, row.number))
            if column is None:
                self._add("sheet-column-unknown", at, column=_shown(content))
                continue
            try:
                values[column.key] = self._reader.read(content, column, at)
            except SheetFault as wrong:
                self._faults.append(wrong.fault)
        if len(self._faults) > before:
            return values
        for column in self._missing(values):
            at = Place(self._table.name, address(self._headings.get(column.key, 1), row.number))
            self._add("sheet-value-missing", at, column=column.vi)
        if self._activity.type != "TransformationEvent":
            self._is_whole(values, row.number)
        return values

    def _is_whole(self, values: Values, row: int) -> bool:
        """Whether pieces are counted in whole numbers."""
        before = len(self._faults)
        for name, unit in (("quantity", "unit"), ("material_quantity", "material_unit")):
            column = self._activity.column(name)
            if column is None or UNITS.get(values.get(unit, "kg")) is not None:
                continue
            if type(values.get(name, 0)) is not int:
                at = Place(self._table.name, address(self._headings[name], row))
                self._add("sheet-number-malformed", at, value=values[name], column=column.vi)
        return len(self._faults) == before

    def _missing(self, values: Values) -> Iterator[Column]:
        """Columns this row should have filled in, given what else it says."""
        activity = self._activity
        by_container = "container" in values and "container" not in activity.needs
        for column in activity.columns:
            if column.key in values:
                continue
            if column.key == "lot" and "serial" in values:
                continue
            if activity.requires(column):
                yield column
            elif activity.is_goods(column):
                is_amount = column.key in ("quantity", "unit")
                if is_amount and ("serial" in values or activity.type == "TransformationEvent"):
                    continue
                if by_container and "product" not in values and "lot" not in values:
                    continue
                yield column

    def _put(self, groups: dict[tuple[object, ...], _Group], row: Row, values: Values) -> None:
        """Add the row to its group, or begin one."""
        activity = self._activity
        item = item_of(values, "material" if activity.type == "TransformationEvent" else "")
        if item is None:
            at = Place(self._table.name, address(self._headings.get("product", 1), row.number))
            self._add("sheet-item-missing", at)
            return
        if not activity.together:
            groups[row.number,] = _Group(values, [item], [row.number])
            return
        key = tuple(values.get(name) for name in activity.together)
        group = groups.setdefault(key, _Group({}, [], []))
        if group.is_spoilt:
            return
        for column in activity.columns:
            if column.key in _OF_ITEM[activity.type] or column.key not in values:
                continue
            earlier = group.values.setdefault(column.key, values[column.key])
            if earlier != values[column.key]:
                at = Place(self._table.name, address(self._headings[column.key], row.number))
                self._add(
                    "sheet-row-differs",
                    at,
                    column=column.vi,
                    row=group.rows[0],
                    activity=activity.sheet,
                )
                return
        for number, other in zip(group.rows, group.items, strict=True):
            if other.id == item.id:
                at = Place(self._table.name, address(1, row.number))
                self._add("sheet-item-repeated", at, row=number, activity=activity.sheet)
                return
        group.items.append(item)
        group.rows.append(row.number)

    def _add(self, code: str, at: Place, **values: object) -> None:
        self._faults.append(fault(code, at, **values))


_GOODS = frozenset({"product", "lot", "serial", "quantity", "unit"})
_OF_ITEM: dict[str, frozenset[str]] = {
    "ObjectEvent": _GOODS | {"container"},
    "AggregationEvent": _GOODS,
    "TransformationEvent": frozenset(
        {"material", "material_lot", "material_quantity", "material_unit"}
    ),
}
"""Columns that say what one row moves; all others say something of the whole occasion."""


def _with_lists(tables: Sequence[Table], directory: Directory, faults: list[Fault]) -> Directory:
    """The directory with the workbook's own lists: name in column A, code in column B."""
    lists = {
        _LISTED[table.name]: list(_entries(table, directory, faults))
        for table in tables
        if table.name in _LISTED
    }
    return directory.with_lists(lists)


def _entries(table: Table, directory: Directory, faults: list[Fault]) -> Iterator[Entry]:
    codes: dict[str, str] = {}
    kind = _LISTED[table.name]
    for row in table.rows:
        if row.number < FIRST_ROW:
            continue
        at = [Place(table.name, address(column, row.number)) for column in (1, 2)]
        name, code = (row.cells.get(column, "") for column in (1, 2))
        try:
            entry = Entry(
                *(written(cell, where) for cell, where in zip((name, code), at, strict=True))
            )
            if not entry.name or not entry.code:
                column = "Tên" if not entry.name else "Mã"
                raise SheetFault(fault("sheet-value-missing", at[bool(entry.name)], column=column))
            if codes.setdefault(fold(entry.name), entry.code) != entry.code:
                raise SheetFault(fault("sheet-name-repeated", at[0], value=entry.name))
            directory.read_code(kind, entry.code, is_listed=True)
        except SheetFault as wrong:
            faults.append(wrong.fault)
        except InvalidInput as wrong:
            faults.append(code_fault(wrong, at[1], code, "GTIN" if kind is Kind.PRODUCT else "GLN"))
        else:
            yield entry


def _shown(content: object) -> object:
    return content.value if isinstance(content, Unreadable) else content
