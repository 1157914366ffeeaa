"""The bundle of a leg: verified offline in process, and by the command in a process of its own.

The bundle has a cover, a time-stamp and a document of a mebibyte. The peer is what nobody can do
without: recovering the signers of its events, in the same run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench.result import Result, at_most, informs
from ledger.digest import sha256
from ledger.identity.eip712 import recover
from ledger.merkle.checkpoint import Checkpoint
from ledger.proof.leg_bundle import LegBundle, StampFile
from ledger.proof.leg_cover import make_cover
from ledger.timestamps.statement import Statement
from ledger.timestamps.token import make_request
from ledger.verify.leg_verifier import verify_leg
from ledger.verify.report import Verdict
from tests.support.leg_story import DOMAIN, GENESIS, LegStory
from tests.support.time_authority import Pki, TimeAuthority

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
_DOCUMENT = bytes(range(256)) * 4_096
_TIMES = 100
_STARTS = 7


def leg_verify(seed: int) -> Result:
    """One bundle, verified against a trust file and a root, without a chain."""
    result = Result("leg_verify", seed, "no database", "no chain")
    pki = Pki.make()
    story = LegStory(content=_DOCUMENT)
    bundle = _stamped(story, pki)
    data, trust = bundle.encode(), story.trust()
    times, bare = [], []
    for _ in range(_TIMES):
        started = time.perf_counter()
        report = verify_leg(data, trust, None, NOW, [pki.root])
        times.append(1e3 * (time.perf_counter() - started))
        started = time.perf_counter()
        _recover_all(bundle)
        bare.append(1e3 * (time.perf_counter() - started))
    assert report.verdict is Verdict.INTACT_WITH_NOTICE, report.verdict
    median, peer = statistics.median(times), statistics.median(bare)
    seconds, memory = _by_command(data, trust.encode(), pki)
    result.figures = [
        at_most("offline verify of a leg's bundle, in process, median", median, "ms", 1_000),
        informs("the same, p99", sorted(times)[_TIMES - 2], "ms"),
        informs("the same, against recovering its signers alone", median / peer, "times"),
        at_most("`provenance verify --offline`, start included, median", seconds, "s", 1),
        at_most("its memory, peak", memory, "MiB", 256),
        informs("the bundle, with a document of 1 MiB", len(data) / 2**20, "MiB"),
    ]
    return result


def _stamped(story: LegStory, pki: Pki) -> LegBundle:
    header = story.headers[-1]
    head = Checkpoint("example.org/log", 5, sha256(b"root"))
    said = Statement(DOMAIN.chain_id, GENESIS, header.number, header.hash, head).encode()
    response = TimeAuthority(pki, lambda: NOW).answer(make_request(said).encoded)
    bundle = replace(story.bundle(), stamps=(StampFile(said, response),), report=None)
    return replace(bundle, report=make_cover(bundle))


def _recover_all(bundle: LegBundle) -> None:
    for event in bundle.events:
        if event.signed is not None and event.by is not None:
            recover(event.signed.digest(bundle.domain), event.by.signature)


def _by_command(data: bytes, trust: bytes, pki: Pki) -> tuple[float, float]:
    """Median seconds and peak MiB of the command."""
    times, peak = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        (at / "leg.asice").write_bytes(data)
        (at / "trust.json").write_bytes(trust)
        pki.write_root(at / "root.pem")
        command = [str(Path(sys.executable).parent / "provenance"), "verify", "leg.asice"]
        command += ["--trust", "trust.json", "--offline", "--time-roots", "root.pem"]
        for _ in range(_STARTS):
            started = time.perf_counter()
            process = subprocess.Popen(command, cwd=at, stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            times.append(time.perf_counter() - started)
            process.returncode = os.waitstatus_to_exitcode(status)
            assert process.returncode == 0
            peak = max(peak, usage.ru_maxrss / 1024)
    return statistics.median(times), peak
