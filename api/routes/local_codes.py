"""`/o/{organization}/p/{code}/lot/{lot}`: what a code of an organization's own opens.

A household without a GTIN names its goods by a URI on the ledger's domain; it is printed, scanned
and checked as a GS1 Digital Link is.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from api.auth import OPTIONAL_SECURITY, Visitor
from api.deps import Ledger, Metered
from api.negotiation import JSON, choose_media_type
from api.schemas.problem import problems
from api.schemas.story import StoryAnswer, story_answer
from api.web.pages import local_story_page
from ledger.app import App
from ledger.errors import InvalidInput, NotFound
from ledger.gs1.qr import capitalised, encode_qr
from ledger.masterdata.code import LocalUri, find_local_uri

router = APIRouter(tags=["consumers"], dependencies=[Metered])

HTML = "text/html"
Org = Annotated[str, Path(description="Organization id, 64 hex digits.", max_length=64)]
Code = Annotated[str, Path(description="Product code of the organization's own.", max_length=60)]
Lot = Annotated[str, Path(description="Lot number, percent-encoded.", max_length=200)]


@router.get(
    "/o/{org}/p/{code}/lot/{lot:path}",
    summary="The story of a lot under a code of one's own",
    openapi_extra=OPTIONAL_SECURITY,
    responses={
        200: {
            "model": StoryAnswer,
            "description": "The page, or with Accept: application/json its facts.",
            "content": {HTML: {"schema": {"type": "string"}}},
        },
        **problems(400, 401, 403, 404, 406, 429, 503),
    },
)
def local_lot_story(
    request: Request, org: Org, code: Code, lot: Lot, caller: Visitor, ledger: Ledger
) -> Response:
    """What is recorded about the lot."""
    local, uri = _read(ledger, org, code, lot)
    wants_page = choose_media_type(request.headers.get("accept"), (HTML, JSON)) == HTML
    try:
        found = ledger.resolving.local_story(uri, caller)
    except NotFound:
        if wants_page:
            return local_story_page(request, local, uri, None)
        raise
    if wants_page:
        return local_story_page(request, local, uri, found)
    warnings = ledger.recall_warning.warn([found.subject])
    return Response(
        orjson.dumps(story_answer(found, warnings).model_dump(by_alias=True)),
        media_type=JSON,
        headers={"Cache-Control": "no-store", "Vary": "Accept, Authorization"},
    )


@router.get(
    "/qr/o/{org}/p/{code}/lot/{lot:path}.svg",
    summary="QR code of a lot under a code of one's own",
    responses={
        200: {
            "description": "The QR code, error correction level M, quiet zone included.",
            "content": {"image/svg+xml": {"schema": {"type": "string", "format": "binary"}}},
        },
        **problems(400, 404, 429),
    },
)
def local_lot_code(org: Org, code: Code, lot: Lot, ledger: Ledger) -> Response:
    """The lot's page on this server's address."""
    _, uri = _read(ledger, org, code, lot)
    return Response(
        encode_qr(capitalised(uri)).svg(),
        media_type="image/svg+xml",
        headers={"Cache-Control": "public, max-age=86400"},
    )


def _read(ledger: App, org: str, code: str, lot: str) -> tuple[LocalUri, str]:
    """The path's lot and its one URI, whichever way the path was escaped."""
    steps: dict[str, Any] = {"org": org, "code": quote(code, safe=""), "lot": quote(lot, safe="")}
    uri = "{root}/o/{org}/p/{code}/lot/{lot}".format(root=ledger.settings.base_url, **steps)
    local = find_local_uri(uri)
    if local is None or local.lot is None:
        raise InvalidInput("request-malformed", "the path names no lot of an organization's code")
    return local, uri
