"""Which of the 24 national fields a product or one lot of it has, and which rule asks for the rest.

A pure function over master data and events. It says what is written down, not whether it is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from ledger.masterdata.lot_events import LotEvents, place_of
from ledger.masterdata.national_fields import NationalField, Profile, Rule, national_fields
from ledger.masterdata.party import Party
from ledger.masterdata.place import Place
from ledger.masterdata.product import Product

ALL = frozenset(Profile)

State = Literal["present", "missing", "not stated", "per lot"]
"""`not stated`: asked for only where there is such a thing, and nothing is said of one. `per lot`:
asked for, and to be seen of a lot only."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known. `organization` is the registered name of who says it; `producer` and `place`
    are those the product names. Without a lot there are no events."""

    product: Product
    organization: str
    producer: Party | None
    place: Place | None
    lot: str | None
    events: LotEvents

    @classmethod
    def of(
        cls,
        product: Product,
        organization: str,
        *,
        producer: Party | None = None,
        place: Place | None = None,
        lot: str | None = None,
        events: Iterable[dict[str, Any]] = (),
    ) -> Facts:
        """Facts of a product, or with a lot those of the lot and its events."""
        return cls(product, organization, producer, place, lot, LotEvents.of(events))


@dataclass(frozen=True, slots=True)
class FieldFinding:
    """One field: its state, what fills it, and the rules that ask for it."""

    field: NationalField
    state: State
    value: str | None
    rules: tuple[Rule, ...]


def check_completeness(facts: Facts, profiles: frozenset[Profile] = ALL) -> list[FieldFinding]:
    """Every field that one of these profiles asks for, by number."""
    return [
        _judge(field, facts, rules)
        for field in national_fields()
        if (rules := field.asked_by(profiles))
    ]


def _judge(field: NationalField, facts: Facts, rules: tuple[Rule, ...]) -> FieldFinding:
    value = _FINDERS[field.number](facts) or facts.events.find_member(field.members)
    state: State = "present"
    if not value:
        if field.source == "lot" and facts.lot is None:
            state = "per lot"
        else:
            state = "not stated" if field.conditional else "missing"
    return FieldFinding(field, state, value or None, rules)


def _picture(facts: Facts) -> str | None:
    return facts.product.images[0].sha256.hex() if facts.product.images else None


def _organization(facts: Facts) -> str | None:
    return facts.producer.name if facts.producer else facts.organization


def _address(facts: Facts) -> str | None:
    for whose in (facts.producer, facts.place):
        if whose is not None and whose.address is not None:
            return whose.address.text
    return None


def _identifier(facts: Facts) -> str | None:
    party = facts.producer
    if party is None:
        return None
    return party.tax_code or party.gs1_key or party.personal_id_digest


def _origin(facts: Facts) -> str | None:
    product, place = facts.product, facts.place
    if product.origin or product.origin_country:
        return product.origin or product.origin_country
    return place.address.text if place is not None and place.address is not None else None


def _stage(facts: Facts) -> str | None:
    event = facts.events.stage()
    return None if event is None else f"{place_of(event)} {event.get('eventTime')}"


def _produced(facts: Facts) -> str | None:
    event = facts.events.creating()
    return None if event is None else str(event.get("eventTime"))


def _trace_code(facts: Facts) -> str | None:
    event = facts.events.creating()
    where = None if event is None else place_of(event)
    if event is None or where is None or facts.lot is None:
        return None
    return f"{facts.product.code.text} {where} {facts.lot} {event.get('eventTime')}"


def _lot(facts: Facts) -> str | None:
    return facts.lot if facts.events.events else None


def _expiry(facts: Facts) -> str | None:
    days = facts.product.shelf_life
    return None if days is None else str(days)


def _standards(facts: Facts) -> str | None:
    return "; ".join(facts.product.standards)


def _certificates(facts: Facts) -> str | None:
    found = [one.standard for one in facts.product.certificates]
    if facts.product.ocop_stars:
        found.append(f"OCOP {facts.product.ocop_stars}")
    return "; ".join(found)


def _warning(facts: Facts) -> str | None:
    return facts.product.safety_warning or ("recalled" if facts.events.is_recalled() else None)


def _neighbours(facts: Facts) -> str | None:
    events = facts.events
    if not events.has_step_before():
        return None
    if events.left_to_nobody():
        return None
    return "recorded"


def _growers(facts: Facts) -> str | None:
    growers = {code.text for code in (*facts.product.growers, *facts.product.public_growers)}
    return "; ".join(sorted(growers))


def _area(facts: Facts) -> str | None:
    place = facts.place
    return facts.product.planting_area_code or (
        (place.planting_area_code or place.name) if place is not None else None
    )


def _stamp(facts: Facts) -> str | None:
    issuer = facts.product.stamp_issuer
    return issuer or ("associated" if facts.events.has_association() else None)


def _logbook(_facts: Facts) -> str | None:
    return None  # in the events only, under the names the table gives


_FINDERS: dict[int, Callable[[Facts], str | None]] = {
    1: lambda facts: facts.product.name,
    2: lambda facts: facts.product.gs1_key or facts.product.code.text,
    3: _picture,
    4: _organization,
    5: _address,
    6: _identifier,
    7: _origin,
    8: _stage,
    9: _produced,
    10: _trace_code,
    11: _lot,
    12: lambda facts: facts.product.brand,
    13: _expiry,
    14: _standards,
    15: _certificates,
    16: _warning,
    17: _neighbours,
    18: _growers,
    19: _area,
    20: _produced,
    21: lambda facts: ", ".join(facts.events.steps()),
    22: _stamp,
    23: _logbook,
    24: lambda facts: "; ".join(name for name, _ in facts.product.extra),
}
"""What fills each field besides the members the table names."""
