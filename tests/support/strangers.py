"""Checking a product's records as somebody who has its trust file and nothing else of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from ledger.chain.client import ChainClient
from ledger.chain.reader import ContractReader
from ledger.clock import SystemClock
from ledger.ports import ChainReader
from ledger.proof.trust import TrustAnchors, parse_trust
from ledger.verify.report import Report, Verdict
from ledger.verify.verifier import verify

GOOD = (Verdict.INTACT, Verdict.INTACT_WITH_NOTICE)


@contextmanager
def chain_of(trust: TrustAnchors) -> Iterator[ChainReader]:
    """The nodes the trust file names, asked without the product."""
    client = ChainClient(list(trust.rpc))
    try:
        yield ContractReader(
            client,
            organization_registry=trust.organization_registry,
            checkpoint_log=trust.checkpoint_log,
            record_status=trust.record_status,
        )
    finally:
        client.close()


def reports(url: str, trust_file: Path, records: Iterable[str]) -> Iterator[tuple[str, Report]]:
    """Each record's bundle, fetched and checked against trust file and chain."""
    trust = parse_trust(trust_file.read_bytes())
    with httpx.Client(base_url=url, timeout=20) as client, chain_of(trust) as chain:
        for record in records:
            answer = client.get(f"/records/{record}/proof")
            assert answer.status_code == 200, f"{record}: {answer.text}"
            yield record, verify(answer.content, trust, chain, SystemClock().now())


def check_intact(url: str, trust_file: Path, records: Iterable[str]) -> int:
    """Every record verifies; how many were looked at."""
    count = 0
    for record, report in reports(url, trust_file, records):
        assert report.verdict in GOOD, f"{record}: {report.to_json()}"
        count += 1
    return count


def wait_until(is_so: Callable[[], bool], seconds: float, what: str) -> float:
    """Poll until it holds; the seconds that took."""
    started = time.monotonic()
    while not is_so():
        assert time.monotonic() - started < seconds, f"{what}: not within {seconds:g} s"
        time.sleep(0.05)
    return time.monotonic() - started
