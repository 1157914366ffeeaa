"""Declarations: what an organization says about a record or goods in RecordStatus, signed.

The signature is EIP-712 over org, subject, kind, reason, nonce and deadline, in the domain of the
RecordStatus contract (`ledger.identity.eip712.status_digest`). Whoever relays it can leave it
undone until the deadline, and nothing else: the contract checks the signature and takes each nonce
in once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from ledger.digest import DIGEST_BYTES, Digest
from ledger.errors import InvalidInput, VerificationFailed
from ledger.identity.eip712 import (
    SIGNATURE_BYTES,
    Domain,
    recall_proposal_digest,
    recover,
    status_digest,
)
from ledger.identity.organization import OrgId
from ledger.identity.signer import DigestSigner

_LARGEST = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Declaration:
    """One signed declaration; `kind` as in RecordStatus, `deadline` in unix seconds. Well-formed,
    not yet checked: see `check_signature`. Raises InvalidInput `declaration-malformed`."""

    org: OrgId
    subject: Digest
    kind: int
    reason: Digest
    nonce: bytes
    deadline: int
    signer: str
    signature: bytes

    def __post_init__(self) -> None:
        if not 1 <= self.kind <= 4 or not 0 <= self.deadline <= _LARGEST:
            raise InvalidInput("declaration-malformed", "no such kind, or no such deadline")
        if len(self.nonce) != DIGEST_BYTES or len(self.signature) != SIGNATURE_BYTES:
            raise InvalidInput(
                "declaration-malformed", "a nonce has 32 bytes, a signature has 65 bytes"
            )

    @classmethod
    def sign(
        cls,
        signer: DigestSigner,
        domain: Domain,
        *,
        org: OrgId,
        subject: Digest,
        kind: int,
        reason: Digest,
        nonce: bytes,
        deadline: int,
    ) -> Self:
        """Sign it for that contract. Raises Unavailable as the signer does."""
        blank = cls(
            org, subject, kind, reason, nonce, deadline, signer.address, bytes(SIGNATURE_BYTES)
        )
        return replace(blank, signature=signer.sign_digest(blank.digest(domain)))

    def digest(self, domain: Domain) -> Digest:
        """What is signed."""
        return status_digest(
            domain, self.org, self.subject, self.kind, self.reason, self.nonce, self.deadline
        )

    def check_signature(self, domain: Domain) -> None:
        """The signature is the named signer's over exactly this. Whose key that is, is for the
        registry to say. Raises VerificationFailed `signature-malformed`, `signature-invalid`."""
        _check(self.digest(domain), self.signature, self.signer)


@dataclass(frozen=True, slots=True)
class RecallProposal:
    """What the first of two people of an authority signs: that these goods be recalled, or that a
    recall be lifted. It goes on no chain; the declarations of the second do.

    `reason` is the reason that the declarations will have, `kind` theirs (2 or 4), `signed_at` in
    unix seconds.
    """

    org: OrgId
    kind: int
    reason: Digest
    signed_at: int
    signer: str
    signature: bytes

    @classmethod
    def sign(
        cls, signer: DigestSigner, domain: Domain, org: OrgId, kind: int, reason: Digest, at: int
    ) -> Self:
        """Sign it for that contract."""
        digest = recall_proposal_digest(domain, org, kind, reason, at)
        return cls(org, kind, reason, at, signer.address, signer.sign_digest(digest))

    def check_signature(self, domain: Domain) -> None:
        """As `Declaration.check_signature`."""
        digest = recall_proposal_digest(domain, self.org, self.kind, self.reason, self.signed_at)
        _check(digest, self.signature, self.signer)


def _check(digest: Digest, signature: bytes, signer: str) -> None:
    if recover(digest, signature).lower() != signer.lower():
        raise VerificationFailed("signature-invalid", f"the signature is not one of {signer}")
