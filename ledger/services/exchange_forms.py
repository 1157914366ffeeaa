"""Evidence of a leg in the forms that others read: ERDS JSON and the Status of edXML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger import canonical
from ledger.errors import NotFound
from ledger.exchange import erds
from ledger.exchange.edxml.status import EdxmlStatus, write_status
from ledger.exchange.evidence import Evidence
from ledger.services.exchange_reading import LegView
from ledger.storage.exchange_events import EventRow, EventStatus


def erds_of(view: LegView) -> list[dict[str, Any]]:
    """The evidence of a leg in order, with what the chain made of it."""
    return [erds.export(evidence, _place(row)) for row, evidence in _told(view)]


def status_of(view: LegView, number: int) -> bytes:
    """One event as an edXML file. Raises NotFound `evidence-unknown`, InvalidInput
    `edxml-status-missing`."""
    for row, evidence in _told(view):
        if row.nonce == number:
            return write_status(EdxmlStatus.of(evidence))
    raise NotFound("evidence-unknown", f"there is no evidence of event {number}")


def _told(view: LegView) -> Iterator[tuple[EventRow, Evidence]]:
    for row in view.events:
        if row.evidence_record is not None and row.status is not EventStatus.REFUSED:
            yield row, erds.read_record(canonical.parse(row.evidence_record.encode()))


def _place(row: EventRow) -> erds.ChainPlace | None:
    anchor = row.anchor
    if anchor is None:
        return None
    return erds.ChainPlace(anchor.block, anchor.time, anchor.transaction, anchor.log_index)
