"""Check 5: might this key sign for this organization when it did?

A signature's own date is a claim; the block that anchored it is a fact. A key is therefore judged
by both: valid at the claimed date, registered before the anchoring, and not compromised before
either. What is known about key and organization comes from the chain (or, offline, from the
trust file), never from the bundle; the bundle's copy must agree with it.
"""

from __future__ import annotations

from ledger.clock import format_time, from_unix
from ledger.errors import VerificationFailed
from ledger.identity.organization import KeyEntry, Purpose
from ledger.ports import OrganizationOnChain
from ledger.proof.bundle import SignerEvidence
from ledger.records.submission import Submission
from ledger.verify.finding import Evidence, Finding

_ACTIVE = 1

CLOCK_TOLERANCE = 300
"""Seconds by which honest clocks of signers, chain and verifier may differ."""


def check_authority(
    submission: Submission, signer: SignerEvidence, evidence: Evidence, anchored_at: int
) -> Finding:
    """Check 5 at the time the submission was anchored (unix seconds; for a pending one: now).

    Raises VerificationFailed `signer-…`, Unavailable where the evidence cannot be had.
    """
    organization = evidence.find_organization(submission.org)
    if organization is None:
        raise VerificationFailed(
            "signer-organization-unknown", "the registry does not know the organization"
        )
    key = evidence.find_key(submission.org, submission.signer)
    if key is None:
        raise VerificationFailed("signer-key-unknown", "the key never belonged to the organization")
    notices = _check_window(submission, key, anchored_at)
    notices += _check_standing(organization, anchored_at)
    if key.custodial != (submission.custody == "platform"):
        raise VerificationFailed(
            "signer-custody-false", "the submission is wrong about who holds its key"
        )
    notices += _check_copy(submission, signer, key, organization)
    if submission.signed_at > anchored_at + CLOCK_TOLERANCE:
        notices.append("signed-after-anchoring")
    held = "held by the platform" if key.custodial else "held by the organization"
    detail = f"key {submission.signer}, {held}, was authorized"
    if key.compromised_at and "disputed" not in notices:
        detail += f"; marked compromised as of {_spell(key.compromised_at)}, after this record"
    return Finding.passed(detail, *notices)


def _check_window(submission: Submission, key: KeyEntry, anchored_at: int) -> list[str]:
    signed_at = submission.signed_at
    if not key.purposes & Purpose.SUBMIT:
        raise VerificationFailed("signer-purpose-missing", "the key may not sign submissions")
    if signed_at < key.valid_from:
        raise VerificationFailed(
            "signer-key-not-yet-valid", f"the key is valid from {_spell(key.valid_from)}"
        )
    if key.valid_until and signed_at >= key.valid_until:
        raise VerificationFailed(
            "signer-key-expired", f"the key was valid until {_spell(key.valid_until)}"
        )
    if key.registered_at > anchored_at:
        raise VerificationFailed(
            "signer-key-registered-later", "the record was anchored before the key was registered"
        )
    if not key.compromised_at or max(signed_at, anchored_at) < key.compromised_at:
        return []
    if anchored_at < key.compromised_at:
        return ["disputed"]
    raise VerificationFailed(
        "signer-key-compromised",
        f"the key is marked compromised as of {_spell(key.compromised_at)}, before the anchoring",
    )


def _check_standing(organization: OrganizationOnChain, anchored_at: int) -> list[str]:
    if organization.registered_at > anchored_at:
        raise VerificationFailed(
            "signer-organization-registered-later",
            "the record was anchored before the organization was registered",
        )
    if organization.status == _ACTIVE:
        changed = organization.status_since > max(anchored_at, organization.registered_at)
        return ["signer-was-suspended"] if changed else []
    if organization.status_since <= anchored_at:
        raise VerificationFailed(
            "signer-organization-suspended",
            f"the organization was out of standing from {_spell(organization.status_since)}",
        )
    return ["signer-suspended-since"]


def _check_copy(
    submission: Submission,
    signer: SignerEvidence,
    key: KeyEntry,
    organization: OrganizationOnChain,
) -> list[str]:
    """A reader of the file sees the bundle's copy, so it may be older than the truth, not other.

    A key's end and compromise only ever move earlier; its registration moves when a chain that
    was rolled back is healed; its other members never change.
    """
    copy = signer.key
    if (
        copy.address != submission.signer
        or (copy.custodial, copy.purposes, copy.valid_from)
        != (key.custodial, key.purposes, key.valid_from)
        or not _only_shortened(copy.valid_until, key.valid_until)
        or not _only_shortened(copy.compromised_at, key.compromised_at)
    ):
        raise VerificationFailed(
            "signer-entry-false", "the bundle's copy of the key entry is not the registry's"
        )
    profile = signer.profile
    if profile is not None and (
        profile.org != submission.org or profile.digest() != organization.profile
    ):
        raise VerificationFailed(
            "signer-profile-false", "the name in the bundle is not the one registered"
        )
    return [] if copy.registered_at == key.registered_at else ["signer-registered-again"]


def _only_shortened(then: int, now: int) -> bool:
    """Whether a time (0: none) may have become this one by moving earlier."""
    return then == now or (now != 0 and (then == 0 or now < then))


def _spell(seconds: int) -> str:
    try:
        return format_time(from_unix(seconds))
    except (ValueError, OverflowError, OSError):
        return f"second {seconds}"  # the registry takes any uint64
