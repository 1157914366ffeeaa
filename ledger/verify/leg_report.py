"""What the verification of a leg's bundle found, and the one verdict that follows.

The same outcomes and verdicts as for records (`ledger.verify.report`), other checks and notices.
Normative text: docs/formats/leg-bundle.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger import clock
from ledger.verify.finding import Finding
from ledger.verify.report import Check, Outcome, Verdict

LEG_CHECKS: dict[int, str] = {
    1: "format",
    2: "message",
    3: "documents",
    4: "signatures",
    5: "evidence",
    6: "history",
    7: "head",
    8: "block",
    9: "chain-identity",
    10: "signer-authority",
    11: "time-stamps",
    12: "standing",
    13: "cover",
    14: "freshness",
}
"""Number and name of every check."""

LEG_NOTICES: dict[str, str] = {
    "answer-overdue": "The recipient did not answer in the time it had; the chain marked that.",
    "arrival-overdue": "The message did not arrive in the time it had; the chain marked that.",
    "clock-behind": "This machine's clock is behind the evidence; its age is not known.",
    "cover-not-proven": "The cover page is not the one this version makes of the proven contents; "
    "do not rely on it.",
    "disputed": "A signer's key was later marked compromised as of before an event; the event was "
    "on the chain before that was known.",
    "evidence-missing": "The words of an event are missing or were erased; that it happened, who "
    "signed it and when is proven.",
    "evidence-offline": "No chain was asked: blocks and keys are as the issuer of the trust file "
    "saw them, and what happened to the leg since is not known.",
    "evidence-stale": "No chain was asked and the trust file is older than 24 hours.",
    "leg-went-on": "More has happened to the leg since this bundle was made; get a newer one.",
    "recall-answer-overdue": "The recipient did not answer the recall in the time it had.",
    "recall-requested": "The sender has asked for the document back.",
    "settlement-overdue": "The document was not settled by its due date; the chain marked that.",
    "superseded": "The sender has replaced this document by another.",
    "time-root-not-given": "The time-stamp holds, and ends in a root that is only named in the "
    "file itself.",
    "time-stamp-partial": "The newest events are under no time-stamp yet.",
}
"""Every notice and what it says."""


_ENDED = {"leg-recalled": Verdict.RECALLED, "leg-withdrawn": Verdict.WITHDRAWN}


@dataclass(frozen=True, slots=True)
class LegCheck(Check):
    """One numbered check of a leg's bundle."""

    @property
    def name(self) -> str:
        """The name every verifier gives this check."""
        return LEG_CHECKS[self.number]


@dataclass(frozen=True, slots=True)
class LegReport:
    """All checks in order, the notices, and what the bundle is about.

    `facts` is empty when the verdict is `does not match` or `unknown`: what a refused or foreign
    file claims is not repeated.
    """

    verdict: Verdict
    checks: tuple[LegCheck, ...]
    notices: tuple[str, ...]
    facts: Mapping[str, Any]
    checked_at: datetime

    def to_json(self) -> dict[str, Any]:
        """The JSON of docs/formats/leg-bundle.md."""
        return {
            "v": 1,
            "type": "provenance.leg-report",
            "verdict": self.verdict.value,
            "checks": [check.to_json() for check in self.checks],
            "notices": [{"code": code, "detail": LEG_NOTICES[code]} for code in self.notices],
            "facts": dict(self.facts),
            "checkedAt": clock.format_time(self.checked_at),
        }


def passed(detail: str, *notices: str) -> Finding:
    """The check holds; each notice is one of `LEG_NOTICES`."""
    assert all(notice in LEG_NOTICES for notice in notices), f"undeclared notice in {notices}"
    return Finding(Outcome.PASS, detail, notices)


def derive_leg_verdict(checks: Sequence[LegCheck], notices: Sequence[str]) -> Verdict:
    """The verdict that follows from all checks, in the order of `ledger.verify.report`."""
    assert {check.number for check in checks} == LEG_CHECKS.keys(), "a verdict needs every check"
    failed = [check.code for check in checks if check.outcome is Outcome.FAIL]
    if any(code not in _ENDED for code in failed):
        return Verdict.DOES_NOT_MATCH
    if failed:
        return _ENDED[str(failed[0])]
    if any(check.code == "ledger-foreign" for check in checks):
        return Verdict.UNKNOWN
    if any(check.outcome is Outcome.UNKNOWN for check in checks):
        return Verdict.COULD_NOT_CHECK
    return Verdict.INTACT_WITH_NOTICE if notices else Verdict.INTACT
