"""Events as rows of a CSV file (RFC 4180, UTF-8), one per event.

Lists are joined by a space, which no URI holds. A cell that a spreadsheet would take for a formula
begins with an apostrophe: what strangers record must not run in the reader's program.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from typing import Any

COLUMNS = (
    "record_id", "org", "organization", "captured_at", "leaf_index", "commitment", "event_id",
    "type", "event_time", "event_time_zone_offset", "action", "biz_step", "disposition",
    "read_point", "biz_location", "things", "inputs", "outputs",
)  # fmt: skip

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_THINGS = ("epcList", "quantityList", "parentID", "childEPCs", "childQuantityList")
_INPUTS = ("inputEPCList", "inputQuantityList")
_OUTPUTS = ("outputEPCList", "outputQuantityList")


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """One event as the public sees it, and the record that holds it."""

    record_id: str
    org: str
    organization: str
    captured_at: str
    leaf_index: int
    commitment: str
    event: dict[str, Any]

    def row(self) -> list[str]:
        """Its cells, in the order of COLUMNS."""
        event = self.event
        return [
            self.record_id,
            self.org,
            self.organization,
            self.captured_at,
            str(self.leaf_index),
            self.commitment,
            *(
                _text(event.get(name))
                for name in (
                    *("eventID", "type", "eventTime", "eventTimeZoneOffset"),
                    *("action", "bizStep", "disposition"),
                )
            ),
            _text(_id(event.get("readPoint"))),
            _text(_id(event.get("bizLocation"))),
            *(_things(event, names) for names in (_THINGS, _INPUTS, _OUTPUTS)),
        ]


def heading() -> str:
    """The first line."""
    return line(COLUMNS)


def line(cells: Iterable[str]) -> str:
    """One line of CSV, quoted where it must be, ended by CR LF."""
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_harmless(cell) for cell in cells])
    return out.getvalue()


def _harmless(cell: str) -> str:
    # An event time zone begins with a sign and is no formula.
    return f"'{cell}" if cell.startswith(_FORMULA) and not _is_offset(cell) else cell


def _is_offset(cell: str) -> bool:
    return len(cell) == 6 and cell[0] in "+-" and cell[1:].replace(":", "", 1).isdigit()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _id(place: Any) -> Any:
    return place.get("id") if isinstance(place, dict) else None


def _things(event: dict[str, Any], names: tuple[str, ...]) -> str:
    found: list[str] = []
    for name in names:
        value = event.get(name)
        for item in value if isinstance(value, list) else [value]:
            one = item.get("epcClass") if isinstance(item, dict) else item
            if isinstance(one, str):
                found.append(one)
    return " ".join(found)
