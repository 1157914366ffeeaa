"""What a captured event costs in the database: µs per event and per row, empty and full.

Submissions of 10,000 events (1.15 KB body, four identifiers each: two of its own, one of 2,000
shared, one shared by all) go through the stores as a capture does, each in one durable
transaction, until `--records` are there. "Empty" is the median over the first ten submissions,
"full" over the last ten; "mean at full" includes the SQLite checkpoints that fall on some of them.

Run: python -m bench.storage_insert [--records 1000000] [--database sqlite|postgresql|both]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ledger.digest import Digest
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from ledger.storage.database import Database
from ledger.storage.epcis import EventRow, event_key
from ledger.storage.submissions import SubmissionRow
from tests.support.postgres import run_postgres

EVENTS = 10_000
KEYS_PER_EVENT = 4
BUDGET = 60.0
AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
T0 = 1_772_352_000_000
STEPS = ("known", "submissions", "records", "epcis_events", "epcis_keys", "commit")


@dataclass
class Batch:
    """One submission's worth of generated rows."""

    org: OrgId
    submission: SubmissionRow
    ids: list[bytes]
    names: list[str]
    event_keys: list[bytes]
    body: bytes


@dataclass
class Timings:
    """Seconds per step, one entry per submission."""

    steps: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the block."""
        begin = time.perf_counter()
        yield
        self.steps[name].append(time.perf_counter() - begin)

    def totals(self) -> list[float]:
        """Seconds per submission."""
        return [sum(parts) for parts in zip(*self.steps.values(), strict=True)]


def generate(source: random.Random, org: OrgId, number: int, events: int) -> Batch:
    """Rows of one submission; the same for the same seed."""
    names = [f"urn:uuid:{number:08x}-{source.getrandbits(64):016x}" for _ in range(events)]
    return Batch(
        org=org,
        submission=SubmissionRow(
            org=org,
            root=Digest(source.randbytes(32)),
            count=events,
            signed_at=T0 // 1000,
            nonce=source.randbytes(32),
            custody="platform",
            signer="0x" + source.randbytes(20).hex(),
            signature=source.randbytes(65),
            digest=Digest(source.randbytes(32)),
            commitments=source.randbytes(32 * events),
            job_id=None,
            created_at=AT,
        ),
        ids=[source.randbytes(16) for _ in range(events)],
        names=names,
        event_keys=[event_key(org, name) for name in names],
        body=source.randbytes(1150),
    )


def store(db: Database, batch: Batch, first: int, timings: Timings) -> None:
    """One capture: look for repeats, then write submission, records and index, and commit.

    Making the rows in Python is not timed: it is not the database's cost.
    """
    with db.write() as tx:
        with timings.step("known"):
            tx.epcis.known(batch.org, batch.event_keys)
        with timings.step("submissions"):
            pk = tx.submissions.add(batch.submission)
        with timings.step("records"):
            pks = tx.records.add_many(
                [(i, pk, at, "epcis.event", AT, batch.body, i + i)
                 for at, i in enumerate(batch.ids)]
            )  # fmt: skip
        events, keys = index_rows(batch, pks, first)
        with timings.step("epcis_events"):
            tx.epcis.add_many(events, [])
        with timings.step("epcis_keys"):
            tx.epcis.add_many([], keys)
        begin = time.perf_counter()
    timings.steps["commit"].append(time.perf_counter() - begin)


def index_rows(
    batch: Batch, pks: Sequence[int], first: int
) -> tuple[list[EventRow], list[tuple[str, int, int, int]]]:
    """The index rows of a submission's records."""
    events = [
        EventRow(
            record_pk=pk,
            org=batch.org,
            event_id=name,
            event_key=key,
            content=key,
            type="ObjectEvent",
            time_ms=T0 + first + at,
            biz_step="https://ref.gs1.org/cbv/BizStep-shipping",
            disposition="https://ref.gs1.org/cbv/Disp-in_transit",
        )
        for at, (pk, name, key) in enumerate(zip(pks, batch.names, batch.event_keys, strict=True))
    ]
    keys = [
        (text, role, pk, T0 + first + at)
        for at, (pk, name) in enumerate(zip(pks, batch.names, strict=True))
        for role, text in (
            (1, name + "/a"),
            (2, name + "/b"),
            (3, f"https://id.gs1.org/01/0{(first + at) % 2000:013d}/10/L"),
            (4, "https://id.gs1.org/414/8930000000019"),
        )
    ]
    return events, keys


