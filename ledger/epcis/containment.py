"""What was in what, and from when to when (EPCIS 2.0, 7.4.3 and 7.4.6).

ADD puts children into the parent, DELETE takes the named ones out, or all of them if it names
none. OBSERVE tells that children are there; whoever was not told of the packing learns it so. An
aggregation and an association of the same parent are two different bonds: one does not undo the
other. Of a quantity, DELETE takes out what it says; the rest stays.

Crates are used again: a stay ends, and what comes later is another stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from ledger.epcis.step import Step, Thing

BEGINNING = -(1 << 62)
FOREVER = 1 << 62
"""Milliseconds no event has."""


class Window(NamedTuple):
    """A stretch of time in milliseconds: from the first moment up to, not including, the last.
    A moment is a window whose ends are the same."""

    since: int
    until: int

    def overlap(self, other: Window) -> Window | None:
        """The time both have. A moment meets a window at both of its ends: goods that were used
        at the minute of their unpacking were still in the crate for all one can know."""
        since, until = max(self.since, other.since), min(self.until, other.until)
        if since < until or (since == until and (self.is_moment or other.is_moment)):
            return Window(since, until)
        return None

    @property
    def is_moment(self) -> bool:
        """Whether it has no length."""
        return self.since == self.until

    def covers(self, other: Window) -> bool:
        """Whether all of the other is in this one."""
        if other.is_moment:
            return self == other or self.since <= other.since < self.until
        return self.since <= other.since and other.until <= self.until


ALWAYS = Window(BEGINNING, FOREVER)


def stays(steps: Iterable[Step]) -> dict[str, list[Window]]:
    """When each child was in the parent, from every nesting step of that one parent.

    Stays of one child do not overlap within a bond; over both bonds they may.
    """
    found: dict[str, list[Window]] = {}
    bonds: dict[str, list[Step]] = {}
    for step in steps:
        bonds.setdefault(step.type, []).append(step)
    for bond in bonds.values():
        for child, windows in _replay(sorted(bond, key=lambda step: step.order)).items():
            found.setdefault(child, []).extend(windows)
    return found


def contents(steps: Iterable[Step], at_ms: int) -> dict[str, int]:
    """What was directly in the parent at that time, and since when; an event of the very moment
    has happened."""
    found: dict[str, int] = {}
    for child, windows in stays(steps).items():
        here = [window.since for window in windows if window.since <= at_ms < window.until]
        if here:
            found[child] = min(here)
    return found


class _Content:
    """One child in one parent: since when, and how much of it is left by unit."""

    def __init__(self, since: int) -> None:
        self.since = since
        self.left: dict[str | None, Decimal] = {}
        self.is_uncounted = False

    def put(self, thing: Thing) -> None:
        if thing.amount is None:
            self.is_uncounted = True
        else:
            self.left[thing.unit] = self.left.get(thing.unit, Decimal(0)) + thing.amount

    def take(self, thing: Thing) -> bool:
        """Take some out; whether nothing is left. What was put in uncounted, or in another unit,
        is not known to be used up by any number: it stays until it is taken out uncounted."""
        if thing.amount is None:
            return True
        if thing.unit in self.left:
            self.left[thing.unit] -= thing.amount
        return not self.is_uncounted and all(amount <= 0 for amount in self.left.values())


def _replay(steps: Sequence[Step]) -> dict[str, list[Window]]:
    inside: dict[str, _Content] = {}
    found: dict[str, list[Window]] = {}

    def leave(child: str, at_ms: int) -> None:
        since = inside.pop(child).since
        if since < at_ms:
            found.setdefault(child, []).append(Window(since, at_ms))

    for step in steps:
        if step.action == "DELETE":
            if not step.children:
                for child in list(inside):
                    leave(child, step.time_ms)
            for thing in step.children:
                if thing.key in inside and inside[thing.key].take(thing):
                    leave(thing.key, step.time_ms)
        else:
            for thing in step.children:
                known = inside.get(thing.key)
                if known is None:
                    known = inside[thing.key] = _Content(step.time_ms)
                elif step.action == "OBSERVE":
                    continue
                known.put(thing)
    for child in list(inside):
        leave(child, FOREVER)
    return found
