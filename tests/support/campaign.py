"""The size knob of long campaigns: `CAMPAIGN=10` makes them ten times as long."""

from __future__ import annotations

import os


def scaled(count: int) -> int:
    """So many examples, times the environment variable CAMPAIGN (1 when absent)."""
    return count * max(1, int(os.environ.get("CAMPAIGN", "1")))
