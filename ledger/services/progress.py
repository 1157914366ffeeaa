"""Showing what takes time: the door through which a start tells its steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """Shows a step while it runs and returns what it returns."""

    def __call__(self, title: str, action: Callable[[], T]) -> T:
        """Run the action under this title."""


def run_silently(title: str, action: Callable[[], T]) -> T:  # noqa: ARG001 - nothing is shown
    """A Progress that shows nothing."""
    return action()
