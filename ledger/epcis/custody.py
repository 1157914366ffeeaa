"""Who had the goods: the organizations and places that the steps of a trace name.

An organization that signed a step was there, or says so. A source or destination is named by
somebody else, for partners only; a place is public.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from ledger.epcis.step import Step
from ledger.identity.organization import OrgId


class Part(StrEnum):
    """As what a holder appears."""

    RECORDER = "recorder"
    """Signed the step; `party` is an organization id."""
    SOURCE = "source"
    DESTINATION = "destination"
    LOCATION = "location"
    """Where the goods were afterwards (bizLocation)."""


@dataclass(frozen=True, slots=True)
class Holder:
    """One party in one part, with the first and last time it appears and the traced things it
    appears with. `kind` is that of a source or destination, else ""."""

    party: str
    part: Part
    kind: str
    first: str
    last: str
    things: tuple[str, ...]


def holders(steps: Iterable[Step], traced: Collection[str]) -> tuple[Holder, ...]:
    """The holders in the order of their first appearance. `steps` are in the order of time."""
    found: dict[tuple[Part, str, str], tuple[str, str, dict[str, None]]] = {}
    for step in steps:
        things = dict.fromkeys(thing.key for thing in step.named() if thing.key in traced)
        if step.parent is not None and step.parent in traced:
            things[step.parent] = None
        for holder in _named_by(step):
            first, _, known = found.get(holder, (step.time, step.time, {}))
            known.update(things)
            found[holder] = (first, step.time, known)
    return tuple(
        Holder(party, part, kind, first, last, tuple(sorted(things)))
        for (part, kind, party), (first, last, things) in found.items()
    )


def _named_by(step: Step) -> Iterable[tuple[Part, str, str]]:
    yield Part.RECORDER, "", step.org.text
    for source in step.sources:
        yield Part.SOURCE, source.kind, source.id
    for destination in step.destinations:
        yield Part.DESTINATION, destination.kind, destination.id
    if step.location is not None:
        yield Part.LOCATION, "", step.location


def makers(steps: Iterable[Step], keys: Collection[str]) -> tuple[OrgId, ...]:
    """The organizations on record as having brought any of these things about, or a lot one is
    of."""
    found: dict[OrgId, None] = {}
    for step in steps:
        if step.is_void:
            continue
        born = (*step.outputs, *(step.things if step.is_birth else ()))
        if any(thing.key in keys or thing.lot in keys for thing in born):
            found[step.org] = None
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who had goods last: the organization that recorded the step, and to whom that step says
    they went, if to anybody."""

    org: OrgId
    parties: tuple[str, ...]


def last_keeper(steps: Iterable[Step], at_ms: int) -> Keeper | None:
    """Who had the goods at that time, by the last of these steps up to then; what a sensor
    reported is nobody's taking over. None: nothing is recorded."""
    had = [
        step
        for step in steps
        if step.time_ms <= at_ms and not step.is_void and step.biz_step != "sensor_reporting"
    ]
    if not had:
        return None
    last = max(had, key=lambda step: step.order)
    by_kind = {
        kind: tuple(party.id for party in last.destinations if party.kind == kind)
        for kind in ("possessing_party", "owning_party", "location")
    }
    return Keeper(last.org, next((ids for ids in by_kind.values() if ids), ()))
