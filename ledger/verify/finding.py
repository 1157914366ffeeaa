"""What one check hands to the verifier, and whom it may ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

from ledger.digest import Digest
from ledger.identity.organization import KeyEntry, OrgId
from ledger.ports import HeadOnChain, OrganizationOnChain
from ledger.verify.report import NOTICES, Outcome


class Evidence(Protocol):
    """Whoever answers checks 5 and 8: the chain, or what the issuer of the trust file saw of it.

    None means "there is no such thing"; Unavailable is raised where that is not known.
    """

    def find_head(self, log_id: Digest, size: int) -> HeadOnChain | None:
        """The head anchored at exactly this size."""

    def find_organization(self, org: OrgId) -> OrganizationOnChain | None:
        """The organization, if registered."""

    def find_key(self, org: OrgId, address: str) -> KeyEntry | None:
        """The key's history entry, if the organization ever had it."""

    def block_hash(self, number: int) -> Digest | None:
        """Hash of the block at that height."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that did not raise: passed, or does not apply. A check that fails raises."""

    outcome: Outcome
    detail: str
    notices: tuple[str, ...] = ()

    @classmethod
    def passed(cls, detail: str, *notices: str) -> Self:
        """The check holds; each notice is one of `NOTICES`."""
        assert all(notice in NOTICES for notice in notices), f"undeclared notice in {notices}"
        return cls(Outcome.PASS, detail, notices)

    @classmethod
    def skipped(cls, detail: str, *notices: str) -> Self:
        """The check does not apply, or rests on something already refused."""
        return cls(Outcome.SKIPPED, detail, notices)
