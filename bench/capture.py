"""Bulk capture and single posts, beside the obvious design and beside Tessera, in one run.

Bulk: 10 captures of 10,000 distinct, valid 1 KB events over HTTP, from the first byte until the
chain has confirmed a head that contains the last of them. The lag of a capture is from the end of
its job to the head that makes it provable.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from bench import peers
from bench.events import bare_events, document
from bench.product import Product
from bench.result import Result, at_least, at_most, informs
from ledger.chain.anvil import AnvilEngine
from ledger.chain.process import find_free_port, leashed

CAPTURES = 10
EVENTS = 10_000
SECONDS = 10.0
BLOCK_SECONDS = 1.0


def bulk(database: str, url: str | None, seed: int) -> Result:
    """Bulk capture on one database."""
    result = Result(f"bulk_capture_{database}", seed, database, "anvil")
    documents = [document(EVENTS, seed, number * EVENTS) for number in range(CAPTURES)]
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Product.start(Path(folder), url) as product,
    ):
        watch = _Watch(product)
        started = time.monotonic()
        jobs = [product.capture(body) for body in documents]
        ended = product.wait_until_provable(CAPTURES * EVENTS)
        watch.stop()
        finished = [product.get(job) for job in jobs]
        assert all(job["success"] for job in finished), finished[0]["errors"][:1]
        memory = product.memory()
    rate = CAPTURES * EVENTS / (ended - started)
    lags = sorted(watch.lags([job["finishedAt"] for job in finished]))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _obvious(Path(folder)) as post_to:
        obvious = peers.load(
            post_to,
            clients=8,
            seconds=SECONDS,
            bodies=bare_events(20_000, seed),
            headers=["Content-Type: application/json"],
        )
    with peers.tessera() as log:
        tessera = peers.load(
            f"{log}/add", clients=256, seconds=SECONDS, bodies=peers.leaves(400_000)
        )
    result.figures = [
        at_least("bulk capture until provable", rate, "events/s", 5_000),
        informs("the obvious design", obvious["rate"], "events/s"),
        at_least("ratio to the obvious design", rate / obvious["rate"], "×", 20),
        informs("Tessera, 256 clients, raw leaves", tessera["rate"], "leaves/s"),
        informs("ratio to Tessera (aim 0.8)", rate / tessera["rate"], "×"),
        at_most(
            "job end to provable, p99",
            lags[int(0.99 * (len(lags) - 1))],
            "s",
            2 * BLOCK_SECONDS + 1,
        ),
        informs("memory after the load (PSS, beside the chain)", memory, "MB"),
    ]
    return result


def single(database: str, url: str | None, seed: int) -> Result:
    """Single posts, durable when answered, at 64 and 256 clients; Tessera in the same run."""
    result = Result(f"single_post_{database}", seed, database, "anvil")
    rates: dict[int, list[float]] = {64: [], 256: []}
    beside: dict[int, list[float]] = {64: [], 256: []}
    tails: list[float] = []
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Product.start(Path(folder), url) as product,
    ):
        headers = [f"Authorization: Bearer {product.key}", "Content-Type: application/json"]
        first = 0
        for clients in (64, 256) * 3:
            bodies = list(bare_events(int(6_000 * SECONDS), seed, first))
            first += len(bodies)
            report = peers.load(
                f"{product.url}/epcis/events",
                clients=clients,
                seconds=SECONDS,
                bodies=bodies,
                headers=headers,
            )
            assert set(report["statuses"]) == {"201"}, report["statuses"]
            rates[clients].append(report["rate"])
            if clients == 64:
                tails.append(report["p99_ms"])
    for clients in (64, 256):
        with peers.tessera() as log:
            for _ in range(3):
                report = peers.load(
                    f"{log}/add", clients=clients, seconds=SECONDS / 2, bodies=peers.leaves(300_000)
                )
                beside[clients].append(report["rate"])
    ours = {clients: statistics.median(found) for clients, found in rates.items()}
    theirs = {clients: statistics.median(found) for clients, found in beside.items()}
    result.figures = [
        at_least("single posts, 64 clients", ours[64], "events/s", 1_000),
        at_most("single posts, 64 clients, p99", statistics.median(tails), "ms", 100),
        informs("single posts, 256 clients", ours[256], "events/s"),
        informs("Tessera, 64 clients", theirs[64], "leaves/s"),
        informs("Tessera, 256 clients", theirs[256], "leaves/s"),
        at_least("ratio to Tessera, 64 clients", ours[64] / theirs[64], "×", 10),
        at_least("ratio to Tessera, 256 clients", ours[256] / theirs[256], "×", 0.15),
    ]
    return result


class _Watch:
    """Notes when the chain was seen to have confirmed which size."""

    def __init__(self, product: Product) -> None:
        self._url = f"{product.url}/readyz"
        self._seen: list[tuple[float, int]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def lags(self, finished: list[str]) -> list[float]:
        """Seconds from each job's end to the first confirmed head that holds all jobs so far.

        Jobs end in some order; the n-th to end is covered once n times EVENTS leaves are.
        """
        ends = sorted(datetime.fromisoformat(at).timestamp() for at in finished)
        return [
            max(0.0, next(at for at, size in self._seen if size >= (number + 1) * EVENTS) - end)
            for number, end in enumerate(ends)
        ]

    def _run(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._stop.wait(0.1)  # and one more look, or the last head might be missed
            with urllib.request.urlopen(self._url, timeout=30) as answer:
                state = json.load(answer)
            self._seen.append((time.time(), state["anchoredSize"]))


@contextmanager
def _obvious(folder: Path) -> Iterator[str]:
    """The baseline on a chain of its own; the address to post to."""
    engine = AnvilEngine(folder)
    engine.start()
    port = find_free_port()
    command = [sys.executable, "-m", "bench.obvious", str(port)]
    command += [f"sqlite:///{folder}/obvious.sqlite3", engine.rpc_urls[0]]
    with subprocess.Popen(leashed(command)) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/ready")
            yield f"http://127.0.0.1:{port}/records"
        finally:
            process.terminate()
            process.wait()
            engine.stop()


def _wait(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
