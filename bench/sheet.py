"""A spreadsheet of ten thousand rows over HTTP, from its first byte until the chain has confirmed a
head that holds every one of its events; and what readers of the server feel meanwhile."""

from __future__ import annotations

import io
import json
import statistics
import tempfile
import threading
import time
import urllib.request
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from bench.product import Product
from bench.result import Result, at_most, informs
from ledger.sheets.conversion import XLSX
from ledger.sheets.directory import Directory
from ledger.sheets.template import get_template
from ledger.sheets.workbook import write_workbook

ROWS = 10_000
RUNS = 3
_FIRST_DAY = date(2026, 1, 1)


def sheet(database: str, url: str | None, seed: int) -> Result:
    """Dry run and capture of 10,000 harvests, each run with lots of its own."""
    result = Result(f"sheet_{database}", seed, database, "anvil")
    checks, captures, waits = [], [], []
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Product.start(Path(folder), url) as product,
    ):
        for run in range(RUNS):
            body = _filled(f"{seed}-{run}")
            watch = _Reader(f"{product.url}/healthz")
            checks.append(_hand_in(product, "/sheets/checks", body, "checked"))
            captures.append(_hand_in(product, "/sheets/captures", body, "provable"))
            waits += watch.stop()
    waits.sort()
    result.figures = [
        at_most("10,000 rows until provable", statistics.median(captures), "s", 15),
        informs("10,000 rows, dry run", statistics.median(checks), "s"),
        informs("a reader's wait meanwhile, p99", waits[int(0.99 * (len(waits) - 1))] * 1e3, "ms"),
    ]
    return result


def _filled(lots: str) -> bytes:
    """A filled fish sauce template; every row another lot."""
    book = load_workbook(io.BytesIO(write_workbook(get_template("nuoc-mam"), Directory())))
    rows = book["Nguyên liệu"]
    for number in range(ROWS):
        day = _FIRST_DAY + timedelta(days=number % 300)
        at = f"{number % 24:02}:{number % 60:02}"
        lot = f"{lots}-{number}"
        landed = [day, at, "9521234000112", "9521234001010", lot, 100 + number / 10, "kg"]
        rows.append([*landed, "Cá cơm than", f"TH-{number % 97}-TS", "Vịnh Bắc Bộ"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _hand_in(product: Product, path: str, body: bytes, wanted: str) -> float:
    """Seconds until the sheet is in the wanted state."""
    started = time.monotonic()
    job = _ask(product, path, body)
    while job["state"] != wanted:
        assert job["state"] != "refused", job["errors"][:1]
        assert time.monotonic() - started < 300, job
        time.sleep(0.05)
        job = _ask(product, f"/sheets/jobs/{job['id']}")
    assert job["events"] == ROWS, job["events"]
    return time.monotonic() - started


def _ask(product: Product, path: str, body: bytes | None = None) -> Any:
    request = urllib.request.Request(
        product.url + path,
        data=body,
        headers={"Authorization": f"Bearer {product.key}", "Content-Type": XLSX},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


class _Reader:
    """Asks for one page again and again, and notes how long each answer took."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._waits: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> list[float]:
        """The waits of all answers."""
        self._stop.set()
        self._thread.join()
        return self._waits

    def _run(self) -> None:
        while not self._stop.wait(0.02):
            started = time.perf_counter()
            with urllib.request.urlopen(self._url, timeout=60) as answer:
                answer.read()
            self._waits.append(time.perf_counter() - started)
