"""Erasure of a document's content: two approvals, and a time until which the law has it kept.

An approval is EIP-712 in the domain of DocumentExchange::

    ErasureApproval(bytes32 leg,bytes32 org,uint16 reason,uint64 keptUntil,uint64 deadline)

Two different keys of one organization approve the same thing; then its leader signs the step ERASE,
and whoever keeps the content destroys it (docs/formats/erasure.md). Pure: what is asked of the
registry comes in as a `KeyEntry`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.digest import Digest, keccak256
from ledger.errors import Conflict, Forbidden, InvalidInput, VerificationFailed
from ledger.exchange.reasons import reason_of
from ledger.exchange.rules import LegAction
from ledger.identity.eip712 import SIGNATURE_BYTES, Domain, recover, typed_digest
from ledger.identity.organization import KeyEntry, OrgId, Purpose

APPROVAL_TYPE = (
    "ErasureApproval(bytes32 leg,bytes32 org,uint16 reason,uint64 keptUntil,uint64 deadline)"
)
NEEDED = 2
"""Approvals, each by another key."""
APPROVERS = Purpose.CLERK | Purpose.LEADER | Purpose.ADMIN
"""An approving key has one of these purposes."""
ORDERED = 2003
"""The reason that outranks retention: a competent authority's order."""

_TYPE = keccak256(APPROVAL_TYPE.encode())


@dataclass(frozen=True, slots=True)
class ErasureApproval:
    """What one person of an organization approves about a leg.

    `kept_until` is when the time ends for which the document has to be kept by law, 0 where there
    is none; `deadline` until when the approval counts. Unix seconds. `signer` is the checksummed
    address. Raises InvalidInput `erasure-malformed`, `exchange-reason-unknown`.
    """

    leg: Digest
    org: OrgId
    reason: int
    kept_until: int
    deadline: int
    signer: str
    signature: bytes

    def __post_init__(self) -> None:
        if not (0 <= self.kept_until < 2**48 and 0 <= self.deadline < 2**48):
            raise InvalidInput("erasure-malformed", "not times in unix seconds")
        if len(self.signature) != SIGNATURE_BYTES:
            raise InvalidInput("erasure-malformed", "not 65 bytes", pointer="/signature")
        reason_of(LegAction.ERASE, self.reason)

    def check(self, domain: Domain, key: KeyEntry | None, now: int) -> None:
        """That a key of the organization that is in force approves it now; `key` is the registry's
        entry of `signer`.

        Raises VerificationFailed `leg-deadline-passed`, `signature-malformed` or
        `signature-invalid`, Forbidden `leg-signer-unauthorized`.
        """
        if now > self.deadline:
            raise VerificationFailed("leg-deadline-passed", "the approval no longer counts")
        if recover(self.digest(domain), self.signature) != self.signer:
            raise VerificationFailed("signature-invalid", f"not a signature of {self.signer}")
        in_force = (
            key is not None
            and key.purposes & APPROVERS
            and key.valid_from <= now
            and (key.valid_until == 0 or now < key.valid_until)
            and key.compromised_at == 0
        )
        if not in_force:
            raise Forbidden("leg-signer-unauthorized", f"{self.signer} is no key that may approve")

    def digest(self, domain: Domain) -> Digest:
        """What the signature signs."""
        return approval_digest(
            domain, self.leg, self.org, self.reason, self.kept_until, self.deadline
        )


def approval_digest(
    domain: Domain, leg: Digest, org: OrgId, reason: int, kept_until: int, deadline: int
) -> Digest:
    """What an approval signs; `domain` of DocumentExchange."""
    return typed_digest(domain, _TYPE, leg, org, reason, kept_until, deadline)


def check_approved(approvals: Sequence[ErasureApproval], reason: int, now: int) -> None:
    """That these approve an erasure for that reason at that time.

    Raises Conflict `erasure-not-approved` unless two different keys approve the same thing and none
    of what they approved has run out, `retention-not-over` while the law has it kept, unless a
    competent authority ordered it.
    """
    same = [one for one in approvals if one.reason == reason and now <= one.deadline]
    terms = {(one.leg, one.org, one.kept_until) for one in same}
    if len({one.signer for one in same}) < NEEDED or len(terms) != 1:
        raise Conflict(
            "erasure-not-approved", f"{NEEDED} different keys have to approve the same erasure"
        )
    kept_until = same[0].kept_until
    if now < kept_until and reason != ORDERED:
        raise Conflict("retention-not-over", f"it has to be kept until {kept_until} (unix seconds)")
