"""Which verdicts a reader accepts, and what else they ask for.

Decree 30/2020 Art. 5 makes an electronic document original by two signatures: that of the person
competent to sign and that of the agency. Where a profile asks for both, a certificate that does
not say whether it is a person's or an organization's counts as neither.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.errors import InvalidInput
from ledger.signatures.inspection import Holder, Inspection, SignatureKind
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
    """A signature or seal of an organization is asked for."""
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
        holders = {
            one.signer.holder
            for one in found.signatures
            if one.kind is SignatureKind.SIGNATURE and one.signer is not None
        }
        if self.person and Holder.PERSON not in holders:
            told.append(Problem("person-signature-missing", "no certificate says it is a person's"))
        if self.organization and Holder.ORGANIZATION not in holders:
            missing = "no certificate says it is an organization's"
            told.append(Problem("organization-signature-missing", missing))
        if self.revocation and found.result("revocation").outcome is not Outcome.PASS:
            told.append(Problem("revocation-unknown", "it is not shown that nothing was revoked"))
        if self.untouched_fields and any(FIELDS_FILLED in one.marks for one in found.signatures):
            told.append(Problem("fields-filled", "form fields were filled after a signature"))
        return tuple(told)


_TRUSTED = frozenset({Verdict.VALID, Verdict.VALID_WITH_FORM_FILLING, Verdict.VALID_NOT_PADES})

PROFILES = {
    profile.name: profile
    for profile in (
        Profile("default", _TRUSTED | {Verdict.VALID_AT_GENTIME}),
        Profile("agency", _TRUSTED, person=True, organization=True, untouched_fields=True),
        Profile("strict", frozenset({Verdict.VALID}), revocation=True),
    )
}
"""By name. `agency` is for documents between agencies."""


def get_profile(name: str) -> Profile:
    """Raises InvalidInput `inspection-profile-unknown`."""
    profile = PROFILES.get(name)
    if profile is None:
        known = ", ".join(PROFILES)
        raise InvalidInput("inspection-profile-unknown", f"no profile {name!r:.40}; {known}")
    return profile
