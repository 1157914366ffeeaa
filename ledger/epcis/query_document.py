"""The answer to an event query: an EPCISQueryDocument in its JSON form (EPCIS 2.0, 12.7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from ledger.epcis.context import STANDARD

UNNAMED = "SimpleEventQuery"
"""The name of every query that has none of its own."""

MOST_EVENTS = 100
MOST_BYTES = 1024 * 1024
"""Of one batch; a single event may be larger."""


def query_document(
    events: Sequence[dict[str, Any]],
    created_at: str,
    query_name: str = UNNAMED,
    subscription_id: str | None = None,
) -> dict[str, Any]:
    """An EPCISQueryDocument around these events.

    The contexts recorded with the events move to the document, where EPCIS 2.0 wants them; an
    event whose prefixes mean something else than another's keeps its own.
    """
    context: list[Any] = [STANDARD]
    prefixes: dict[str, Any] = {}
    listed = []
    for event in events:
        own = event.get("@context")
        declared = own if isinstance(own, list) else [] if own is None else [own]
        wanted = {
            prefix: meaning
            for part in declared
            if isinstance(part, dict)
            for prefix, meaning in part.items()
        }
        if any(prefixes.get(prefix, meaning) != meaning for prefix, meaning in wanted.items()):
            listed.append(event)
            continue
        prefixes |= wanted
        context += [part for part in declared if isinstance(part, str) and part not in context]
        listed.append({name: value for name, value in event.items() if name != "@context"})
    if prefixes:
        context.append(prefixes)
    results: dict[str, Any] = {"queryName": query_name}
    if subscription_id is not None:
        results["subscriptionID"] = subscription_id
    return {
        "@context": context,
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": created_at,
        "epcisBody": {"queryResults": {**results, "resultsBody": {"eventList": listed}}},
    }


def batches(events: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The events in as few parts as the limits allow; one empty part for none."""
    part: list[dict[str, Any]] = []
    size = 0
    for event in events:
        weight = len(orjson.dumps(event))
        if part and (len(part) >= MOST_EVENTS or size + weight > MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(event)
        size += weight
    if part or not events:
        yield part
