"""What the check of a file's signatures finds, for the report that goes with HAND_OVER.

Roots come from the folder `roots/` of the desk; without it no chain ends anywhere, and a signature
that holds is told as such and no more.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ledger.exchange.message import Part
from ledger.signatures.inspecting import inspect, read_trust_folder
from ledger.signatures.profile import PROFILES

_PROFILE = "agency"


def inspector(roots: Path) -> Callable[[Path, Part], dict[str, Any]]:
    """An inspection by these roots. It raises Unavailable, InvalidInput or Misconfigured where it
    could not be made, and never for a document that does not hold."""

    def inspect_part(path: Path, part: Part) -> dict[str, Any]:
        trust = read_trust_folder(roots) if roots.is_dir() else None
        found = inspect(path, name=part.name, trust=trust)
        objections = PROFILES[_PROFILE].objections(found)
        return {**found.to_json(), "objections": [one.to_json() for one in objections]}

    return inspect_part
