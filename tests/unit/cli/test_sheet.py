"""`provenance sheet` against a server that answers what is laid ready."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.sheets.conversion import CSV, XLSX
from tests.support.canned_server import Canned, CannedServer
from tests.unit.cli.conftest import Run

TEMPLATES = [{"name": "nuoc-mam", "title": "Nước mắm", "activities": [{"name": "ship"}]}]
FAULT = {
    "sheet": "Nguyên liệu",
    "cell": "F4",
    "code": "sheet-number-malformed",
    "detail": "'nhiều' is no number",
    "detailVi": "«nhiều» không phải số",
    "advice": "Type a number.",
    "adviceVi": "Hãy nhập số.",
}


def job(state: str, *, status: int = 200, **more: Any) -> Canned:
    found = {"rows": 2, "events": 0, "recorded": 0, "errors": [], "warnings": [], "errorCount": 0}
    return Canned.json({"id": "s1", "state": state, **found, **more}, status)


def sheet(folder: Path, name: str = "lo.xlsx") -> str:
    path = folder / name
    path.write_bytes(b"a sheet")
    return str(path)


def test_template_without_a_name_lists_all(run: Run, server: CannedServer) -> None:
    server.on("GET /sheets/templates", Canned.json(TEMPLATES, 200), Canned.json(TEMPLATES, 200))
    ran = run("sheet", "template", "--url", server.url)
    assert ran.code == 0
    assert "nuoc-mam" in ran.out
    assert run("sheet", "template", "--url", server.url, "--json").json == TEMPLATES


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ((), "/sheets/templates/nuoc-mam.xlsx"),
        (("--activity", "ship"), "/sheets/templates/nuoc-mam/ship.csv"),
    ],
)
def test_template_is_written_to_its_file(
    run: Run, server: CannedServer, tmp_path: Path, arguments: tuple[str, ...], path: str
) -> None:
    server.on(f"GET {path}", Canned(200, b"PK\x03\x04\0", {}))
    target = tmp_path / "mau"
    ran = run(
        "sheet", "template", "nuoc-mam", *arguments, "-o", str(target), "--url", server.url,
        PROVENANCE_KEY="pk_1",
    )  # fmt: skip
    assert (ran.code, ran.err) == (0, "")
    assert target.read_bytes() == b"PK\x03\x04\0"
    assert server.seen[0].headers["authorization"] == "Bearer pk_1"


def test_check_tells_every_fault_by_its_cell(
    run: Run, server: CannedServer, tmp_path: Path
) -> None:
    server.on("POST /sheets/checks", job("waiting", status=202))
    server.on("GET /sheets/jobs/s1", job("reading"), job("refused", errors=[FAULT], errorCount=1))
    file = sheet(tmp_path)
    ran = run("sheet", "check", file, "--url", server.url, PROVENANCE_KEY="pk_1")
    assert ran.code == 2
    assert ran.out == f"{file}: refused, 2 rows, 0 events, 0 recorded, 1 error\n"
    assert ran.error == (
        "provenance: Nguyên liệu!F4: «nhiều» không phải số / 'nhiều' is no number "
        "[sheet-number-malformed] Hãy nhập số."
    )
    assert server.seen[0].body == b"a sheet"
    assert server.seen[0].headers["content-type"] == XLSX


def test_check_says_how_many_faults_are_not_listed(
    run: Run, server: CannedServer, tmp_path: Path
) -> None:
    server.on("POST /sheets/checks", job("refused", status=202, errors=[FAULT], errorCount=1201))
    ran = run("sheet", "check", sheet(tmp_path), "--url", server.url, PROVENANCE_KEY="pk_1")
    assert ran.code == 2
    assert "1200 more errors" in ran.err.splitlines()[-1]


def test_capture_proceeds_only_when_told(run: Run, server: CannedServer, tmp_path: Path) -> None:
    done = job("provable", status=202, events=2, recorded=2)
    server.on("POST /sheets/captures", done)
    server.on("POST /sheets/captures?proceed=true", done)
    file = sheet(tmp_path, "ban-hang.CSV")
    for more in ((), ("--proceed",)):
        ran = run(
            "sheet", "capture", file, *more, "--url", server.url, "--json", PROVENANCE_KEY="pk_1"
        )
        assert (ran.code, ran.json["recorded"]) == (0, 2)
    assert [one.headers["content-type"] for one in server.seen] == [CSV, CSV]


def test_capture_still_being_read_is_pending(
    run: Run, server: CannedServer, tmp_path: Path
) -> None:
    server.on("POST /sheets/captures", job("waiting", status=202))
    ran = run(
        "sheet", "capture", sheet(tmp_path), "--wait", "0", "--url", server.url,
        PROVENANCE_KEY="pk_1",
    )  # fmt: skip
    assert ran.code == 4
    assert "waiting" in ran.out


def test_file_that_cannot_be_read_or_is_no_sheet_refused(
    run: Run, server: CannedServer, tmp_path: Path
) -> None:
    ran = run("sheet", "check", str(tmp_path / "none.xlsx"), "--url", server.url)
    assert ran.code == 2
    assert "[file-unreadable]" in ran.error
    ran = run("sheet", "check", sheet(tmp_path, "lo.pdf"), "--url", server.url)
    assert ran.code == 2
    assert "[media-type-unsupported]" in ran.error
    assert server.seen == []
