"""Whether a document may be received or sent, by the signatures it bears.

Decree 30/2020, Article 5: a document is original by the signature of the competent person and that
of the agency; Annex I: files that go with it bear the agency's. The first file of a message is the
document, the others go with it. Nothing that could not be found out makes up for a signature.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.desk.signature_rule import SignatureRule
from ledger.errors import Conflict, InvalidInput, LedgerError, Unavailable
from ledger.exchange.evidence import ExchangeParty

DOCUMENT, ATTACHMENT = "agency", "attachment"
"""Profiles of `ledger.signatures.profile`, of the first file and of the others."""

MOST_WHY = 500
UNCHECKED = "UNCHECKED"
"""In place of a verdict where the check could not be made."""

_NOT_AUTHENTIC, _RULES_VIOLATED = 1001, 1003

Inspect = Callable[[Path, str, str], dict[str, Any]]
"""What a check of a file's signatures finds, as JSON, by its path, its name and a profile's name; a
bad document never makes it raise."""


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file to be looked at: how the message calls it, its name, and where it is."""

    id: str
    name: str
    find: Callable[[], Path]


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Something a file lacks: a code of `ledger.signatures.problem_codes`, or `unchecked`."""

    file: str
    code: str
    detail: str

    @property
    def is_doubt(self) -> bool:
        """It could not be found out, so nothing is said against the document."""
        return self.code == "unchecked"

    def to_json(self) -> dict[str, str]:
        """For the record."""
        return {"file": self.file, "code": self.code, "detail": self.detail}


class Admitting:
    """The rule of one desk, applied."""

    def __init__(self, rule: SignatureRule, inspect: Inspect | None) -> None:
        self.rule = rule
        self._inspect = inspect

    def look(self, files: Sequence[OwnFile]) -> list[dict[str, Any]]:
        """Of each file what the check found; that it could not be made is a finding too."""
        return [
            {"id": file.id, "name": file.name, **self._look(file, ATTACHMENT if at else DOCUMENT)}
            for at, file in enumerate(files)
        ]

    def admit(
        self, findings: Sequence[dict[str, Any]], signer: ExchangeParty, despite: str | None
    ) -> dict[str, Any] | None:
        """None where nothing is lacking, or nothing is refused for it; else the body of a record
        that it goes on `despite` that, for a clerk's reason.

        Raises Conflict `desk-signatures-missing`; Unavailable `desk-signatures-unchecked` where
        nothing worse is known than that; InvalidInput for a reason that is none.
        """
        lacks = shortfalls_of(findings)
        if self.rule is SignatureRule.SHOWN or not lacks:
            return None
        if despite is not None and self.rule is SignatureRule.ADVISORY:
            why = " ".join(despite.split())
            if not 0 < len(why) <= MOST_WHY:
                raise InvalidInput("desk-text-malformed", "1 to 500 characters", pointer="/despite")
            return {
                "type": "admission",
                "rule": self.rule.value,
                "despite": why,
                "lacks": [one.to_json() for one in lacks],
            }
        who = f"{signer.name or signer.organ_id} ({signer.organ_id})"
        told = "; ".join(f"{one.file}: {one.detail} [{one.code}]" for one in lacks)
        if all(one.is_doubt for one in lacks):
            detail = f"signed by {who}? {told}"
            raise Unavailable("desk-signatures-unchecked", detail, shortfalls=lacks)
        detail = f"not signed as required by {who}: {told}"
        raise Conflict("desk-signatures-missing", detail, shortfalls=lacks)

    def _look(self, file: OwnFile, profile: str) -> dict[str, Any]:
        if self._inspect is None:
            return {"verdict": UNCHECKED}
        try:
            return {"profile": profile, **self._inspect(file.find(), file.name, profile)}
        except LedgerError as error:
            return {"verdict": UNCHECKED, "code": error.code}


def shortfalls_of(findings: Sequence[dict[str, Any]]) -> list[Shortfall]:
    """What the files lack, in the order of the files."""
    found: list[Shortfall] = []
    for one in findings:
        name = str(one.get("name") or one.get("id"))
        if one["verdict"] == UNCHECKED:
            why = str(one.get("code") or "nothing here checks signatures")
            found.append(Shortfall(name, "unchecked", f"it could not be checked ({why})"))
        for objection in one.get("objections", ()):
            found.append(Shortfall(name, objection["code"], objection["detail"]))
    return found


def shortfalls_in(error: LedgerError) -> list[Shortfall]:
    """What `Admitting.admit` refused for; nothing for any other error."""
    told = error.context.get("shortfalls")
    return [one for one in told if isinstance(one, Shortfall)] if isinstance(told, list) else []


def reason_for(findings: Sequence[dict[str, Any]]) -> int:
    """The coded reason for a refusal (`ledger.exchange.reasons`): a signature that does not hold
    leaves authenticity open; one that is not there breaks the rules of sending."""
    broken = any(one["verdict"] == "INVALID" for one in findings)
    return _NOT_AUTHENTIC if broken else _RULES_VIOLATED
