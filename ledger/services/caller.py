"""Who asks: minted by authentication only, and what each may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ledger.errors import Forbidden
from ledger.identity.organization import OrgId, Role


class Scope(StrEnum):
    """What one API key may be used for."""

    CAPTURE = "capture"
    """Hand in records for its organization."""
    READ = "read"
    """Read its organization's records whole."""
    STATUS = "status"
    """Withdraw or recall."""
    ADMIN = "admin"
    """Manage keys of its organization; for the operator, organizations too."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated API key. Only `Membership.authenticate` makes one."""

    org: OrgId
    key_id: str
    roles: Role
    scopes: frozenset[Scope]

    @property
    def is_operator(self) -> bool:
        """Whether the organization runs this installation."""
        return bool(self.roles & Role.OPERATOR)

    def require(self, scope: Scope) -> None:
        """Raise Forbidden `scope-missing` unless the key has the scope."""
        if scope not in self.scopes:
            raise Forbidden("scope-missing", f"this key lacks the scope {scope.value!r}")

    def require_operator(self) -> None:
        """Raise Forbidden `operator-only` unless an administrator of the operator asks."""
        self.require(Scope.ADMIN)
        if not self.is_operator:
            raise Forbidden("operator-only", "only the operator's administrators may do this")

    def require_org(self, org: OrgId) -> None:
        """Raise Forbidden `foreign-organization` unless asking about the caller's own."""
        if org != self.org and not (self.is_operator and Scope.ADMIN in self.scopes):
            raise Forbidden("foreign-organization", "this belongs to another organization")
