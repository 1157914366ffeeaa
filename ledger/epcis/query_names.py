"""Names of extension fields, in queries and in events.

A name is `prefix:local`, or the full URI. A prefix that the query declares (its `@context`, the
header GS1-Extensions) stands for its namespace, whatever prefix the event uses for the same; one
that it does not declare is compared as it is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.epcis.context import STANDARD_PREFIXES

Prefixes = Mapping[str, str]
"""Prefix → namespace."""


def expand(name: str, prefixes: Prefixes) -> str:
    """The full URI of a name, or the name where its prefix is not declared."""
    head, colon, local = name.partition(":")
    space = prefixes.get(head) if colon else None
    return name if space is None else space + local


def prefixes_of(context: Any) -> dict[str, str]:
    """The plain prefixes of an `@context` value; whatever else is in it means nothing here."""
    found: dict[str, str] = {}
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, dict):
            found.update((name, space) for name, space in part.items() if isinstance(space, str))
    return found


def is_extension(name: str) -> bool:
    """Whether a member of an event is a field of somebody's own."""
    head, colon, _ = name.partition(":")
    return bool(colon) and head not in STANDARD_PREFIXES


@dataclass(frozen=True, slots=True)
class FieldName:
    """The name a query asks for, its prefix expanded where the query declares it."""

    text: str

    def stands_in(self, members: Mapping[str, Any], prefixes: Prefixes) -> list[Any]:
        """The values of the members with this name; `prefixes` are those of the event."""
        return [
            value
            for name, value in members.items()
            if name == self.text or (":" in name and expand(name, prefixes) == self.text)
        ]
