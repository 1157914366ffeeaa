"""One event as tracing reads it: which things went in, came out, were packed or were seen.

Things are named by their keys (`keys.key_of`), so that one lot has one name however it was spelled.
Members that the reader may not see are as if they were not there: a trace shows no one more than
the events themselves would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from ledger.epcis.keys import key_of
from ledger.epcis.schema import EVENT_TYPES
from ledger.errors import InvalidInput
from ledger.gs1.identifier import find_identifier
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId

Sees = Callable[[str], bool]
"""Whether the reader may see the member of an event at this pointer, such as `/epcList`."""


class Thing(NamedTuple):
    """Something an event names. `amount` is None for one item, and for a class of which no
    quantity is told; `unit` is a UN/ECE Recommendation 20 code, None for a count."""

    key: str
    lot: str | None = None
    """The lot that the id of a single item mentions besides."""
    is_class: bool = False
    amount: Decimal | None = None
    unit: str | None = None


class Party(NamedTuple):
    """A source or destination: its kind (`owning_party`, `possessing_party`, `location`) and id."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Step:
    """What one event says happened. `number` orders events of the same time as they were taken in.

    `things` are what an event saw or counted (epcList, quantityList); `children` what it packed,
    unpacked or found packed in `parent`.
    """

    number: int
    record_id: RecordId
    org: OrgId
    event_id: str
    type: str
    time_ms: int
    time: str
    action: str | None = None
    biz_step: str | None = None
    disposition: str | None = None
    things: tuple[Thing, ...] = ()
    parent: str | None = None
    children: tuple[Thing, ...] = ()
    inputs: tuple[Thing, ...] = ()
    outputs: tuple[Thing, ...] = ()
    transformation: str | None = None
    location: str | None = None
    sources: tuple[Party, ...] = ()
    destinations: tuple[Party, ...] = ()
    is_void: bool = False
    """The event declares an earlier one, itself as first told, to be an error."""

    @property
    def order(self) -> tuple[int, int]:
        """Where it stands among all others."""
        return self.time_ms, self.number

    @property
    def is_transformation(self) -> bool:
        """Whether things went in and others came out."""
        return self.type == "TransformationEvent"

    @property
    def is_nesting(self) -> bool:
        """Whether it says what is in, or fixed to, something else."""
        return self.parent is not None and self.type in ("AggregationEvent", "AssociationEvent")

    @property
    def is_birth(self) -> bool:
        """Whether the things it names began to exist with it."""
        return self.type == "ObjectEvent" and self.action == "ADD"

    def named(self) -> tuple[Thing, ...]:
        """Everything it names, the parent left out."""
        return (*self.things, *self.children, *self.inputs, *self.outputs)


def read_step(
    event: Mapping[str, Any],
    *,
    number: int,
    record_id: RecordId,
    org: OrgId,
    time_ms: int,
    sees: Sees,
) -> Step | None:
    """The step a recorded event tells; None for an event type of somebody's own."""
    if event["type"] not in EVENT_TYPES:
        return None
    parent, transformation = event.get("parentID"), event.get("transformationID")
    location = event.get("bizLocation", {}).get("id")
    if any(name in event and not sees(f"/{name}") for name in ("childEPCs", "childQuantityList")):
        parent = None  # children that are hidden must not look like "all of them"
    return Step(
        number=number,
        record_id=record_id,
        org=org,
        event_id=event["eventID"],
        type=event["type"],
        time_ms=time_ms,
        time=event["eventTime"],
        action=event.get("action"),
        biz_step=event.get("bizStep"),
        disposition=event.get("disposition"),
        things=_things(event, "epcList", "quantityList", sees),
        parent=key_of(parent) if parent is not None and sees("/parentID") else None,
        children=_things(event, "childEPCs", "childQuantityList", sees),
        inputs=_things(event, "inputEPCList", "inputQuantityList", sees),
        outputs=_things(event, "outputEPCList", "outputQuantityList", sees),
        transformation=(
            key_of(transformation)
            if transformation is not None and sees("/transformationID")
            else None
        ),
        location=key_of(location) if location is not None and sees("/bizLocation/id") else None,
        sources=_parties(event, "sourceList", "source", sees),
        destinations=_parties(event, "destinationList", "destination", sees),
        is_void="errorDeclaration" in event,
    )


def _things(event: Mapping[str, Any], items: str, classes: str, sees: Sees) -> tuple[Thing, ...]:
    if items not in event and classes not in event:
        return ()
    found: list[Thing] = []
    if items in event and sees(f"/{items}"):
        found += (_thing(epc) for epc in event[items])
    if classes in event and sees(f"/{classes}"):
        found += (_amount(element) for element in event[classes])
    return tuple(found)


def _thing(epc: str) -> Thing:
    try:
        found = find_identifier(epc)
    except InvalidInput:  # a reference that only looks like a GS1 key
        found = None
    return Thing(epc) if found is None else Thing(found.uri, found.lot_uri)


def _amount(element: Mapping[str, Any]) -> Thing:
    quantity = element.get("quantity")
    amount = None if quantity is None else Decimal(str(quantity))
    return Thing(key_of(element["epcClass"]), None, True, amount, element.get("uom"))


def _parties(event: Mapping[str, Any], name: str, member: str, sees: Sees) -> tuple[Party, ...]:
    if name not in event or not sees(f"/{name}"):
        return ()
    return tuple(Party(str(one["type"]), key_of(one[member])) for one in event[name])
