"""What the desk believes about keys of organizations: the chain where it may ask, else its file.

A node of the agency's own, or of somebody it trusts, says how things are now. The trust file says
how its issuer saw them, so a key registered later is not known and never "wrong".
"""

from __future__ import annotations

from typing import Protocol

from ledger.errors import Unavailable
from ledger.exchange.mandate import Mandate
from ledger.identity.organization import KeyEntry, OrgId, Purpose
from ledger.ports import OrganizationOnChain
from ledger.proof.trust import TrustAnchors, TrustedOrganization


class Registry(Protocol):
    """Organizations and their keys."""

    def find_organization(self, org: OrgId) -> OrganizationOnChain | None:
        """The organization, None where there is none. Raises Unavailable where that cannot be
        found out."""

    def find_key(self, org: OrgId, address: str) -> KeyEntry | None:
        """The key's entry, None where the organization never had it. Raises Unavailable where that
        cannot be found out."""

    def find_mandate(
        self, giver: OrgId, taker: OrgId, place: tuple[int, int] | None
    ) -> Mandate | None:
        """The mandate between the two that stood at that block and log index, or stands now; None
        where there was none. Raises Unavailable where that cannot be found out."""


class FileRegistry:
    """The trust file's word."""

    def __init__(self, trust: TrustAnchors) -> None:
        self._trust = trust

    def find_organization(self, org: OrgId) -> OrganizationOnChain | None:
        """See Registry."""
        return self._known(org).organization

    def find_key(self, org: OrgId, address: str) -> KeyEntry | None:
        """See Registry."""
        for key in self._known(org).keys:
            if key.address.lower() == address.lower():
                return key
        raise self._doubt(f"no key {address}")

    def find_mandate(
        self,
        giver: OrgId,
        taker: OrgId,
        place: tuple[int, int] | None,  # noqa: ARG002
    ) -> Mandate | None:
        """See Registry: a trust file tells of none."""
        raise Unavailable(
            "desk-mandate-unchecked", f"whether {giver.text} mandated {taker.text} is on the chain"
        )

    def _known(self, org: OrgId) -> TrustedOrganization:
        known = self._trust.organizations_by_id.get(org)
        if known is None:
            raise self._doubt(f"no organization {org.text}")
        return known

    def _doubt(self, what: str) -> Unavailable:
        return Unavailable(
            "desk-key-unknown", f"the trust file of {self._trust.issued_at:%Y-%m-%d} knows {what}"
        )


def allows(entry: KeyEntry, purpose: Purpose, at: int) -> bool:
    """Whether the key could act for that purpose at that time, unix seconds: as the registry of the
    contracts decides it."""
    return (
        bool(entry.purposes & purpose)
        and entry.valid_from <= at
        and (entry.valid_until == 0 or at < entry.valid_until)
        and (entry.compromised_at == 0 or at < entry.compromised_at)
    )
