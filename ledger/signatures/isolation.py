"""Starting the child, waiting for it, and telling how it ended.

The child gets the document as an open file, so that nothing is copied; its answer is bounded and
read as data. Whatever happens to it is one of four: a report, an error of the input, out of
resources, or a crash. None of the last two says anything about the document.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from typing import Any

from ledger.errors import InvalidInput, LedgerError, Unavailable
from ledger.signatures.confinement import Limits

_KILLED_BY_LIMIT = {-signal.SIGXCPU, -signal.SIGKILL}


def run_child(task: dict[str, Any], files: list[int], limits: Limits) -> dict[str, Any]:
    """The report of the child. Raises Unavailable `inspection-crashed`, `inspection-timed-out`,
    `inspection-out-of-memory`; InvalidInput `trust-roots-empty`."""
    told = {**task, "limits": limits.to_json(), "parent": os.getpid()}
    # Into a file and not a pipe: how much it may write is the kernel's word, not the child's.
    with (
        tempfile.TemporaryFile() as answer,
        subprocess.Popen(
            [sys.executable, "-I", "-B", "-m", "ledger.signatures.child"],
            stdin=subprocess.PIPE,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            pass_fds=files,
            env={"LC_ALL": "C.UTF-8"},
        ) as child,
    ):
        try:
            child.communicate(json.dumps(told).encode(), timeout=limits.wall_seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            raise _out_of_time(limits) from None
        if child.returncode in _KILLED_BY_LIMIT:
            raise _out_of_time(limits)
        answer.seek(0)
        return _read(answer.read(limits.report + 1), child.returncode, limits)


def _out_of_time(limits: Limits) -> LedgerError:
    return Unavailable(
        "inspection-timed-out",
        f"not done in {limits.cpu_seconds} s of work or {limits.wall_seconds} s",
    )


def _read(answer: bytes, code: int, limits: Limits) -> dict[str, Any]:
    if code != 0 or len(answer) > limits.report:
        raise Unavailable("inspection-crashed", f"the inspection ended with code {code}")
    try:
        value = json.loads(answer)
    except ValueError:
        raise Unavailable("inspection-crashed", "the inspection gave no report") from None
    if value.get("error") == "trust-roots-empty":
        raise InvalidInput("trust-roots-empty", "no certificate in the trust roots")
    if "report" not in value:
        why = "inspection-out-of-memory" if "error" in value else "inspection-crashed"
        raise Unavailable(why, "the inspection gave no report")
    report: dict[str, Any] = value["report"]
    return report
