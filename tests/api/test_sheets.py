"""Spreadsheets over a running server: templates, dry run, capture."""

from __future__ import annotations

import io
import time
import uuid
import zipfile
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from ledger.sheets.conversion import CSV, XLSX
from tests.support.filled_sheets import BOTTLE, CASE, FACTORY, FISH, HARBOUR, SHOP, filled
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain


def lot() -> str:
    return f"L{uuid.uuid4().hex[:12]}"


def landing(lot: str, quantity: Any = 1850, unit: str = "kg") -> tuple[Any, ...]:
    return ("02/03/2026", "05:40", HARBOUR, FISH, lot, quantity, unit, "Cá cơm than")


def hand_in(
    client: httpx.Client, body: bytes, path: str = "/sheets/captures", media: str = XLSX
) -> dict[str, Any]:
    answer = client.post(path, content=body, headers={"content-type": media})
    assert answer.status_code == 202, answer.text
    return settled(client, answer.headers["location"])


def settled(client: httpx.Client, location: str) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        job = client.get(location).raise_for_status().json()
        if job["state"] in ("refused", "checked", "provable"):
            assert isinstance(job, dict)
            return job
        time.sleep(0.05)
    raise AssertionError(f"the sheet is not through: {job}")


def test_template_listed_with_its_columns(server: RunningApp) -> None:
    found = server.visitor.get("/sheets/templates").json()
    assert {one["name"] for one in found} >= {"nong-san", "nuoc-mam", "mat-ong", "thuy-san"}
    headings = [column["heading"] for column in found[0]["activities"][0]["columns"]]
    assert headings[:3] == ["Ngày", "Giờ", "Địa điểm"]


def test_template_lists_what_the_organization_has_registered(server: RunningApp) -> None:
    product = {"name": "=Mật ong rừng", "category": "honey"}
    server.producer.put("/masterdata/products/MAT-ONG-01", json=product).raise_for_status()
    answer = server.producer.get("/sheets/templates/mat-ong.xlsx")
    assert answer.headers["content-type"] == XLSX
    sheet = load_workbook(io.BytesIO(answer.content))["Sản phẩm"]
    assert (sheet["A3"].value, sheet["B3"].value) == ("=Mật ong rừng", "MAT-ONG-01")
    assert sheet["A3"].data_type == "s"
    blank = server.visitor.get("/sheets/templates/mat-ong.xlsx").content
    assert load_workbook(io.BytesIO(blank))["Sản phẩm"]["A3"].value is None


def test_template_unknown_names_those_there_are(server: RunningApp) -> None:
    answer = server.visitor.get("/sheets/templates/ca-phe.xlsx")
    assert answer.status_code == 404
    assert "nuoc-mam" in answer.json()["detail"]


def test_csv_form_starts_with_its_mark_and_a_byte_order_mark(server: RunningApp) -> None:
    answer = server.visitor.get("/sheets/templates/nuoc-mam/ship.csv")
    assert answer.content.startswith("\ufeffmẫu nuoc-mam/ship/1;".encode())
    assert server.visitor.get("/sheets/templates/nuoc-mam/fly.csv").status_code == 404


def test_check_tells_faults_by_cell_in_both_languages_and_stores_nothing(
    server: RunningApp,
) -> None:
    mine = lot()
    body = filled({"Nguyên liệu": [landing(mine), landing(lot(), "nhiều"), landing(lot(), 1, "")]})
    job = hand_in(server.producer, body, "/sheets/checks")
    assert job["state"] == "refused"
    assert job["dryRun"]
    told = [(fault["sheet"], fault["cell"], fault["code"]) for fault in job["errors"]]
    assert told == [
        ("Nguyên liệu", "F4", "sheet-number-malformed"),
        ("Nguyên liệu", "G5", "sheet-value-missing"),
    ]
    assert "«nhiều» không phải số" in job["errors"][0]["detailVi"]
    assert "no number" in job["errors"][0]["detail"]
    assert server.visitor.get(f"/01/0{FISH}/10/{mine}").status_code == 404


def test_check_of_a_right_sheet_tells_its_events_and_stores_nothing(server: RunningApp) -> None:
    mine = lot()
    body = filled({"Nguyên liệu": [landing(mine)]})
    job = hand_in(server.producer, body, "/sheets/checks")
    assert (job["state"], job["rows"], job["events"], job["recorded"]) == ("checked", 1, 1, 0)
    assert server.visitor.get(f"/01/0{FISH}/10/{mine}").status_code == 404


def test_capture_becomes_provable_and_again_records_nothing_twice(server: RunningApp) -> None:
    mine = lot()
    body = filled(
        {
            "Nguyên liệu": [landing(mine)],
            "Xuất hàng": [
                (
                    "04/03/2026",
                    "6h",
                    HARBOUR,
                    FACTORY,
                    "PX-01",
                    None,
                    FISH,
                    mine,
                    None,
                    "920,5",
                    "kg",
                )
            ],
        }
    )
    first = hand_in(server.producer, body)
    assert (first["state"], first["recorded"], first["errors"]) == ("provable", 2, [])
    stored = server.producer.get(f"/epcis/capture/{first['captureID']}").json()["events"]
    assert all(event["eventID"].startswith("ni:///sha-256;") for event in stored)
    check = hand_in(server.producer, body, "/sheets/checks")
    assert (check["state"], check["recorded"]) == ("checked", 2)
    again = hand_in(server.producer, body)
    assert (again["state"], again["recorded"]) == ("provable", 2)
    listed = server.producer.get(f"/epcis/capture/{again['captureID']}").json()["events"]
    assert listed == stored


