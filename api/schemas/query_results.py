"""The answer to an event query: an EPCISQueryDocument in the media type that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from api.negotiation import BOTH_XML, JSON, JSON_LD
from ledger.epcis.query_document import UNNAMED, query_document
from ledger.epcis.translation import EpcFormat, translate
from ledger.epcis.xml_writing import write_query_document

MEDIA = (JSON, JSON_LD, *BOTH_XML)


def write_results(
    events: Sequence[dict[str, Any]],
    created_at: str,
    media_type: str,
    epc_format: EpcFormat,
    *,
    cbv_as_urn: bool = True,
    query_name: str = UNNAMED,
) -> bytes:
    """The document around these events, each with its recordTime. `cbv_as_urn` is for XML only."""
    told = [translate(event, epc_format) for event in events]
    document = query_document(told, created_at, query_name)
    if media_type in BOTH_XML:
        return write_query_document(document, as_urn=cbv_as_urn)
    return orjson.dumps(document)
