"""The chain as the issuer of a trust file saw it: evidence for a verifier without a network.

What the issuer did not see is not known, which is not the same as not being there: so these
methods raise Unavailable where a chain would answer None.
"""

from __future__ import annotations

from datetime import datetime

from ledger.clock import unix_seconds
from ledger.digest import Digest
from ledger.errors import Unavailable
from ledger.identity.organization import KeyEntry, OrgId
from ledger.merkle.checkpoint import log_id as log_id_of
from ledger.ports import HeadOnChain, OrganizationOnChain
from ledger.proof.trust import TrustAnchors
from ledger.verify.authority import CLOCK_TOLERANCE
from ledger.verify.finding import Finding

STALE_SECONDS = 24 * 3600
"""Evidence older than this is said to be old."""


class IssuerSnapshot:
    """Answers the questions of checks 5 and 8 from a trust file."""

    def __init__(self, trust: TrustAnchors) -> None:
        self._trust = trust

    def find_head(self, log_id: Digest, size: int) -> HeadOnChain:
        """The head, if the issuer saw one of that size."""
        trusted = self._trust.heads_by_size.get(size)
        if log_id != log_id_of(self._trust.origin) or trusted is None:
            raise Unavailable("issuer-saw-no-head", f"the trust file has no head of size {size}")
        return trusted.head

    def find_organization(self, org: OrgId) -> OrganizationOnChain:
        """The organization, if the issuer saw it."""
        trusted = self._trust.organizations_by_id.get(org)
        if trusted is None:
            raise Unavailable(
                "issuer-saw-no-organization", f"the trust file does not know {org.text}"
            )
        return trusted.organization

    def find_key(self, org: OrgId, address: str) -> KeyEntry:
        """The key, if the issuer saw it."""
        trusted = self._trust.organizations_by_id.get(org)
        for key in trusted.keys if trusted is not None else ():
            if key.address == address:
                return key
        raise Unavailable("issuer-saw-no-key", f"the trust file does not know the key {address}")

    def block_hash(self, number: int) -> Digest:
        """Hash of a block that holds one of the heads."""
        if number in self._trust.block_hashes:
            return self._trust.block_hashes[number]
        raise Unavailable("issuer-saw-no-head", f"the trust file has no head in block {number}")


def age_of(trust: TrustAnchors, now: datetime) -> Finding:
    """How old the word of the issuer is, with what is to be noticed where no chain was asked."""
    age = unix_seconds(now) - unix_seconds(trust.issued_at)
    notices = ["evidence-offline"]
    if age > STALE_SECONDS:
        notices.append("evidence-stale")
    elif age < -CLOCK_TOLERANCE:
        notices.append("clock-behind")
    return Finding.passed(f"the trust file is {age} seconds old", *notices)
