"""The templates as data, and the workbook made of each."""

from __future__ import annotations

import io
import string

import pytest
from openpyxl import load_workbook

from ledger.epcis.context import Context
from ledger.epcis.event import check_event
from ledger.error_codes import CODES
from ledger.errors import NotFound
from ledger.masterdata.kind import Kind
from ledger.sheets.cell import Table, fold
from ledger.sheets.directory import Directory, Entry
from ledger.sheets.fault import messages
from ledger.sheets.template import (
    FIRST_ROW,
    HEADING_ROW,
    Template,
    find_marked,
    get_template,
    templates,
)
from ledger.sheets.values import LISTS, Reader
from ledger.sheets.workbook import GUIDE, write_workbook
from tests.support.filled_sheets import converted
from tests.support.moments import NOW

ALL = pytest.mark.parametrize("template", templates().values(), ids=templates())


@ALL
def test_template_has_one_meaning_for_every_heading_and_sheet(template: Template) -> None:
    names = [activity.sheet for activity in template.activities.values()]
    assert len({fold(name) for name in [*names, GUIDE, *LISTS.values()]}) == len(names) + 4
    for activity in template.activities.values():
        headings = {fold(word) for column in activity.columns for word in (column.vi, column.en)}
        assert len(headings) == 2 * len(activity.columns)
        assert len({column.key for column in activity.columns}) == len(activity.columns)
        for name in (*activity.together, *activity.needs):
            assert activity.column(name) is not None
        assert find_marked(template.mark(activity)) == (template, activity)


@ALL
def test_template_examples_make_valid_events(template: Template) -> None:
    sheets = {}
    for activity in template.activities.values():
        left_out = {"serial"} if activity.name == "pack" else {"serial", "container"}
        sheets[activity.sheet] = [
            [None if column.key in left_out else column.example for column in activity.columns]
        ]
    found = converted(sheets, template.name)
    assert found.faults == []
    assert len(found.found) == len(template.activities)
    for converted_row in found.found:
        check_event(converted_row.event, Context(), NOW)


@ALL
def test_workbook_has_a_mark_headings_notes_and_lists(template: Template) -> None:
    names = Directory(product=[Entry("=SUM(A1)", "P-1")], place=[Entry("Bến", "9521234000112")])
    book = load_workbook(io.BytesIO(write_workbook(template, names)))
    assert book.sheetnames[0] == GUIDE
    for activity in template.activities.values():
        sheet = book[activity.sheet]
        assert sheet["A1"].value == template.mark(activity)
        for number, column in enumerate(activity.columns, 1):
            heading = sheet.cell(HEADING_ROW, number)
            assert heading.value == column.vi
            assert heading.comment is not None
            assert column.note in heading.comment.text
        listed = [str(rule.sqref) for rule in sheet.data_validations.dataValidation]
        assert len(listed) == sum(
            column.kind in (*LISTS, "unit", "choice") for column in activity.columns
        )
    cell = book[LISTS[Kind.PRODUCT]].cell(FIRST_ROW, 1)
    assert (cell.value, cell.data_type) == ("=SUM(A1)", "s")


@ALL
def test_column_kinds_are_those_that_are_read(template: Template) -> None:
    reader = Reader(Table("", []), Directory())
    for activity in template.activities.values():
        assert {column.kind for column in activity.columns} <= set(reader._kinds)


def test_template_unknown_is_told_with_those_there_are() -> None:
    with pytest.raises(NotFound, match="mat-ong"):
        get_template("ca-phe")


@pytest.mark.parametrize(
    "text", ["", "mẫu", "mẫu nuoc-mam/harvest/2", "mẫu nuoc-mam/fly/1", "x/y/1"]
)
def test_mark_of_nothing_found_nowhere(text: str) -> None:
    assert find_marked(text) is None


def test_every_message_has_its_code_and_the_same_values_in_both_languages() -> None:
    parse = string.Formatter().parse
    for code, message in messages().items():
        assert code in CODES
        vi, en = (
            {name.removesuffix("_vi") for _, name, _, _ in parse(message[key]) if name}
            for key in ("vi", "en")
        )
        assert vi == en, code
        assert message["fix"].endswith(".")
    sheet_codes = {code for code in CODES if code.startswith("sheet-")}
    assert sheet_codes - {"sheet-job-unknown"} == set(messages())
