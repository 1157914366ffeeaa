"""Steps for tests of tracing, and a reader that keeps them in a list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ledger.epcis.keys import KeyRole, event_keys
from ledger.epcis.step import Step, read_step
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId

ORG = OrgId(bytes(31) + b"\x01")
_START = 1_772_352_000_000


class ListedSteps:
    """A `StepReader` over events in memory, found by what the index would hold of them."""

    def __init__(self, events: Sequence[dict[str, Any]], org: OrgId = ORG) -> None:
        self.asked = 0
        self._steps: list[tuple[Step, frozenset[tuple[str, int]]]] = []
        for number, event in enumerate(events):
            step = read_step(
                event,
                number=number,
                record_id=RecordId(number.to_bytes(16, "big")),
                org=org,
                time_ms=_START + event["at"],
                sees=lambda _: True,
            )
            assert step is not None
            self._steps.append((step, frozenset(event_keys(event))))

    def read(self, keys: Collection[str], roles: Collection[KeyRole], limit: int) -> Sequence[Step]:
        self.asked += 1
        wanted = {(key, int(role)) for key in keys for role in roles}
        found = [step for step, named in self._steps if named & wanted]
        return sorted(found, key=lambda step: step.order, reverse=True)[:limit]


def moment(at: int) -> int:
    """Milliseconds of the time `at` that events of these tests have."""
    return _START + at


def told(kind: str, at: int, **members: Any) -> dict[str, Any]:
    """An event as it is recorded, `at` milliseconds after the beginning."""
    return {
        "type": kind,
        "eventID": f"urn:event:{kind}:{at}",
        "eventTime": f"T{at:06}",
        "at": at,
        **members,
    }


def lot(name: str, quantity: float | None = None, uom: str = "KGM") -> dict[str, Any]:
    """An element of a quantity list."""
    element: dict[str, Any] = {"epcClass": f"urn:lot:{name}"}
    if quantity is not None:
        element |= {"quantity": quantity, "uom": uom}
    return element


def transformed(
    at: int, inputs: Sequence[str], outputs: Sequence[str], **members: Any
) -> dict[str, Any]:
    """Things went in, others came out."""
    return told(
        "TransformationEvent",
        at,
        inputEPCList=list(inputs),
        outputEPCList=list(outputs),
        **members,
    )


def packed(
    at: int, action: str, parent: str, *children: str, kind: str = "AggregationEvent"
) -> dict[str, Any]:
    """Things were put into a container, taken out or seen in it."""
    return told(kind, at, action=action, parentID=parent, childEPCs=list(children))
