"""What a trace finds: where goods came from or what became of them.

`items` are the things reached through transformations: backwards everything that went in,
forwards everything that came out, and so on. `containers` are what any of them, or the subject,
was in at some time; other goods that were in there too are no part of the trace. Of a container
the trace is that of what was ever in it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ledger.epcis.keys import KeyRole
from ledger.epcis.step import Step, Thing

MOST_STEPS = 50_000
"""Events one trace reads; what lies beyond is left out, and the trace says so."""
MOST_ITEMS = 200_000
"""Things one trace reaches, counted before anything is told of them."""
MOST_ROUNDS = 1_000
"""Steps from the subject to the furthest thing; each costs a question to the store."""


class Direction(StrEnum):
    """Which way to follow the goods."""

    BACK = "back"
    FORWARD = "forward"


class StepReader(Protocol):
    """The door to recorded events."""

    def read(self, keys: Collection[str], roles: Collection[KeyRole], limit: int) -> Sequence[Step]:
        """Steps that name one of the keys in one of the roles, `limit` of them at most; the newest
        are kept. Others may be among them: a caller compares what the step itself names."""


@dataclass(frozen=True, slots=True)
class Process:
    """One transformation: an event, or all events with one transformationID."""

    steps: tuple[Step, ...]

    @property
    def inputs(self) -> tuple[Thing, ...]:
        """Everything that went in."""
        return tuple(thing for step in self.steps for thing in step.inputs)

    @property
    def outputs(self) -> tuple[Thing, ...]:
        """Everything that came out."""
        return tuple(thing for step in self.steps for thing in step.outputs)


class CautionCode(StrEnum):
    """What a trace warns of."""

    NO_ORIGIN = "no-origin"
    """Nothing is recorded of how this came to be: the chain has a gap here."""
    MASS_BALANCE = "mass-balance"
    """More came out, or was used, than went in or was there."""
    BALANCE_UNCHECKED = "balance-unchecked"
    """Too many events use this lot to add them all up."""
    CLASS_LEVEL = "class-level"
    """Named without a lot: everything of this product is taken for one."""
    TRUNCATED = "truncated"
    """The trace goes on beyond what is read at once."""
    ERASED = "erased"
    """Events that would belong here were erased."""
    RECALLED = "recalled"
    """These goods are in a recall in force."""
    HOLDS_RECALLED = "holds-recalled"
    """These goods in a recall in force are in the subject at this moment."""


@dataclass(frozen=True, slots=True)
class Caution:
    """Something whoever relies on the trace must know. `subject` is a key, "" for the whole."""

    code: CautionCode
    subject: str
    detail: str
    event_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """A finished trace. `steps` are the events it rests on, in the order of their times."""

    subject: str
    direction: Direction
    items: tuple[str, ...]
    containers: tuple[str, ...]
    steps: tuple[Step, ...]
    processes: tuple[Process, ...]
    cautions: tuple[Caution, ...]