def measure(db: Database, records: int, seed: int) -> dict[str, float]:
    """Fill the database and return the figures."""
    source = random.Random(seed)
    org = OrgId(source.randbytes(32))
    timings = Timings()
    db.migrate()
    samples: list[bytes] = []
    for number in range(max(records // EVENTS, 20)):
        batch = generate(source, org, number, EVENTS)
        store(db, batch, number * EVENTS, timings)
        samples.append(batch.ids[source.randrange(EVENTS)])
        if number % 20 == 19:
            total = timings.totals()[-20:]
            print(f"  {(number + 1) * EVENTS:>9,} {1e6 * statistics.mean(total) / EVENTS:6.1f} µs")
    figures: dict[str, float] = {}
    rows = {"epcis_keys": KEYS_PER_EVENT * EVENTS, "submissions": 1, "commit": 1}
    for step in STEPS:
        for when, part in (("empty", slice(0, 10)), ("full", slice(-10, None))):
            seconds = statistics.median(timings.steps[step][part])
            figures[f"{step} per row, {when}"] = 1e6 * seconds / rows.get(step, EVENTS)
    totals = [1e6 * seconds / EVENTS for seconds in timings.totals()]
    figures["event, empty"] = statistics.median(totals[:10])
    figures["event, full"] = statistics.median(totals[-10:])
    figures["event, mean at full"] = statistics.mean(totals[-30:])
    for size in (1, 64):
        small = Timings()
        for number in range(200):
            store(db, generate(source, org, 1 << 20 | size << 10 | number, size), number, small)
        figures[f"transaction of {size} at full"] = 1e6 * statistics.median(small.totals())
    started = time.perf_counter()
    for record_id in samples:
        with db.read() as tx:
            assert tx.records.find(RecordId(record_id)) is not None
    figures["random record by id"] = 1e6 * (time.perf_counter() - started) / len(samples)
    return figures


@contextmanager
def fresh(kind: str, folder: Path) -> Iterator[Database]:
    """An empty database of that kind."""
    if kind == "sqlite":
        db = Database.open(f"sqlite:///{folder / 'bench.sqlite3'}")
        yield db
        db.close()
        return
    with run_postgres() as server, server.database() as url:
        db = Database.open(url)
        yield db
        db.close()


def main() -> None:
    """Measure, print, write bench/results/storage_insert.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--seed", type=int, default=4)
    options = parser.parse_args()
    chosen = ("sqlite", "postgresql") if options.database == "both" else (options.database,)
    figures: list[dict[str, object]] = []
    for kind in chosen:
        print(f"{kind}, {options.records:,} records, seed {options.seed}")
        with tempfile.TemporaryDirectory() as folder, fresh(kind, Path(folder)) as db:
            for name, value in measure(db, options.records, options.seed).items():
                bar = BUDGET if name.startswith("event, ") else None
                met = value <= bar if bar is not None else None
                print(f"  {name:38} {value:10.2f} µs{'' if met is not False else '  OVER'}")
                figures.append(
                    {"figure": f"{kind}: {name}", "value": round(value, 2), "unit": "µs",
                     "bar": bar, "met": met}
                )  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures.append({"figure": "peak memory", "value": peak, "unit": "MB", "bar": None, "met": None})
    result = {
        "name": "storage_insert",
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "cores": os.cpu_count(),
        "commit": subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
        ).stdout.strip(),
        "seed": options.seed,
        "database": options.database,
        "engine": None,
        "figures": figures,
    }
    target = Path(__file__).parent / "results" / "storage_insert.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
