"""Proofs: offline verification in process, and everything at a million records.

`verify` runs on one bundle of a small installation. `million` fills an installation with
`--records` events over HTTP, then measures the proof of random records in process, the capture rate
now against the rate when empty, and the memory of the whole product.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from pathlib import Path

from bench.events import document
from bench.product import Product
from bench.result import Result, at_least, at_most, informs
from ledger.app import App
from ledger.clock import SystemClock
from ledger.config import Settings
from ledger.proof.trust import parse_trust
from ledger.records.record import RecordId
from ledger.verify.verifier import verify

_BATCH = 10_000
_PROOFS = 300


def offline_verify(seed: int) -> Result:
    """One bundle, verified against a trust file without a chain."""
    result = Result("offline_verify", seed, "sqlite", "anvil")
    with tempfile.TemporaryDirectory() as folder, Product.start(Path(folder)) as product:
        job = product.capture(document(1_000, seed))
        product.wait_until_provable(1_000)
        record = product.get(job)["events"][500]["recordID"]
        bundle = product.request("GET", f"/records/{record}/proof")[2]
        trust = parse_trust(product.request("GET", "/trust")[2])
    times = []
    for _ in range(200):
        started = time.perf_counter()
        report = verify(bundle, trust, None, SystemClock().now())
        times.append(1e3 * (time.perf_counter() - started))
    result.figures = [
        at_most(
            "offline verify of a bundle, in process, median", statistics.median(times), "ms", 10
        ),
        informs("offline verify, p99", sorted(times)[197], "ms"),
    ]
    assert report.verdict.value.startswith("intact"), report.verdict
    return result


def million(records: int, database: str, url: str | None, seed: int) -> Result:
    """Fill to `records`, then measure."""
    result = Result(f"million_{database}", seed, database, "anvil")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        data = Path(folder)
        rates: list[float] = []
        peak = 0.0
        ids: list[str] = []
        with Product.start(data, url) as product:
            for first in range(0, records, 5 * _BATCH):
                bodies = [
                    document(_BATCH, seed, at) for at in range(first, first + 5 * _BATCH, _BATCH)
                ]
                started = time.monotonic()
                jobs = [product.capture(body) for body in bodies]
                ended = product.wait_until_provable(first + len(bodies) * _BATCH)
                rates.append(len(bodies) * _BATCH / (ended - started))
                peak = max(peak, product.memory())
                job = product.get(jobs[0])
                ids += [event["recordID"] for event in job["events"][:: _BATCH // 50]]
                print(f"  {first + len(bodies) * _BATCH:>9} records, {rates[-1]:.0f}/s", flush=True)
            settled = product.memory()
            times = _prove(data, url, ids, seed)
        filled = f"at {records:,} records"
        empty, full = statistics.median(rates[:3]), statistics.median(rates[-3:])
        result.figures = [
            at_most(
                f"proof of a random record {filled}, median", statistics.median(times), "ms", 5
            ),
            informs(f"proof of a random record {filled}, p99", sorted(times)[-4], "ms"),
            informs("capture rate when empty", empty, "events/s"),
            informs(f"capture rate {filled}", full, "events/s"),
            at_least(f"capture rate {filled} against empty", full / empty, "×", 0.8),
            at_most(f"memory {filled} (PSS, beside the chain)", settled, "MB", 500),
            informs("memory between captures, largest seen", peak, "MB"),
        ]
    return result


def _prove(data: Path, url: str | None, ids: list[str], seed: int) -> list[float]:
    """Milliseconds per bundle, in process, of records drawn at random."""
    source = random.Random(seed)
    with App.connect(Settings(data_dir=data, database_url=url)) as app:
        times = []
        for record in source.choices(ids, k=_PROOFS):
            started = time.perf_counter()
            bundle = app.proving.bundle(RecordId.parse(record))
            times.append(1e3 * (time.perf_counter() - started))
            assert bundle.anchor is not None
        return times
