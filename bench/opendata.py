"""A day of a hundred thousand records published as open data: seconds, and the peak memory of the
process that does it; then proofs of that day verified without any network.

The day is published in a process of its own, as `provenance export` does it, whose clock stands two
hours after the day's end: `python -m bench.opendata DATA DAY [DATABASE]`.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bench.events import document
from bench.product import Product
from bench.result import Result, at_most, informs
from ledger.app import App
from ledger.cli.options import settings_of
from ledger.clock import FixedClock
from ledger.opendata.dataset import begin_of
from ledger.proof.trust import parse_trust
from ledger.services.bulk_proving import BulkProving
from ledger.services.publishing import Publishing
from ledger.verify.report import Verdict
from ledger.verify.verifier import verify

RECORDS = 100_000
_AT_ONCE = 10_000
_VERIFIED = 200


def opendata(database: str, url: str | None, seed: int) -> Result:
    """One day on one database."""
    result = Result(f"opendata_{database}", seed, database, "anvil")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with Product.start(folder, url) as product:
            for first in range(0, RECORDS, _AT_ONCE):
                product.capture(document(_AT_ONCE, seed, first))
                product.wait_until_provable(first + _AT_ONCE)
            day = datetime.now(UTC).date()
            command = [sys.executable, "-m", "bench.opendata", name, day.isoformat()]
            done = subprocess.run(
                [*command, *([] if url is None else [url])],
                capture_output=True,
                text=True,
                check=True,
            )
            trust = (folder / "trust.json").read_bytes()
        found = json.loads(done.stdout.splitlines()[-1])
        assert found["records"] >= RECORDS, found
        archives = sorted((folder / "opendata" / day.isoformat()).glob("*.zip"))
        per_bundle = _verify(archives, trust, random.Random(seed))
        size = sum(path.stat().st_size for path in (folder / "opendata").rglob("*"))
    result.figures = [
        at_most(f"a day of {RECORDS:,} records published", found["seconds"], "s", 300),
        informs("records a second", found["records"] / found["seconds"], "/s"),
        at_most("peak memory of the publishing process", found["mb"], "MB", 300),
        informs("the same before the first record", found["idle_mb"], "MB"),
        informs("size of the day", size / 1e6, "MB"),
        informs("a proof of it verified offline, mean", per_bundle * 1e3, "ms"),
    ]
    return result


def _verify(archives: list[Path], trust: bytes, source: random.Random) -> float:
    """Seconds per bundle; every one must hold."""
    anchors = parse_trust(trust)
    spent = 0.0
    for _ in range(_VERIFIED):
        with zipfile.ZipFile(source.choice(archives)) as archive:
            bundle = archive.read(source.choice(archive.namelist()))
        started = time.perf_counter()
        report = verify(bundle, anchors, None, datetime.now(UTC) + timedelta(days=2))
        spent += time.perf_counter() - started
        assert report.verdict in (Verdict.INTACT, Verdict.INTACT_WITH_NOTICE), report
    return spent / _VERIFIED


def _publish(data: str, day: date, database: str | None) -> dict[str, float]:
    settings = settings_of(data_dir=Path(data), database_url=database)
    with App.connect(settings) as app:
        publishing = Publishing(
            app.db,
            FixedClock(begin_of(day) + timedelta(days=1, hours=2)),
            BulkProving(app.db, app.reader, app.proving, origin=app.origin),
            settings.opendata_path,
            base_url=settings.base_url,
            publisher="bench",
            licence=settings.opendata_license,
        )
        idle = _peak()
        started = time.monotonic()
        made = publishing.publish(day)
        seconds = time.monotonic() - started
    return {"seconds": seconds, "records": made.records, "idle_mb": idle, "mb": _peak()}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


if __name__ == "__main__":
    known = sys.argv[3] if len(sys.argv) > 3 else None
    print(json.dumps(_publish(sys.argv[1], date.fromisoformat(sys.argv[2]), known)))
