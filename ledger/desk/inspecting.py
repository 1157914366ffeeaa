"""What the check of a file's signatures finds, for receipt, for sending, and for their reports.

Roots come from the folder `roots/` of the desk; without it no chain ends anywhere, and a signature
that holds is told as such and no more.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ledger.desk.admitting import Inspect
from ledger.signatures.inspecting import inspect, read_trust_folder
from ledger.signatures.profile import get_profile


def inspector(roots: Path) -> Inspect:
    """An inspection by these roots. It raises Unavailable, InvalidInput or Misconfigured where it
    could not be made, and never for a document that does not hold."""

    def inspect_file(path: Path, name: str, profile: str) -> dict[str, Any]:
        trust = read_trust_folder(roots) if roots.is_dir() else None
        found = inspect(path, name=name, trust=trust)
        objections = get_profile(profile).objections(found)
        return {**found.to_json(), "objections": [one.to_json() for one in objections]}

    return inspect_file
