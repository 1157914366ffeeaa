"""Corrections: which recorded events were declared in error, by what, and what stands instead.

An error declaration is the event again, under its own eventID, with an `errorDeclaration` (EPCIS
2.0, section 7.4.1.2). Nothing is replaced: both versions stay recorded and provable, and whoever
is shown one is told of the other. Only what the same organization declares counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ledger.identity.organization import OrgId
from ledger.records.record import RecordId


class Version(NamedTuple):
    """One recorded event, as far as the asker may see it."""

    record_id: RecordId
    org: OrgId
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Corrective:
    """An event that stands instead; no record where nobody here has recorded it."""

    event_id: str
    record_id: RecordId | None


@dataclass(frozen=True, slots=True)
class Correction:
    """What was declared about an event. Times and words as the declaration has them."""

    declared_by: RecordId
    declaration_time: str
    reason: str | None
    correctives: tuple[Corrective, ...]


def find_corrections(versions: Sequence[Version]) -> dict[RecordId, Correction]:
    """For every version of an event that is declared in error, the latest declaration about it."""
    records = {(one.org, one.event.get("eventID")): one.record_id for one in versions}
    declared: dict[tuple[OrgId, Any], Correction] = {}
    for one in versions:
        declaration = one.event.get("errorDeclaration")
        if isinstance(declaration, Mapping):
            declared[one.org, one.event.get("eventID")] = Correction(
                declared_by=one.record_id,
                declaration_time=str(declaration.get("declarationTime", "")),
                reason=declaration.get("reason"),
                correctives=tuple(
                    Corrective(event_id, records.get((one.org, event_id)))
                    for event_id in _texts(declaration.get("correctiveEventIDs", ()))
                ),
            )
    return {
        one.record_id: declared[key]
        for one in versions
        if (key := (one.org, one.event.get("eventID"))) in declared
    }


def _texts(values: Iterable[Any]) -> list[str]:
    return [value for value in values if isinstance(value, str)]
