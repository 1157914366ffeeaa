"""The monthly statistics of an organization: the six outputs of Decree 30/2020 Annex VI part V.

Computed from legs as the chain has them, so that an auditor who computes them again gets the same
bytes. What the organization signs and anchors is a record of kind `exchange.statistics`: counts,
and for each output its rows and the SHA-256 of its CSV. The outputs themselves are made again by
whoever may see the legs.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger import canonical
from ledger.digest import Digest, sha256
from ledger.errors import InvalidInput
from ledger.exchange.history import LegHistory, Month
from ledger.exchange.members import Members
from ledger.exchange.registers import (
    Register,
    incoming_files,
    incoming_register,
    outgoing_files,
    outgoing_register,
)
from ledger.exchange.settlement import (
    INCOMING_COUNTS,
    OUTGOING_COUNTS,
    TOTAL,
    incoming_settlement,
    outgoing_settlement,
)
from ledger.identity.organization import OrgId
from ledger.records.record import Record, RecordId

STATISTICS_KIND = "exchange.statistics"

OUTPUTS = {
    "outgoingRegister": outgoing_register,
    "incomingRegister": incoming_register,
    "outgoingSettlement": outgoing_settlement,
    "incomingSettlement": incoming_settlement,
    "outgoingFiles": outgoing_files,
    "incomingFiles": incoming_files,
}
"""The six outputs, in the order in which the decree lists them."""

_BASIS = b"provenance/exchange-basis/v1\n"
_COUNT = 4
_MOST = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Statistics:
    """The statistics of one organization and month. `basis` is a digest over every event they were
    made of; `legs` and `events` count these."""

    org: OrgId
    month: Month
    outputs: dict[str, Register]
    legs: int
    events: int
    basis: Digest

    @classmethod
    def compute(cls, legs: Iterable[LegHistory], org: OrgId, month: Month) -> Statistics:
        """From the legs that concern the organization and month; others and later events are left
        out, and the order of the legs does not matter."""
        known = sorted(
            (
                then
                for leg in legs
                if org in (leg.sender, leg.recipient)
                and leg.concerns(month)
                and (then := leg.until(month.ends)) is not None
            ),
            key=lambda leg: leg.leg,
        )
        return cls(
            org=org,
            month=month,
            outputs={name: make(known, org, month) for name, make in OUTPUTS.items()},
            legs=len(known),
            events=sum(len(leg.events) for leg in known),
            basis=_basis(known),
        )

    def to_json(self) -> dict[str, Any]:
        """Everything, as one JSON object."""
        return self.summary() | {
            "tables": {
                name: {"columns": list(table.columns), "rows": [list(row) for row in table.rows]}
                for name, table in self.outputs.items()
            }
        }

    def summary(self) -> dict[str, Any]:
        """What is signed: the body of the record."""
        return {
            "v": 1,
            "month": self.month.text,
            "legs": self.legs,
            "events": self.events,
            "basis": self.basis.hex(),
            "outputs": {
                name: {"rows": len(table.rows), "csv": sha256(write_csv(table)).hex()}
                for name, table in self.outputs.items()
            },
            "outgoing": _totals(self.outputs["outgoingSettlement"]),
            "incoming": _totals(self.outputs["incomingSettlement"]),
        }

    def record(self, record_id: RecordId, captured_at: datetime) -> Record:
        """The record to sign and anchor."""
        return Record(record_id, STATISTICS_KIND, self.org, captured_at, self.summary())

    def check(self, body: Any) -> None:
        """That a record says exactly this. Raises InvalidInput `statistics-differ` at the first
        member that does not."""
        mine = self.summary()
        if not isinstance(body, dict):
            raise InvalidInput("statistics-differ", "this is no object", pointer="")
        for name in sorted(mine.keys() | body.keys()):
            _compare(mine.get(name), body.get(name), f"/{name}")


@dataclass(frozen=True, slots=True)
class SignedStatistics:
    """The body of an `exchange.statistics` record as an organization signed it: well-formed, and
    not yet compared with anything. Raises InvalidInput `statistics-malformed`."""

    month: Month
    body: dict[str, Any]

    @classmethod
    def read(cls, body: Any) -> SignedStatistics:
        """Read the body."""
        members = Members(body, "", "statistics-malformed")
        members.integer("v", 1, 1)
        outputs = members.object("outputs")
        for name in OUTPUTS:
            output = outputs.object(name)
            output.integer("rows", 0, _MOST)
            output.digest("csv")
            output.end()
        outputs.end()
        for name, counts in (("outgoing", OUTGOING_COUNTS), ("incoming", INCOMING_COUNTS)):
            part = members.object(name)
            for count in counts:
                part.integer(count, 0, _MOST)
            part.end()
        for name in ("legs", "events"):
            members.integer(name, 0, _MOST)
        members.digest("basis")
        month = Month.parse(members.text("month", 7))
        members.end()
        return cls(month, body)


def write_csv(table: Register) -> bytes:
    """UTF-8, one line of names, lines end in CR LF (RFC 4180). What begins like a formula gets an
    apostrophe first, as spreadsheets would run it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow(["" if cell is None else _inert(cell) for cell in row])
    return text.getvalue().encode()


def write_json(statistics: Statistics) -> bytes:
    """Canonical JSON (RFC 8785) of all of it."""
    return canonical.encode(statistics.to_json())


def _inert(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t" else cell


def _totals(table: Register) -> dict[str, Any]:
    (total,) = (row for row in table.rows if row[0] == TOTAL)
    return dict(zip(table.columns[1:], total[1:], strict=True))


def _basis(legs: list[LegHistory]) -> Digest:
    """SHA256(domain ‖ for each leg in order of ids: id ‖ u32be(events) ‖ for each event: action ‖
    state ‖ u64be(block time) ‖ commitment)."""
    parts = [_BASIS]
    for leg in legs:
        parts += [leg.leg, len(leg.events).to_bytes(_COUNT, "big")]
        for event in leg.events:
            parts.append(bytes([event.action, event.state]))
            parts += [event.at.to_bytes(8, "big"), event.commitment]
    return sha256(*parts)


def _compare(mine: Any, theirs: Any, at: str) -> None:
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for name in sorted(mine.keys() | theirs.keys()):
            _compare(mine.get(name), theirs.get(name), f"{at}/{name}")
    elif mine != theirs or type(mine) is not type(theirs):
        raise InvalidInput("statistics-differ", f"computed again it is {mine!r:.80}", pointer=at)
