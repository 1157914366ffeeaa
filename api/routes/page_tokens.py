"""`/epcis/nextPageToken/{token}`: let go of a page that will not be asked for (EPCIS 2.0, 12.4)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.auth import KnownCaller
from api.deps import Ledger
from api.negotiation import GS1_HEADERS, check_gs1_versions, describe_resource
from api.page_token import PageToken
from api.schemas.problem import problems
from ledger.clock import from_unix
from ledger.errors import InvalidInput, NotFound

router = APIRouter(tags=["EPCIS events"])

_TOKEN = "/epcis/nextPageToken/{token}"  # noqa: S105 - an address


@router.options(_TOKEN, status_code=204, summary="What a token offers", responses=problems(404))
def describe_token(token: str) -> Response:  # noqa: ARG001 - every token offers the same
    """Allowed methods and versions."""
    return describe_resource("DELETE, OPTIONS")


@router.delete(
    _TOKEN,
    status_code=204,
    summary="Revoke a page token",
    responses=problems(401, 403, 404, 406, 429, 503),
)
def delete_token(request: Request, token: str, caller: KnownCaller, ledger: Ledger) -> Response:
    """From now on it is refused (400, `page-token-revoked`). Again is harmless, and so is one that
    has expired; what never was a token is a 404."""
    check_gs1_versions(request.headers)
    now = ledger.clock.now()
    try:
        read = PageToken.read(token)
        if not read.has_expired(now):
            read.check_time(now)
            ledger.paging.revoke(caller, read.name, from_unix(read.expires))
    except InvalidInput:
        raise NotFound("page-token-unknown", "this is no token of ours") from None
    return Response(status_code=204, headers=GS1_HEADERS)
