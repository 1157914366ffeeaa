"""Sheet → events → sheet: what rows say can be read back from their events, in both file forms."""

from __future__ import annotations

from datetime import date, time
from typing import Any
from urllib.parse import unquote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.epcis.event import Event
from ledger.sheets.checks import check_all
from ledger.sheets.conversion import CSV, XLSX, convert, read_tables
from ledger.sheets.csv_form import write_csv
from ledger.sheets.directory import Directory
from ledger.sheets.template import UNITS, get_template
from tests.support.filled_sheets import FACTORY, FISH, HARBOUR, SALT, SHOP, filled
from tests.support.moments import NOW

TEMPLATE = get_template("nuoc-mam")
LOTS = st.text("ABCxyz0189-._/%+", min_size=1, max_size=20).filter(lambda lot: lot[0] not in "+-")
QUANTITIES = st.one_of(
    st.integers(0, 10**9), st.integers(1, 10**9).map(lambda number: number / 10_000)
)
NAMES = st.sampled_from(["Cá cơm than", "=1+1", "-Mực khô", "@x", "'trích", "a;b", 'nói "to"'])
ROWS = st.lists(
    st.tuples(
        st.dates(date(2020, 1, 1), date(2026, 11, 1)),
        st.times().map(lambda at: at.replace(second=0, microsecond=0)),
        st.sampled_from([HARBOUR, FACTORY, SHOP]),
        st.sampled_from([FISH, SALT]),
        LOTS,
        QUANTITIES,
        st.sampled_from([unit for unit, code in UNITS.items() if code is not None]),
        NAMES,
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda row: (row[0], row[4]),
)


def row_of(event: dict[str, Any]) -> tuple[Any, ...]:
    """The row that a harvest came from."""
    (element,) = event["quantityList"]
    _, _, rest = element["epcClass"].partition("/01/0")
    product, _, lot = rest.partition("/10/")
    unit = next(name for name, code in UNITS.items() if code == element["uom"])
    return (
        date.fromisoformat(event["eventTime"][:10]),
        time.fromisoformat(event["eventTime"][11:19]),
        event["readPoint"]["id"].rpartition("/")[2],
        product,
        unquote(lot),
        element["quantity"],
        unit,
        event["ilmd"]["vn:tenSanPham"],
    )


def events_of(body: bytes, media: str) -> list[dict[str, Any]]:
    found = convert(read_tables(body, media), Directory())
    assert found.faults == []
    checked = list(check_all(found.found, NOW))
    assert all(isinstance(one, Event) for one in checked)
    return [one.body for one in checked if isinstance(one, Event)]


def written(row: tuple[Any, ...]) -> list[str]:
    day, at, place, product, lot, quantity, unit, name = row
    amount = f"{quantity:.4f}".replace(".", ",") if isinstance(quantity, float) else str(quantity)
    return [day.strftime("%d/%m/%Y"), f"{at:%H:%M}", place, product, lot, amount, unit, name]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS)
def test_rows_of_a_workbook_come_back_from_their_events(rows: list[tuple[Any, ...]]) -> None:
    assert [row_of(event) for event in events_of(filled({"Nguyên liệu": rows}), XLSX)] == rows


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_rows_of_a_csv_come_back_from_their_events(rows: list[tuple[Any, ...]]) -> None:
    body = write_csv(TEMPLATE, TEMPLATE.activities["harvest"], map(written, rows))
    assert [row_of(event) for event in events_of(body, CSV)] == rows


@settings(max_examples=30, deadline=None)
@given(ROWS)
def test_both_forms_and_both_times_give_the_same_event_ids(rows: list[tuple[Any, ...]]) -> None:
    form = write_csv(TEMPLATE, TEMPLATE.activities["harvest"], map(written, rows))
    once, again = events_of(form, CSV), events_of(form, CSV)
    workbook = events_of(filled({"Nguyên liệu": rows}), XLSX)
    ids = [[event["eventID"] for event in found] for found in (once, again, workbook)]
    assert ids[0] == ids[1] == ids[2]
    assert len(set(ids[0])) == len(rows)
