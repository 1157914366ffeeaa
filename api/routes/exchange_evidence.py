"""`/exchange/legs/{leg}/evidence`: evidence as ETSI EN 319 522 and as edXML write it.

Two forms of one record. The first has what the chain made of it where the standard leaves room for
that; neither is signed as a whole: what was signed and committed to stands in `…/events`.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.auth import Reader
from api.deps import Ledger
from api.schemas.problem import problems
from ledger.digest import Digest
from ledger.services.exchange_forms import erds_of, status_of

router = APIRouter(tags=["exchange"])

LegPath = Annotated[str, Path(description="Id of the leg.", pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[int, Path(ge=0, le=2**32 - 1, description="`nonce` of the event.")]

_XML: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "An edXML file with a Status message.",
        "content": {"application/xml": {"schema": {"type": "string"}}},
    }
}


@router.get(
    "/exchange/legs/{leg}/evidence",
    summary="Evidence of a leg as ERDS JSON",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def get_evidence(leg: LegPath, caller: Reader, ledger: Ledger) -> list[dict[str, Any]]:
    """docs/formats/evidence.md, in order. Of a deadline that passed nobody signs any, and of what
    was erased there is none any more."""
    return erds_of(ledger.exchange.reading.leg(caller, Digest.from_hex(leg)))


@router.get(
    "/exchange/legs/{leg}/evidence/{number}/status",
    summary="One event as an edXML Status",
    response_class=Response,
    responses={**_XML, **problems(400, 401, 403, 404, 429, 503)},
)
def get_status(leg: LegPath, number: Number, caller: Reader, ledger: Ledger) -> Response:
    """docs/formats/edxml.md; 400 `edxml-status-missing` for an event that edXML has no code for."""
    view = ledger.exchange.reading.leg(caller, Digest.from_hex(leg))
    return Response(status_of(view, number), media_type="application/xml")