def test_capture_with_one_bad_row_stores_nothing_unless_told_to_proceed(
    server: RunningApp,
) -> None:
    good, bad = lot(), lot()
    body = filled({"Nguyên liệu": [landing(good), landing(bad, -1)]})
    job = hand_in(server.producer, body)
    assert (job["state"], job["recorded"]) == ("refused", 0)
    job = hand_in(server.producer, body, "/sheets/captures?proceed=true")
    assert (job["state"], job["recorded"], job["errorCount"]) == ("provable", 1, 1)


def test_capture_by_api_and_by_sheet_is_one_event(server: RunningApp) -> None:
    mine = lot()
    job = hand_in(server.producer, filled({"Nguyên liệu": [landing(mine)]}))
    (stored,) = server.producer.get(f"/epcis/capture/{job['captureID']}").json()["events"]
    path = f"/epcis/events/{stored['eventID'].replace('/', '%2F').replace('?', '%3F')}"
    document = server.producer.get(path).json()
    (event,) = document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    for name in ("eventID", "recordTime"):
        event.pop(name)
    answer = server.producer.post("/epcis/events", json={**event, "@context": document["@context"]})
    assert answer.json() == stored


def test_capture_csv_of_a_local_product(server: RunningApp) -> None:
    server.producer.put(
        "/masterdata/products/BUOI-01", json={"name": "Bưởi Luận Văn"}
    ).raise_for_status()
    server.producer.put("/masterdata/places/VUON-01", json={"name": "Vườn nhà"}).raise_for_status()
    rows = f"25/11/2025;;Vườn nhà;bưởi luận văn;{lot()};1.234,5;kg\n"
    form = server.visitor.get("/sheets/templates/nong-san/harvest.csv").content
    job = hand_in(server.producer, form + rows.encode(), media=CSV)
    assert (job["state"], job["errors"]) == ("provable", [])
    (stored,) = server.producer.get(f"/epcis/capture/{job['captureID']}").json()["events"]
    path = f"/epcis/events/{stored['eventID'].replace('/', '%2F').replace('?', '%3F')}"
    document = server.producer.get(path).json()
    (event,) = document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    (element,) = event["quantityList"]
    org = server.producer_org.removeprefix("0x")
    assert element["epcClass"].startswith(f"{server.url}/o/{org}/p/BUOI-01/lot/L")
    assert element["quantity"] == 1234.5


@pytest.mark.parametrize(
    ("body", "media", "status", "code"),
    [
        (b"", XLSX, 400, "sheet-file-unknown"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", XLSX, 400, "sheet-file-unknown"),
        ("tên".encode("cp1258"), CSV, 400, "sheet-encoding-unknown"),
        (b" " * (16 * 2**20 + 1), CSV, 413, "body-too-large"),
        (b"{}", "application/json", 415, "media-type-unsupported"),
    ],
)
def test_unusable_file_refused_before_it_is_stored(
    server: RunningApp, body: bytes, media: str, status: int, code: str
) -> None:
    answer = server.producer.post("/sheets/captures", content=body, headers={"content-type": media})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_zip_bomb_refused_before_it_is_stored(server: RunningApp) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/workbook.xml", b"0" * 64 * 2**20)
    answer = server.producer.post(
        "/sheets/checks", content=out.getvalue(), headers={"content-type": XLSX}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "sheet-archive-refused")


def test_job_of_another_organization_is_unknown(server: RunningApp) -> None:
    body = filled({"Nguyên liệu": [landing(lot())]})
    job = hand_in(server.producer, body, "/sheets/checks")
    answer = server.rival.get(f"/sheets/jobs/{job['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "sheet-job-unknown")


def test_reader_may_not_hand_in(server: RunningApp) -> None:
    answer = server.reader.post("/sheets/checks", content=b"", headers={"content-type": XLSX})
    assert answer.status_code == 403


def test_packed_and_sold_items(server: RunningApp) -> None:
    serial = lot()
    body = filled(
        {
            "Đóng gói": [
                ("12/03/2026", "11:00", FACTORY, CASE, BOTTLE, None, f"{serial}A"),
                ("12/03/2026", "11:00", FACTORY, CASE, BOTTLE, None, f"{serial}B"),
            ],
            "Bán hàng": [("16/03/2026", None, SHOP, "HD-1", BOTTLE, None, f"{serial}A")],
        }
    )
    job = hand_in(server.producer, body)
    assert (job["state"], job["rows"], job["recorded"], job["errors"]) == ("provable", 3, 2, [])
