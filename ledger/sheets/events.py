"""Rows of one activity → EPCIS events, the same that the API takes.

What belongs to the occasion (when, where, with whom) stands once; what moved stands in lists. Rows
that the activity takes together become one event, their goods one list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from ledger.sheets.directory import document_uri, item_uri, lot_uri
from ledger.sheets.moment import OFFSET, event_time
from ledger.sheets.template import UNITS, VN, Activity

Values = dict[str, Any]
"""The values of one row by column key."""

CONTEXT: list[Any] = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"vn": VN},
]
_PLACE = re.compile(r"(https://id\.gs1\.org/414/[0-9]{13})/254/.*")


class Item(NamedTuple):
    """What one row says has moved: one thing, or a quantity of a lot."""

    id: str
    is_instance: bool
    quantity: int | float | None = None
    unit: str | None = None

    def element(self) -> Values:
        """As an EPCIS quantity element (EPCIS 2.0, 7.3.3.3); pieces have no unit."""
        found: Values = {"epcClass": self.id}
        if self.quantity is not None:
            found["quantity"] = self.quantity
            uom = UNITS[self.unit] if self.unit is not None else None
            if uom is not None:
                found["uom"] = uom
        return found


def item_of(values: Values, prefix: str = "") -> Item | None:
    """The goods of a row; None where it names none. `material_` is the prefix of inputs."""
    product, lot = values.get(prefix or "product"), values.get(f"{prefix}_lot" if prefix else "lot")
    if prefix:
        quantity, unit = values.get(f"{prefix}_quantity"), values.get(f"{prefix}_unit")
    else:
        if "container" in values and product is None:
            return Item(values["container"], True)
        quantity, unit = values.get("quantity"), values.get("unit")
        if product is not None and "serial" in values:
            return Item(item_uri(product, lot, values["serial"]), True)
    if product is None or lot is None:
        return None
    return Item(lot_uri(product, lot), False, quantity, unit)


def build(activity: Activity, values: Values, items: Sequence[Item]) -> Values:
    """One event. `values` are those of the whole occasion; `items` the goods of all its rows."""
    event: Values = {
        "@context": CONTEXT,
        "type": activity.type,
        "eventTime": event_time(values["date"], values.get("time")),
        "eventTimeZoneOffset": OFFSET,
        "bizStep": activity.biz_step,
    }
    if activity.action is not None:
        event["action"] = activity.action
    if activity.disposition is not None:
        event["disposition"] = activity.disposition
    _add_place(event, activity, values["place"])
    if activity.type == "TransformationEvent":
        event["inputQuantityList"] = [item.element() for item in items]
        output = item_of(values)
        assert output is not None, "the output's columns are required"
        event["outputQuantityList"] = [output.element()]
    elif activity.type == "AggregationEvent":
        event["parentID"] = values["container"]
        _add_items(event, items, "childEPCs", "childQuantityList")
    else:
        _add_items(event, items, "epcList", "quantityList")
    _add_parties(event, values)
    if activity.transaction is not None and "document" in values:
        event["bizTransactionList"] = [
            {
                "type": activity.transaction,
                "bizTransaction": document_uri(values["place"], values["document"]),
            }
        ]
    _add_extensions(event, activity, values)
    return event


def _add_place(event: Values, activity: Activity, place: str) -> None:
    event["readPoint"] = {"id": place}
    if not activity.leaves:
        whole = _PLACE.fullmatch(place)
        event["bizLocation"] = {"id": whole[1] if whole is not None else place}


def _add_items(event: Values, items: Sequence[Item], things: str, quantities: str) -> None:
    instances = [item.id for item in items if item.is_instance]
    classes = [item.element() for item in items if not item.is_instance]
    if instances:
        event[things] = instances
    if classes:
        event[quantities] = classes


def _add_parties(event: Values, values: Values) -> None:
    if "receiver" in values:
        event["destinationList"] = [{"type": "owning_party", "destination": values["receiver"]}]
    if "sender" in values:
        event["sourceList"] = [{"type": "owning_party", "source": values["sender"]}]


def _add_extensions(event: Values, activity: Activity, values: Values) -> None:
    about: Values = {}
    for column in activity.columns:
        if column.extension is not None and column.key in values:
            (about if column.ilmd else event)[column.extension] = values[column.key]
    if about:
        event["ilmd"] = about
