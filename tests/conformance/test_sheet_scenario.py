"""The fish sauce story through the spreadsheet door: what a sheet can say has the event hash that
the scenario expects.

A row says one document, whole seconds and the activities of the template. So eight of the fourteen
events are not to be said in a sheet:

- A04 names a `transformationID`, the tank and the ratio of salt
- A06 commissions bottles one by one
- A09, A10 name two documents each, A09 also a source and a place of destination
- A11 unpacks
- A12 has a quarter of a second in its time
- A13 recalls: that is an act of its own, not a row
- A14 declares an error
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.sheets.conversion import XLSX
from tests.api.test_sheets import hand_in
from tests.conformance.test_digital_link_vectors import rows
from tests.support.filled_sheets import BOTTLE, FISH, HARBOUR, MASH, SALT, filled
from tests.support.running_app import RunningApp, running_app

pytestmark = [pytest.mark.chain, pytest.mark.slow]

SAUCE, SALT_WORKS, TANK, LINE = (
    "9521234001041", "9521234000129", "9521234000136/BE05", "9521234000136/DONGCHAI",
)  # fmt: skip
CASES = ("095212340000000013", "095212340000000020")

SAYABLE = {
    "A01-landing-anchovy",
    "A02-landing-anchovy-2",
    "A03-salt-lot",
    "A05-drawing-fish-sauce",
    "A07-pack-case-1",
    "A08-pack-case-2",
}
FISH_ROWS = [
    (
        *("02/03/2026", "05:40", HARBOUR, FISH, "CC260302-QT07", 1850, "kg"),
        *("Cá cơm than", "TH-91234-TS", "Vịnh Bắc Bộ", "01/03/2026"),
    ),
    (
        *("3/3/2026", "5h10", HARBOUR, FISH, "CC260303-QT12", "920,5", "kg"),
        *("Cá cơm than", "TH-90411-TS", "Vịnh Bắc Bộ", "02/03/2026"),
    ),
    ("20-02-2026", "9h", SALT_WORKS, SALT, "MUOI-HL-0220", 900, "kg", "Muối biển Hậu Lộc"),
]
SAUCE_ROW = (
    *("10/03/2027", "08:30", TANK, MASH, "CHUOP-2603-B05", 3600, "kg"),
    *(SAUCE, "NM-BL-270310", 1400, "lít", "Nước mắm cốt Ba Làng", "ba mươi lăm độ đạm"),
)
CASE_ROWS = [
    ("12/03/2027", at, LINE, case, BOTTLE, None, f"NMBL{number:04}")
    for case, at, numbers in (
        (CASES[0], "11:00", range(1, 7)),
        (CASES[1], "11:05", range(7, 13)),
    )
    for number in numbers
]
SHEET: dict[str, list[Any]] = {
    "Nguyên liệu": FISH_ROWS,
    "Chế biến": [SAUCE_ROW],
    "Đóng gói": CASE_ROWS,
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with running_app(tmp_path_factory.mktemp("sheet")) as started:
        yield started


@pytest.fixture(scope="module")
def captured(running: RunningApp) -> list[dict[str, Any]]:
    job = hand_in(running.producer, filled(SHEET))
    assert (job["state"], job["errors"]) == ("provable", [])
    found = running.producer.get(f"/epcis/capture/{job['captureID']}").json()["events"]
    assert isinstance(found, list)
    return found


def expected(epcis_data: Path) -> dict[str, str]:
    """Hash by event, where both orders of the standard agree."""
    table = epcis_data / "vn-scenario" / "fish-sauce.hashes.tsv"
    return {row["event"]: row["hash_reference_order"] for row in rows(table)}


def test_sheet_gives_the_hashes_of_the_scenario(
    captured: list[dict[str, Any]], epcis_data: Path
) -> None:
    wanted = expected(epcis_data)
    assert len(wanted) == 14
    names = {digest: name for name, digest in wanted.items()}
    assert {names.get(event["eventID"], event["eventID"]) for event in captured} == SAYABLE


def test_sheet_and_scenario_are_one_record_each(
    running: RunningApp, captured: list[dict[str, Any]], epcis_data: Path
) -> None:
    scenario = json.loads((epcis_data / "vn-scenario" / "fish-sauce.jsonld").read_bytes())
    listed = scenario["epcisBody"]["eventList"]
    sayable = [
        event for event, name in zip(listed, expected(epcis_data), strict=True) if name in SAYABLE
    ]
    by_id = {event["eventID"]: event["recordID"] for event in captured}
    for event in sayable:
        answer = running.producer.post(
            "/epcis/events", json={"@context": scenario["@context"], **event}
        )
        stored = answer.raise_for_status().json()
        assert by_id[stored["eventID"]] == stored["recordID"]


@pytest.mark.parametrize(
    ("sheet", "row", "cell"),
    [
        ("Nguyên liệu", ("31/02/2026", "05:40", HARBOUR, FISH, "X", 1, "kg"), "A3"),
        ("Nguyên liệu", ("02/03/2026", "25:40", HARBOUR, FISH, "X", 1, "kg"), "B3"),
        ("Bán hàng", ("20/03/2027", "18:12:33.250", HARBOUR, None, BOTTLE, None, "NMBL0003"), "B3"),
    ],
)
def test_row_the_sheet_cannot_say_is_refused_by_its_cell(
    running: RunningApp, sheet: str, row: tuple[Any, ...], cell: str
) -> None:
    before = running.app.log_reading.size()
    named = tuple(f"X{uuid.uuid4().hex[:8]}" if value == "X" else value for value in row)
    answer = running.producer.post(
        "/sheets/captures", content=filled({sheet: [named]}), headers={"content-type": XLSX}
    )
    assert answer.status_code == 202
    job = hand_in(running.producer, filled({sheet: [named]}))
    assert job["state"] == "refused"
    assert [fault["cell"] for fault in job["errors"]] == [cell]
    assert running.app.log_reading.size() == before
