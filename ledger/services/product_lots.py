"""The lots of a product that were recorded of late.

Events are found by lot, not by product, so a product's lots are looked for among the newest events
of the organizations that describe it: enough for a page, and a bounded amount of work. Of each lot
one event stands for it: the one in which it is made, or else the newest that names it.
"""

from __future__ import annotations

from collections.abc import Collection

import orjson

from ledger.epcis.keys import EVERY_EVENT, KeyRole, event_keys
from ledger.gs1.digital_link import CANONICAL_STEM
from ledger.identity.organization import OrgId
from ledger.storage.epcis import StoredEventRow
from ledger.storage.transaction import Transaction

MOST_LOTS = 24
MOST_WALKED = 4_000
"""Newest events looked through."""
_CHUNK = 500
_MADE = (KeyRole.OUTPUT_CLASS, KeyRole.OUTPUT)


def find_lots(
    tx: Transaction, gtin: str, orgs: Collection[OrgId], log_size: int
) -> list[StoredEventRow]:
    """Events that stand for the lots, newest first, each once; only such as the log of `log_size`
    leaves, of which there is proof, holds."""
    places = tx.steps.places([EVERY_EVENT], [KeyRole.EVENT], MOST_WALKED) if orgs else ()
    chosen: dict[str, StoredEventRow] = {}
    made: set[str] = set()
    for start in range(0, len(places), _CHUNK):
        for row in tx.epcis.events_at(places[start : start + _CHUNK], orgs):
            if row.leaf_index is None or row.leaf_index >= log_size:
                continue
            for lot, is_made in _lots_named(row, gtin).items():
                if (lot not in chosen and len(chosen) < MOST_LOTS) or (
                    is_made and lot in chosen and lot not in made
                ):
                    chosen[lot] = row
                    made |= {lot} if is_made else set()
    return list({row.record_pk: row for row in chosen.values()}.values())


def _lots_named(row: StoredEventRow, gtin: str) -> dict[str, bool]:
    """The lots of the product that an event names, and whether it makes them."""
    assert row.body is not None
    if gtin.encode() not in row.body and b"urn:epc:" not in row.body:
        return {}
    stem = f"{CANONICAL_STEM}/01/{gtin}/10/"
    event = orjson.loads(row.body)
    is_birth = event.get("action") == "ADD" and event["type"] == "ObjectEvent"
    found: dict[str, bool] = {}
    for key, role in event_keys(event):
        if key.startswith(stem):
            found[key] = found.get(key, False) or is_birth or role in _MADE
    return found
