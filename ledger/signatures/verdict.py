"""What an inspection can conclude: the outcome of each of the four results, and one verdict.

Integrity, chain, revocation and coverage are found out apart and told apart (ETSI EN 319 102-1
keeps them apart for the same reason): a document whose certificate nobody knows is not a forged
document, and a signature that could not be checked is neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """One word for the whole document. docs/formats/inspection.md says when each is given."""

    VALID = "VALID"
    VALID_TEST_PKI = "VALID_TEST_PKI"
    INTACT_UNTRUSTED = "INTACT_UNTRUSTED"
    VALID_WITH_FORM_FILLING = "VALID_WITH_FORM_FILLING"
    VALID_WITH_UNSIGNED_ENTRIES = "VALID_WITH_UNSIGNED_ENTRIES"
    VALID_WITH_FOREIGN_CERTS = "VALID_WITH_FOREIGN_CERTS"
    VALID_AT_GENTIME = "VALID_AT_GENTIME"
    VALID_NOT_PADES = "VALID_NOT_PADES"
    VALID_STRUCTURE = "VALID_STRUCTURE"
    GRANTED = "GRANTED"
    NO_SIGNATURE = "NO_SIGNATURE"
    INVALID = "INVALID"


class Outcome(StrEnum):
    """Of one result. `unknown`: could not be found out; `skipped`: does not apply."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


RESULTS = ("integrity", "chain", "revocation", "coverage")
"""The four results, in the order they are told."""


@dataclass(frozen=True)
class Problem:
    """Why a result is not a pass: a stable code of `ledger.signatures.problem_codes`."""

    code: str
    detail: str

    def to_json(self) -> dict[str, Any]:
        """Code and detail."""
        return {"code": self.code, "detail": self.detail}


@dataclass(frozen=True)
class Result:
    """One of the four, of a signature or of the document."""

    outcome: Outcome
    problems: tuple[Problem, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Outcome and problems."""
        return {
            "outcome": self.outcome.value,
            "problems": [problem.to_json() for problem in self.problems],
        }


PASSED = Result(Outcome.PASS)
SKIPPED = Result(Outcome.SKIPPED)


def failed(code: str, detail: str) -> Result:
    """It does not hold."""
    return Result(Outcome.FAIL, (Problem(code, detail),))


def unknown(code: str, detail: str) -> Result:
    """It could not be found out."""
    return Result(Outcome.UNKNOWN, (Problem(code, detail),))


_GRAVITY = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS, Outcome.SKIPPED)


def worst(results: list[Result]) -> Result:
    """All of them as one: the gravest outcome, with every problem once."""
    if not results:
        return SKIPPED
    outcome = min((result.outcome for result in results), key=_GRAVITY.index)
    told = dict.fromkeys(problem for result in results for problem in result.problems)
    return Result(outcome, tuple(told))
