"""How far a transfer is, told by the name of the file."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Told of a name, the bytes done and the bytes in all."""


def tell_nobody(_name: str, _done: int, _total: int) -> None:
    """For whoever does not watch."""
