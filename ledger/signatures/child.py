"""The child process that reads a stranger's document: `python -m ledger.signatures.child`.

It gets open files as numbers and a task on standard input, confines itself, imports the libraries,
and answers one JSON object on standard output: `{"report": …}` or `{"error": …, "detail": …}`.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from typing import Any

from ledger.clock import parse_time
from ledger.signatures.confinement import Limits, confine

MAX_TASK = 64 << 20


def main() -> None:
    """Read a task, inspect, answer."""
    task = json.loads(sys.stdin.buffer.read(MAX_TASK))
    answer: dict[str, Any]
    confine(Limits(**task["limits"]), task["parent"])
    try:
        answer = _inspect(task)
    except MemoryError:
        answer = {"error": "inspection-out-of-memory", "detail": "the document needs too much"}
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
    # Libraries may hold what cannot be torn down under these limits; nothing is left to save.
    os._exit(0)


def _inspect(task: dict[str, Any]) -> dict[str, Any]:
    from ledger.signatures.inspector import Task, inspect_document
    from ledger.signatures.trust_roots import NO_ROOTS, TrustMalformed, read_trust

    trust = NO_ROOTS
    if task["trust"] is not None:
        try:
            trust = read_trust([base64.b64decode(one) for one in task["trust"]])
        except TrustMalformed as error:
            return {"error": "trust-roots-empty", "detail": str(error)}
    detached, request = task["detached"], task["request"]
    with os.fdopen(task["document"], "rb") as document:
        found = inspect_document(
            Task(
                document=document,
                name=task["name"],
                detached=None if detached is None else os.fdopen(detached, "rb"),
                request=None if request is None else base64.b64decode(request),
                trust=trust,
                at=parse_time(task["at"]),
            )
        )
    return {"report": found.to_json()}


if __name__ == "__main__":
    main()
