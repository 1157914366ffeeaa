"""`/epcis/events/` is `/epcis/events`: an EPCIS resource answers with and without a slash behind.

It is the same answer, not a redirect, because a client that follows one may leave the body of its
POST behind. Only a slash that was sent as such counts: `%2F` belongs to the value it stands in.
"""

from __future__ import annotations

from starlette.types import Scope

_ROOT = "/epcis"


def without_trailing_slash(scope: Scope) -> Scope:
    """The scope of the resource meant; anything but an EPCIS resource stays as it is."""
    path = scope.get("path", "")
    if not path.endswith("/") or not path.startswith(_ROOT + "/"):
        return scope
    raw = scope.get("raw_path") or path.encode()
    if not raw.endswith(b"/"):
        return scope
    return {**scope, "path": path[:-1], "raw_path": raw[:-1]}
