"""Rows of events: readable back, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.opendata.event_table import COLUMNS, RecordedEvent, heading, line

LOT = "https://id.gs1.org/01/08938500000010/10/L1"


def row(event: dict[str, Any]) -> dict[str, str]:
    recorded = RecordedEvent("urn:uuid:1", "0x11", "Hộ bà Mây", "2026Z", 7, "ab", event)
    text = heading() + line(recorded.row())
    (found,) = csv.DictReader(StringIO(text, newline=""))
    return found


def test_row_holds_what_where_when_why() -> None:
    found = row(
        {
            "type": "TransformationEvent",
            "eventTime": "2026-03-01T08:00:00+07:00",
            "eventTimeZoneOffset": "+07:00",
            "bizStep": "packing",
            "readPoint": {"id": "urn:a"},
            "inputQuantityList": [{"epcClass": LOT, "quantity": 1}],
            "outputEPCList": ["urn:x", "urn:y"],
        }
    )
    assert list(found) == list(COLUMNS)
    assert found["organization"] == "Hộ bà Mây"
    assert found["event_time_zone_offset"] == "+07:00"
    assert (found["inputs"], found["outputs"], found["things"]) == (LOT, "urn:x urn:y", "")
    assert (found["read_point"], found["biz_location"]) == ("urn:a", "")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1"])
def test_cell_that_looks_like_a_formula_is_text(text: str) -> None:
    assert row({"bizStep": text})["biz_step"].startswith("'")


@pytest.mark.parametrize("value", [None, 5, [], {}, [1], [{"epcClass": 5}], {"id": 5}])
def test_strange_member_is_an_empty_cell(value: Any) -> None:
    found = row({"eventID": value, "epcList": value, "readPoint": value})
    assert (found["event_id"], found["things"], found["read_point"]) == ("", "", "")


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs"]))))
def test_cells_read_back(cells: list[str]) -> None:
    (found,) = csv.reader(StringIO(line(["", *cells]), newline=""))
    assert [cell.removeprefix("'") for cell in found[1:]] == [
        cell.removeprefix("'") for cell in cells
    ]
    assert not any(cell.startswith(("=", "@", "\t")) for cell in found)
