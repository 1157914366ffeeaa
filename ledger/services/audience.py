"""As whom somebody sees what an organization has recorded."""

from __future__ import annotations

from ledger.identity.organization import OrgId, Role
from ledger.records.policy import Audience
from ledger.services.caller import Caller, Scope


def audience_of(caller: Caller | None, org: OrgId) -> Audience:
    """Owner of one's own records, agency with the role of an authority, public otherwise.

    Whether the caller is a partner depends on the record: see `partnering.audience_in`.
    """
    if caller is None or Scope.READ not in caller.scopes:
        return Audience.PUBLIC
    return audience_of_org(caller.org, caller.roles, org)


def audience_of_org(viewer: OrgId, roles: Role, org: OrgId) -> Audience:
    """The same for an organization with its roles, whichever of its keys asks."""
    if viewer == org:
        return Audience.OWNER
    return Audience.AGENCY if roles & Role.AUTHORITY else Audience.PUBLIC
