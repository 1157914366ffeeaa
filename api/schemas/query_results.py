"""The answer to an event query: an EPCISQueryDocument in the media type that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from api.negotiation import JSON, JSON_LD
from api.schemas.capture import query_document
from ledger.epcis.translation import EpcFormat, translate

Writer = Callable[[dict[str, Any]], bytes]

WRITERS: Mapping[str, Writer] = {JSON: orjson.dumps, JSON_LD: orjson.dumps}
"""How an EPCISQueryDocument, given as its JSON form, is written in each media type offered."""

MEDIA = tuple(WRITERS)


def write_results(
    events: Sequence[dict[str, Any]], created_at: str, media_type: str, epc_format: EpcFormat
) -> bytes:
    """The document around these events, each with its recordTime."""
    told = [translate(event, epc_format) for event in events]
    return WRITERS[media_type](query_document(told, created_at))
