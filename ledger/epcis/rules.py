"""What EPCIS 2.0 demands across the fields of one event, beyond the shape of each.

The official JSON schema lets most of these faults through; the standard's text does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from ledger.epcis.fields import parse_time, refuse, shown
from ledger.epcis.keys import key_of

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far two clocks that tell of one event may differ: sensor, capturing system and ours."""

_DISTINCT = ("epcList", "inputEPCList", "outputEPCList")
_INLINE = ("time", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")


def check_rules(event: dict[str, Any], event_time: datetime) -> list[str]:
    """Raise InvalidInput, pointer relative to the event; return what is odd but allowed."""
    rule = _BY_TYPE.get(event["type"])
    if rule is None:
        return []
    rule(event)
    warnings = [told for name in _DISTINCT if name in event for told in _find_doubles(event, name)]
    if "sensorElementList" in event:
        warnings += _check_sensors(event["sensorElementList"], event_time)
    return warnings


def _find_doubles(event: dict[str, Any], name: str) -> Iterator[str]:
    """Things that stand twice, spelled in two ways. The standard forbids what is written alike
    twice and leaves this free; the reference's own documents do it."""
    epcs = event[name]
    if len(epcs) < 2:
        return
    first: dict[str, str] = {}
    for index, epc in enumerate(epcs):
        earlier = first.setdefault(key_of(epc), epc)
        if earlier is not epc:
            yield f"{name}/{index}: {shown(epc)} stands twice, before as {shown(earlier)}"


def _check_aggregation(event: dict[str, Any]) -> None:
    # OBSERVE may speak of children whose container was not seen; packing and unpacking may not.
    if event["action"] != "OBSERVE" and "parentID" not in event:
        refuse("epcis-parent-missing", f"{event['action']} without parentID", "/parentID")
    _check_children(event)


def _check_children(event: dict[str, Any]) -> None:
    # DELETE without children means that everything was unpacked.
    if event["action"] != "DELETE" and not event.get("childEPCs"):
        if event.get("childQuantityList"):
            return
        refuse("epcis-children-missing", f"{event['action']} without children", "/childEPCs")


def _check_object(event: dict[str, Any]) -> None:
    if "ilmd" in event and event["action"] != "ADD":
        refuse("epcis-action-conflict", f"ilmd with action {event['action']}", "/ilmd")
    if (
        "epcList" not in event
        and not event.get("quantityList")
        and not (event.get("sensorElementList") and "readPoint" in event)
    ):
        refuse(
            "epcis-items-missing",
            "neither epcList nor quantityList, nor sensor data with a read point",
            "/epcList",
        )


def _check_transaction(event: dict[str, Any]) -> None:
    if event["action"] != "DELETE" and "epcList" not in event and not event.get("quantityList"):
        refuse("epcis-items-missing", "neither epcList nor quantityList", "/epcList")


def _check_transformation(event: dict[str, Any]) -> None:
    has_input = bool(event.get("inputEPCList") or event.get("inputQuantityList"))
    has_output = bool(event.get("outputEPCList") or event.get("outputQuantityList"))
    if has_input and has_output:
        return
    if not has_input and not has_output:
        refuse("epcis-items-missing", "neither inputs nor outputs", "/inputEPCList")
    if "transformationID" not in event:
        missing = "output" if has_input else "input"
        refuse(
            "epcis-items-missing",
            f"no {missing}s, and no transformationID that ties the event to where they are told",
            f"/{missing}EPCList",
        )


def _check_sensors(elements: list[Any], event_time: datetime) -> Iterator[str]:
    latest = event_time + CLOCK_TOLERANCE
    for at, element in enumerate(elements):
        metadata = element.get("sensorMetadata", {})
        yield from _check_reading(metadata, latest, event_time, f"/{at}/sensorMetadata/time")
        for index, report in enumerate(element["sensorReport"]):
            here = f"/sensorElementList/{at}/sensorReport/{index}"
            for name in _INLINE:
                if name in report and name in metadata:
                    refuse(
                        "epcis-attribute-repeated",
                        f"{name} stands both in sensorMetadata and in sensorReport",
                        f"{here}/{name}",
                    )
            yield from _check_reading(
                report, latest, event_time, f"/{at}/sensorReport/{index}/time"
            )


def _check_reading(
    holder: dict[str, Any], latest: datetime, event_time: datetime, at: str
) -> Iterator[str]:
    if "time" in holder:
        time = parse_time(holder["time"])
        if time > latest:
            refuse(
                "epcis-sensor-time-late",
                f"the sensor's time {holder['time']} is after the event's",
                f"/sensorElementList{at}",
            )
        if time > event_time:
            yield f"the sensor's time {holder['time']} is a little after the event's"


_BY_TYPE: dict[str, Callable[[dict[str, Any]], None]] = {
    "AggregationEvent": _check_aggregation,
    "AssociationEvent": _check_children,
    "ObjectEvent": _check_object,
    "TransactionEvent": _check_transaction,
    "TransformationEvent": _check_transformation,
}
