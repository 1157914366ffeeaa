"""The child: what it may not do, and how its ends are told apart."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.errors import InvalidInput, Misconfigured, TooLarge, Unavailable
from ledger.signatures.confinement import LIMITS
from ledger.signatures.inspecting import inspect, read_trust_folder
from ledger.signatures.verdict import Verdict

PROBE = """
import os, sys
from ledger.signatures.confinement import LIMITS, confine
confine(LIMITS, os.getppid())
try:
    {attempt}
except (PermissionError, OSError) as error:
    print(type(error).__name__)
else:
    print("done")
"""


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.socket()",
        "import subprocess; subprocess.run(['true'])",
        "os.system('true')",
        "open('/tmp/inspection-wrote', 'w')",
        "os.open('/tmp/inspection-wrote', os.O_WRONLY | os.O_CREAT)",
    ],
)
def test_confined_process_cannot(attempt: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(attempt=attempt)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() in {"PermissionError", "OSError"}


def test_file_that_is_nothing_signed_has_no_signature() -> None:
    found = inspect(b"a plain text", name="note.txt")
    assert found.verdict is Verdict.NO_SIGNATURE
    assert found.kind == "other"


@pytest.mark.parametrize("name", ["a.asice", "a.PDF", "a.tsr", "a.p7s"])
def test_name_that_promises_a_signature_is_held_to_it(name: str) -> None:
    assert inspect(b"a plain text", name=name).verdict is Verdict.INVALID


def test_report_is_about_these_bytes_at_this_time() -> None:
    at = datetime(2026, 3, 1, 8, tzinfo=UTC)
    found = inspect(b"abc", at=at)
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert (found.sha256.hex(), found.size, found.at) == (digest, 3, at)


def test_document_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge) as refused:
        inspect(b"abc", limits=replace(LIMITS, document=2))
    assert refused.value.code == "document-too-large"


def test_child_that_runs_out_of_time_says_nothing_about_the_document() -> None:
    with pytest.raises(Unavailable) as ended:
        inspect(b"abc", limits=replace(LIMITS, wall_seconds=0))
    assert ended.value.code == "inspection-timed-out"


def test_child_that_runs_out_of_memory_says_nothing_about_the_document() -> None:
    with pytest.raises(Unavailable) as ended:
        inspect(b"%PDF-1.7\n", limits=replace(LIMITS, memory=64 << 20))
    assert ended.value.code in {"inspection-crashed", "inspection-out-of-memory"}


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"gone\.pdf"):
        inspect(tmp_path / "gone.pdf")


def test_folder_without_certificates_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.pem").write_text("no certificate")
    with pytest.raises(InvalidInput) as refused:
        inspect(b"abc", trust=read_trust_folder(tmp_path))
    assert refused.value.code == "trust-roots-empty"
