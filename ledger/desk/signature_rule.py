"""What a desk makes of signatures that a document lacks."""

from __future__ import annotations

from enum import StrEnum


class SignatureRule(StrEnum):
    """How binding the two signatures of Decree 30/2020 Art. 5 are at a desk."""

    SHOWN = "shown"
    """What is missing is shown, and nothing is refused."""
    ADVISORY = "advisory"
    """Refused, unless a clerk says why it goes on; that stays in the evidence."""
    REQUIRED = "required"
    """Refused."""
