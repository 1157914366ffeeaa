"""What the reader of one family hands to the judge."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.signatures.inspection import SignatureReport
from ledger.signatures.verdict import SKIPPED, Problem, Result


@dataclass(frozen=True)
class Findings:
    """Kind of document, its signatures, what is wrong with the file, what no signature is over."""

    kind: str
    signatures: tuple[SignatureReport, ...] = ()
    structure: Result = SKIPPED
    unsigned: tuple[str, ...] = ()
    notices: tuple[Problem, ...] = ()
