"""What somebody who works at the desk may do."""

from __future__ import annotations

from enum import StrEnum


class DeskRole(StrEnum):
    """What somebody may do."""

    CLERK = "clerk"
    """Everything but what is a leader's."""
    LEADER = "leader"
    """Everything."""
    AUDITOR = "auditor"
    """Look at events and evidence, at no content, and do nothing."""
