"""What a verification found, and the one verdict that follows from it.

Every check says pass, fail, skipped or unknown. `unknown` means that somebody could not be asked:
it is neither good nor bad news and must never be shown, or kept, as either. The verdict is derived
from the checks by `derive_verdict` and is stored nowhere.

Normative text: docs/formats/verdicts.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ledger import clock


class Outcome(StrEnum):
    """What one check found."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    SKIPPED = "skipped"
    """Does not apply, or rests on something another check has already refused."""
    UNKNOWN = "unknown"
    """Could not be found out."""


class Verdict(StrEnum):
    """What a person is told. A passed check proves the record, not the goods."""

    INTACT = "intact"
    INTACT_WITH_NOTICE = "intact, with notice"
    PENDING = "pending"
    DOES_NOT_MATCH = "does not match"
    WITHDRAWN = "withdrawn"
    RECALLED = "recalled"
    COULD_NOT_CHECK = "could not check"
    UNKNOWN = "unknown"


CHECKS: dict[int, str] = {
    1: "format",
    2: "members",
    3: "submission-path",
    4: "submission-signature",
    5: "signer-authority",
    6: "log-inclusion",
    7: "checkpoint",
    8: "anchor",
    9: "chain-identity",
    10: "status",
    11: "freshness",
}
"""Number and name of every check; every verifier uses the same."""

NOTICES: dict[str, str] = {
    "anchor-moved": "The head stands on the chain in another block than when the bundle was made; "
    "the chain was rolled back and healed.",
    "anchoring-overdue": "The record has waited for the chain longer than ten minutes.",
    "clock-behind": "This machine's clock is behind the evidence; the age of the evidence is "
    "not known.",
    "disputed": "The key was later marked compromised, and the signature is dated after that; "
    "it was on the chain before.",
    "evidence-offline": "No chain was asked: heads and keys are as the issuer of the trust file "
    "saw them, withdrawal and recall were not checked.",
    "evidence-stale": "No chain was asked and the trust file is older than 24 hours.",
    "recall-lifted": "The record was recalled, and the recall was lifted again.",
    "signed-after-anchoring": "The signature is dated later than its own anchoring; its date is "
    "not to be relied on.",
    "signer-registered-again": "The key was registered at another time than the bundle says; the "
    "chain was rolled back and healed.",
    "signer-suspended-since": "The organization was suspended or removed after this record was "
    "anchored.",
    "signer-was-suspended": "The organization's standing changed after this record was anchored; "
    "it is in good standing now.",
    "superseded": "The organization has published a newer version of this record.",
}
"""Every notice and what it says."""


@dataclass(frozen=True, slots=True)
class Check:
    """One numbered check. `code` names the fault (ledger.errors.CODES) unless it passed."""

    number: int
    outcome: Outcome
    detail: str
    code: str | None = None

    @property
    def name(self) -> str:
        """The name every verifier gives this check."""
        return CHECKS[self.number]

    def to_json(self) -> dict[str, Any]:
        """As in a report."""
        return {
            "number": self.number,
            "name": self.name,
            "outcome": self.outcome.value,
            "detail": self.detail,
            "code": self.code,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """All eleven checks in order, the notices, and what the bundle is about.

    `facts` is empty when the verdict is `does not match`: what a refused file claims is not
    repeated.
    """

    verdict: Verdict
    checks: tuple[Check, ...]
    notices: tuple[str, ...]
    facts: Mapping[str, Any]
    checked_at: datetime

    def to_json(self) -> dict[str, Any]:
        """The JSON of docs/formats/verdicts.md."""
        return {
            "v": 1,
            "type": "provenance.report",
            "verdict": self.verdict.value,
            "checks": [check.to_json() for check in self.checks],
            "notices": [{"code": code, "detail": NOTICES[code]} for code in self.notices],
            "facts": dict(self.facts),
            "checkedAt": clock.format_time(self.checked_at),
        }


def derive_verdict(checks: Sequence[Check], notices: Sequence[str]) -> Verdict:
    """The verdict that follows from all eleven checks.

    A refused proof outranks everything, even what could not be asked; a recall or withdrawal that
    is known outranks what is not known; what is not known outranks every good news.
    """
    found = {check.number: check for check in checks}
    assert found.keys() == CHECKS.keys(), "a verdict needs every check"
    if any(check.outcome is Outcome.FAIL and check.number != 10 for check in checks):
        return Verdict.DOES_NOT_MATCH
    if found[10].outcome is Outcome.FAIL:
        recalled = found[10].code == "record-recalled"
        return Verdict.RECALLED if recalled else Verdict.WITHDRAWN
    if found[9].code == "ledger-foreign":
        return Verdict.UNKNOWN
    if any(check.outcome is Outcome.UNKNOWN for check in checks):
        return Verdict.COULD_NOT_CHECK
    if found[8].outcome is Outcome.SKIPPED:
        return Verdict.PENDING
    return Verdict.INTACT_WITH_NOTICE if notices else Verdict.INTACT
