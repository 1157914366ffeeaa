"""Measure and report: `python -m bench [NAME …] [--records N] [--seed S]`.

Names: bulk, xml, sheet, labels, single, verify, million, query, storage, trace, resolver,
opendata, exchange, exchange_search, transfer, leg_verify; without any, all of them, on SQLite
and on PostgreSQL. Each writes bench/results/<name>.json; bench/README.md is generated from those.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from bench import (
    capture,
    exchange,
    exchange_search,
    labels,
    leg_proofs,
    opendata,
    proofs,
    resolver,
    sheet,
    trace,
    transfer,
    xml_capture,
)
from bench import query as queries
from bench.report import write_report
from bench.result import Result
from tests.support.postgres import run_postgres

NAMES = (
    "verify", "single", "bulk", "xml", "sheet", "labels", "million", "query", "storage", "trace",
    "resolver", "opendata", "exchange", "exchange_search", "transfer", "leg_verify",
)  # fmt: skip


def main() -> int:
    """Run the named benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], default=list(NAMES))
    parser.add_argument("--records", type=int, default=1_000_000, help="for million, query, search")
    parser.add_argument("--seed", type=int, default=20_261_124)
    parser.add_argument("--rate", type=float, default=128, help="for exchange: offered per second")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument(
        "--keep", type=Path, help="for query: where events stay, to be asked again without filling"
    )
    chosen = parser.parse_args()
    databases = ["sqlite", "postgresql"] if chosen.database == "both" else [chosen.database]
    runs: dict[str, Callable[[str, str | None], Result]] = {
        "bulk": lambda name, url: capture.bulk(name, url, chosen.seed),
        "xml": lambda name, url: xml_capture.xml(name, url, chosen.seed),
        "sheet": lambda name, url: sheet.sheet(name, url, chosen.seed),
        "single": lambda name, url: capture.single(name, url, chosen.seed),
        "query": lambda name, url: queries.query(
            chosen.records, name, url, chosen.seed, chosen.keep and chosen.keep / name
        ),
        "million": lambda name, url: proofs.million(chosen.records, name, url, chosen.seed),
        "trace": lambda name, url: trace.measure(
            name, url, chosen.seed, tuple(sorted({10_000, chosen.records}))
        ),
        "opendata": lambda name, url: opendata.opendata(name, url, chosen.seed),
        "exchange": lambda name, url: exchange.exchange(name, url, chosen.seed, chosen.rate),
        "exchange_search": lambda name, url: exchange_search.search(
            chosen.records, name, url, chosen.seed
        ),
        "resolver": lambda name, url: resolver.resolver(name, url, chosen.seed),
    }
    for name in chosen.names:
        if name == "verify":
            proofs.offline_verify(chosen.seed).write()
        elif name == "leg_verify":
            leg_proofs.leg_verify(chosen.seed).write()
        elif name == "labels":
            labels.labels("sqlite", None, chosen.seed).write()
        elif name == "transfer":
            transfer.transfer(chosen.seed).write()
        elif name == "storage":
            command = [sys.executable, "-m", "bench.storage_insert"]
            subprocess.run([*command, "--records", str(chosen.records)], check=True)
        else:
            for database in databases:
                if database == "sqlite":
                    runs[name](database, None).write()
                elif name == "query" and chosen.keep:
                    with run_postgres(chosen.keep / "server") as server:
                        runs[name](database, server.kept_database()).write()
                else:
                    with run_postgres() as server, server.database() as url:
                        runs[name](database, url).write()
    write_report()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
