"""How long the long tests run: short in every change, long when `CAMPAIGN=1` is set."""

from __future__ import annotations

import os

IS_CAMPAIGN = os.environ.get("CAMPAIGN", "") not in ("", "0")


def scale(short: int, campaign: int) -> int:
    """The size of this run."""
    return campaign if IS_CAMPAIGN else short


def scaled(count: int, campaign: int = 25) -> int:
    """`count`, times `campaign` in a campaign."""
    return scale(count, count * campaign)
