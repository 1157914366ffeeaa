"""Inspecting without the child process, so that a suite can look at thousands of documents."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cache

from cryptography.hazmat.primitives.serialization import Encoding

from ledger.signatures.inspection import Inspection
from ledger.signatures.inspector import Task, inspect_document
from ledger.signatures.trust_roots import NO_ROOTS, TrustRoots, read_trust
from tests.support.signing_pki import SigningPki
from tests.support.time_authority import Pki, TimeAuthority

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
"""When the documents of these tests are judged."""
AFTER = datetime(2027, 3, 1, 8, tzinfo=UTC)
"""When their signers' certificates have expired."""


@cache
def pki() -> SigningPki:
    """One authority for all tests: keys are what costs."""
    return SigningPki.make()


@cache
def stamping() -> Pki:
    """One time-stamping authority for all tests."""
    return Pki.make()


def authority(when: datetime = NOW) -> TimeAuthority:
    """It, stamping at that time."""
    return TimeAuthority(stamping(), lambda: when)


@cache
def roots() -> TrustRoots:
    """Both authorities, trusted."""
    return read_trust([*pki().roots, stamping().root.public_bytes(Encoding.PEM)])


def inspected(
    document: bytes,
    *,
    name: str = "",
    detached: bytes | None = None,
    request: bytes | None = None,
    trust: TrustRoots | None = None,
    at: datetime = NOW,
) -> Inspection:
    """As `ledger.signatures.inspecting.inspect`, here; trusting both authorities if not told."""
    return inspect_document(
        Task(
            document=io.BytesIO(document),
            name=name,
            detached=None if detached is None else io.BytesIO(detached),
            request=request,
            trust=roots() if trust is None else trust,
            at=at,
        )
    )


def codes(found: Inspection) -> set[str]:
    """Every problem of a report."""
    each = [found.result(name) for name in ("integrity", "chain", "revocation", "coverage")]
    return {problem.code for result in each for problem in result.problems}


__all__ = [
    "AFTER",
    "NOW",
    "NO_ROOTS",
    "authority",
    "codes",
    "inspected",
    "pki",
    "roots",
    "stamping",
]
