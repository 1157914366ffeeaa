"""What each GS1 application identifier (AI) may hold and stand beside.

Read from `application_identifiers.txt`, the table of the GS1 Barcode Syntax Dictionary; nothing
about a particular AI is written in code.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

MAX_LENGTH = 4
"""Digits of the longest AI."""


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a value: characters of one set, a length range, the rules it must satisfy."""

    charset: str  # N, X, Y or Z
    minimum: int
    maximum: int
    optional: bool
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApplicationIdentifier:
    """One row of the table."""

    ai: str
    title: str
    fixed_length: bool
    attribute: bool  # may stand in the query string of a Digital Link
    components: tuple[Component, ...]
    sequences: tuple[tuple[str, ...], ...] | None  # allowed qualifier orders; None: not a key
    requires: tuple[tuple[tuple[str, ...], ...], ...]  # each: any of (all of AI patterns)
    excludes: tuple[str, ...]  # AI patterns, `n` standing for any digit

    @property
    def is_primary_key(self) -> bool:
        """Whether a Digital Link may start with it."""
        return self.sequences is not None

    def allows(self, qualifiers: tuple[str, ...]) -> bool:
        """Whether these qualifiers, in this order, may follow this key."""
        return any(_is_subsequence(qualifiers, allowed) for allowed in self.sequences or ())


@cache
def table() -> dict[str, ApplicationIdentifier]:
    """Every AI that GS1 has assigned."""
    text = files(__package__).joinpath("application_identifiers.txt").read_text("utf-8")
    rows: dict[str, ApplicationIdentifier] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            for row in _rows(line):
                rows[row.ai] = row
    return rows


def matches(pattern: str, ai: str) -> bool:
    """Whether an AI fits a pattern such as `310n`."""
    return len(pattern) == len(ai) and all(
        wanted in ("n", found) for wanted, found in zip(pattern, ai, strict=True)
    )


def _rows(line: str) -> list[ApplicationIdentifier]:
    body, _, title = line.partition("  # ")
    words = body.split()
    flags = words[1] if words[1].strip("*?") == "" else ""
    rest = words[2:] if flags else words[1:]
    components = tuple(_component(word) for word in rest if word[0] in "NXYZ[")
    attributes = [word for word in rest if word[0] not in "NXYZ["]
    first, _, last = words[0].partition("-")
    return [
        ApplicationIdentifier(
            ai=str(number).zfill(len(first)),
            title=title,
            fixed_length="*" in flags,
            attribute="?" in flags,
            components=components,
            sequences=_sequences(attributes),
            requires=tuple(
                tuple(tuple(group.split("+")) for group in word[4:].split(","))
                for word in attributes
                if word.startswith("req=")
            ),
            excludes=tuple(
                pattern
                for word in attributes
                if word.startswith("ex=")
                for pattern in word[3:].split(",")
            ),
        )
        for number in range(int(first), int(last or first) + 1)
    ]


def _component(word: str) -> Component:
    optional = word.startswith("[")
    shape, *rules = word.replace("[", "").replace("]", "").split(",")
    length = shape[1:]
    maximum = int(length.removeprefix(".."))
    minimum = 1 if length.startswith("..") else maximum
    return Component(shape[0], minimum, maximum, optional, tuple(rules))


def _sequences(attributes: list[str]) -> tuple[tuple[str, ...], ...] | None:
    for word in attributes:
        if word == "dlpkey":
            return ((),)
        if word.startswith("dlpkey="):
            return tuple(tuple(one.split(",")) for one in word[7:].split("|"))
    return None


def _is_subsequence(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    rest = iter(whole)
    return all(step in rest for step in part)
