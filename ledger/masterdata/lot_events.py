"""What the events of one lot say, asked the way the national list asks.

Events are as recorded; an event declared erroneous says nothing here. Extension members are known
by their bare name, because every system brings its own prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

CREATING = frozenset({"commissioning", "creating_class_instance"})
STAGES = frozenset(
    {
        "accepting", "assembling", "collecting", "holding", "inspecting", "loading", "packing",
        "picking", "receiving", "repackaging", "retail_selling", "sampling", "shipping",
        "staging_outbound", "storing", "stocking", "transporting", "unloading", "unpacking",
    }
)  # fmt: skip
"""Business steps of the Core Business Vocabulary that follow production."""
LEAVING = frozenset({"shipping", "retail_selling", "departing"})
RECALLED = "recalled"

_GOODS = (
    "epcList", "quantityList", "childEPCs", "childQuantityList", "inputEPCList",
    "inputQuantityList", "outputEPCList", "outputQuantityList", "parentID",
)  # fmt: skip
_INPUTS = ("inputEPCList", "inputQuantityList", "sourceList")
_BARE = re.compile(r"[^:/#]+$")
_DEPTH = 8


@dataclass(frozen=True, slots=True)
class LotEvents:
    """The events about one lot, in any order."""

    events: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, events: Iterable[dict[str, Any]]) -> LotEvents:
        """Those that still hold."""
        return cls(tuple(event for event in events if "errorDeclaration" not in event))

    def creating(self) -> dict[str, Any] | None:
        """The earliest event that brought the lot into being."""
        found = [
            event
            for event in self.events
            if step_of(event) in CREATING or event.get("type") == "TransformationEvent"
        ]
        return min(found, key=lambda event: str(event.get("eventTime")), default=None)

    def stage(self) -> dict[str, Any] | None:
        """An event that says what, where and when."""
        return next(
            (event for event in self.events if names_goods(event) and place_of(event)), None
        )

    def steps(self) -> list[str]:
        """The business steps after production, each once."""
        return sorted({step_of(event) for event in self.events} & STAGES)

    def has_step_before(self) -> bool:
        """Whether something says where it came from: inputs, a source, or its own beginning."""
        return self.creating() is not None or any(
            event.get(name) for event in self.events for name in _INPUTS
        )

    def left_to_nobody(self) -> bool:
        """Whether it went away and no event says to whom. A sale to a consumer names nobody."""
        shipped = [event for event in self.events if step_of(event) in {"shipping", "departing"}]
        return bool(shipped) and not any(event.get("destinationList") for event in shipped)

    def is_recalled(self) -> bool:
        """Whether an event declares it recalled."""
        return any(word_of(event.get("disposition")) == RECALLED for event in self.events)

    def has_association(self) -> bool:
        """Whether something, a stamp for instance, was associated with it."""
        return any(event.get("type") == "AssociationEvent" for event in self.events)

    def find_member(self, names: frozenset[str]) -> str | None:
        """The first value under any of these bare names, as text."""
        for event in self.events:
            for name, value in _members(event, 0):
                if name in names and value not in (None, "", [], {}):
                    return value if isinstance(value, str) else str(value)
        return None


def step_of(event: dict[str, Any]) -> str:
    """The bare word of the business step; empty without one."""
    return word_of(event.get("bizStep"))


def word_of(value: Any) -> str:
    """The last part of a vocabulary word, whichever way it is spelled."""
    if not isinstance(value, str):
        return ""
    found = _BARE.search(value)
    return found[0].removeprefix("BizStep-").removeprefix("Disp-") if found else ""


def place_of(event: dict[str, Any]) -> str | None:
    """Where it happened."""
    for name in ("readPoint", "bizLocation"):
        place = event.get(name)
        if isinstance(place, dict) and isinstance(place.get("id"), str):
            return str(place["id"])
    return None


def names_goods(event: dict[str, Any]) -> bool:
    """Whether it is about things at all."""
    return any(event.get(name) for name in _GOODS)


def _members(value: dict[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
    for name, member in value.items():
        found = _BARE.search(name)
        if found and name != "@context":
            yield found[0], member
        if isinstance(member, dict) and depth < _DEPTH and name != "@context":
            yield from _members(member, depth + 1)
