"""Faults of a parameter of the address, with the pointer that leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ledger.errors import InvalidInput


@contextmanager
def parameter(name: str) -> Iterator[None]:
    """Within, what is refused and names no place is the fault of this parameter."""
    try:
        yield
    except InvalidInput as fault:
        fault.pointer = fault.pointer or f"/query/{name}"
        raise
