"""Which verdicts a reader accepts, and what else they ask for.

Decree 30/2020 Art. 5 makes an electronic document original by two signatures: that of the person
competent to sign and that of the agency. Where a profile asks for both, a certificate that does
not say whether it is a person's or an organization's counts as neither, one certificate is never
both, and a signature counts only where it is shown to hold: what could not be found out about it
never makes up for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.errors import InvalidInput
from ledger.signatures.inspection import (
    Anchorage,
    Holder,
    Inspection,
    SignatureKind,
    SignatureReport,
)
from ledger.signatures.judging import FIELDS_FILLED
from ledger.signatures.verdict import Outcome, Problem, Verdict


@dataclass(frozen=True)
class Profile:
    """What is accepted."""

    name: str
    accepts: frozenset[Verdict]
    person: bool = False
    """A signature of a natural person is asked for."""
    organization: bool = False
    """A signature or seal of an organization is asked for; in a container, over all that anybody
    signed."""
    revocation: bool = False
    """It must be shown that nothing was revoked."""
    untouched_fields: bool = False
    """No form field but those of signatures may be filled after a signature."""

    def __post_init__(self) -> None:
        refused = {Verdict.INVALID, Verdict.NO_SIGNATURE} & self.accepts
        assert not refused, f"no profile accepts {refused}"

    def objections(self, found: Inspection) -> tuple[Problem, ...]:
        """Why the document is not accepted; empty if it is."""
        told: list[Problem] = []
        if found.verdict not in self.accepts:
            told.append(Problem("verdict-not-accepted", f"{self.name} accepts no {found.verdict}"))
        if self.person:
            told += self._missing(found, Holder.PERSON, "person-signature-missing")
        if self.organization:
            told += self._missing(found, Holder.ORGANIZATION, "organization-signature-missing")
        if self.revocation and found.result("revocation").outcome is not Outcome.PASS:
            told.append(Problem("revocation-unknown", "it is not shown that nothing was revoked"))
        if self.untouched_fields and any(FIELDS_FILLED in one.marks for one in found.signatures):
            told.append(Problem("fields-filled", "form fields were filled after a signature"))
        return tuple(told)

    def _missing(self, found: Inspection, holder: Holder, code: str) -> list[Problem]:
        """Why no signature of such a holder counts; nothing where one does."""
        signed = [one for one in found.signatures if one.kind is SignatureKind.SIGNATURE]
        of_holder = [one for one in signed if one.signer and one.signer.holder is holder]
        shown = [one for one in of_holder if self._is_shown(one)]
        if not shown:
            others = [one for one in signed if one not in of_holder]
            told = [_doubt(one) for one in of_holder] or [_other(one) for one in others]
            said = "; ".join(told[:_MOST_TOLD]) or "nobody signed"
            return [Problem(code, f"no signature of {_HOLDERS[holder]} is shown to hold: {said}")]
        if holder is Holder.ORGANIZATION and found.kind in _CONTAINERS:
            # Annex I of the decree: what is a file of its own bears the agency's signature itself.
            apart = _covered(signed) - _covered(shown)
            if apart:
                named = ", ".join(sorted(apart)[:_MOST_TOLD])
                return [Problem(code, f"no signature of an organization is over {named}")]
        return []

    def _is_shown(self, one: SignatureReport) -> bool:
        revocation = one.revocation.outcome
        return (
            {one.integrity.outcome, one.chain.outcome, one.coverage.outcome} == {Outcome.PASS}
            and one.anchorage is Anchorage.ANCHORED
            and revocation is not Outcome.FAIL
            and (revocation is Outcome.PASS or not self.revocation)
        )


def _doubt(one: SignatureReport) -> str:
    """A signature that does not count, and why not."""
    each = (one.integrity, one.chain, one.coverage, one.revocation)
    codes = dict.fromkeys(
        problem.code
        for result in each
        if result.outcome is not Outcome.PASS
        for problem in result.problems
    )
    return f"{one.id} by {_name(one)} ({', '.join(codes) or one.anchorage})"


def _other(one: SignatureReport) -> str:
    """A signature of somebody else, as the certificate has it."""
    holder = Holder.UNKNOWN if one.signer is None else one.signer.holder
    return f"{one.id} is by {_name(one)} ({_HOLDERS[holder]})"


def _name(one: SignatureReport) -> str:
    return "an unknown signer" if one.signer is None else one.signer.name


def _covered(signatures: list[SignatureReport]) -> set[str]:
    return {entry for one in signatures if not one.archival for entry in one.covers}


_MOST_TOLD = 4
_CONTAINERS = frozenset({"asic-e", "asic-s"})
_HOLDERS = {
    Holder.PERSON: "a person",
    Holder.ORGANIZATION: "an organization",
    Holder.UNKNOWN: "its certificate does not say whose",
}
_TRUSTED = frozenset({Verdict.VALID, Verdict.VALID_WITH_FORM_FILLING, Verdict.VALID_NOT_PADES})

PROFILES = {
    profile.name: profile
    for profile in (
        Profile("default", _TRUSTED | {Verdict.VALID_AT_GENTIME}),
        Profile("agency", _TRUSTED, person=True, organization=True, untouched_fields=True),
        Profile("attachment", _TRUSTED, organization=True, untouched_fields=True),
        Profile("strict", frozenset({Verdict.VALID}), revocation=True),
    )
}
"""By name. `agency` is for documents between agencies, `attachment` for files that go with one."""


def get_profile(name: str) -> Profile:
    """Raises InvalidInput `inspection-profile-unknown`."""
    profile = PROFILES.get(name)
    if profile is None:
        known = ", ".join(PROFILES)
        raise InvalidInput("inspection-profile-unknown", f"no profile {name!r:.40}; {known}")
    return profile
