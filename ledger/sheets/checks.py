"""What is odd across the rows of one file, where each row alone is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from ledger.epcis.context import Context
from ledger.epcis.event import Event, check_event
from ledger.errors import InvalidInput
from ledger.sheets.conversion import Converted
from ledger.sheets.fault import Fault, fault, warning


def check_all(found: Sequence[Converted], now: datetime) -> Iterator[Event | Fault]:
    """Check each event as every way in does. Its eventID is its event hash, so that the same sheet
    handed in twice, or a row of it by the API, is recorded once.

    A row that says exactly what an earlier one said is a fault: it is written twice by mistake, or
    there is no telling the two occasions apart.
    """
    first: dict[str, int] = {}
    context = Context()
    for converted in found:
        try:
            event = check_event(converted.event, context, now)
        except InvalidInput as refused:
            why = f"{refused.detail} (at {refused.pointer or '/'})"
            yield fault("sheet-event-refused", converted.place, why=why)
            continue
        row = first.setdefault(event.event_id, converted.rows[0])
        if row != converted.rows[0]:
            yield fault("sheet-row-repeated", converted.place, row=row)
        else:
            yield event


def find_warnings(found: Sequence[Converted], today: date) -> list[Fault]:
    """Odd and allowed: dates to come, harvests before an isolation time is over."""
    warnings: list[Fault] = []
    isolations = _isolations(found)
    for converted in found:
        day = date.fromisoformat(converted.event["eventTime"][:10])
        if day > today:
            warnings.append(
                warning(
                    "sheet-date-future",
                    converted.place,
                    value=day.strftime("%d/%m/%Y"),
                )
            )
        if converted.activity.name != "harvest":
            continue
        for element in converted.event["quantityList"]:
            for isolation in isolations.get(element["epcClass"], ()):
                if isolation.begins <= day < isolation.ends:
                    warnings.append(
                        warning(
                            "sheet-isolation-running",
                            converted.place,
                            date=day.strftime("%d/%m/%Y"),
                            input=isolation.name,
                            until=isolation.ends.strftime("%d/%m/%Y"),
                        )
                    )
    return warnings


class _Isolation(NamedTuple):
    """From the day of use until the day harvesting is allowed again."""

    begins: date
    ends: date
    name: str


def _isolations(found: Sequence[Converted]) -> dict[str, list[_Isolation]]:
    by_lot: dict[str, list[_Isolation]] = {}
    for converted in found:
        days = converted.event.get("vn:soNgayCachLy")
        if not days or converted.activity.name != "input":
            continue
        begins = date.fromisoformat(converted.event["eventTime"][:10])
        isolation = _Isolation(
            begins, begins + timedelta(days=days), converted.event["vn:tenVatTu"]
        )
        for element in converted.event["quantityList"]:
            by_lot.setdefault(element["epcClass"], []).append(isolation)
    return by_lot
