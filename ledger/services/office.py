"""The operator's own desk: whoever may open the installation's files acts for its operator.

No API key is asked for, because a reader of these files can do anything a key could.
"""

from __future__ import annotations

from ledger.identity.organization import OrgId, Role
from ledger.services.caller import Caller, Scope

OPERATOR = "operator"
"""Stands for the operating organization where an organization is asked for."""


def operator_caller(operator: OrgId) -> Caller:
    """The caller of commands that work on the installation itself."""
    return Caller(operator, "command line", Role.OPERATOR, frozenset(Scope))


def parse_org(text: str, operator: OrgId) -> OrgId:
    """An organization id, or the word `operator`. Raises InvalidInput `org-id-malformed`."""
    return operator if text == OPERATOR else OrgId.parse(text)
