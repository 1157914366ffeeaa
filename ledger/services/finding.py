"""One difference an audit found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A stable code, what it is about, and what was found."""

    code: str
    subject: str
    detail: str
