"""`/01/{gtin}/10/{lot}[/21/{serial}]`: what a scanned code opens (GS1 Digital Link)."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.auth import OPTIONAL_SECURITY, Visitor
from api.deps import Ledger, Metered
from api.links import ITEM_PATH, LOT_PATH, read_link
from api.negotiation import JSON, choose_media_type
from api.schemas.problem import problems
from api.schemas.story import StoryAnswer, story_answer
from api.web.pages import story_page
from ledger.app import App
from ledger.errors import NotFound
from ledger.services.caller import Caller

router = APIRouter(tags=["consumers"], dependencies=[Metered])

HTML = "text/html"
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": StoryAnswer,
        "description": "The page, or with Accept: application/json its facts.",
        "content": {HTML: {"schema": {"type": "string"}}},
    },
    **problems(400, 401, 403, 404, 406, 429, 503),
}


@router.get(
    "/01/{gtin}/10/{lot:path}/21/{serial:path}",
    summary="The story of one item",
    dependencies=ITEM_PATH,
    openapi_extra=OPTIONAL_SECURITY,
    responses=_ANSWERS,
)
def item_story(request: Request, caller: Visitor, ledger: Ledger) -> Response:
    """What is recorded about the item and its lot."""
    return _story(request, caller, ledger)


@router.get(
    "/01/{gtin}/10/{lot:path}",
    summary="The story of a lot",
    dependencies=LOT_PATH,
    openapi_extra=OPTIONAL_SECURITY,
    responses=_ANSWERS,
)
def lot_story(request: Request, caller: Visitor, ledger: Ledger) -> Response:
    """What is recorded about the lot."""
    return _story(request, caller, ledger)


def _story(request: Request, caller: Caller | None, ledger: App) -> Response:
    link = read_link(request)
    wants_page = choose_media_type(request.headers.get("accept"), (HTML, JSON)) == HTML
    qualifiers = dict(link.qualifiers)
    try:
        found = ledger.resolving.story(link.key[1], qualifiers["10"], qualifiers.get("21"), caller)
    except NotFound:
        if wants_page:
            return story_page(request, link, None)
        raise
    if wants_page:
        return story_page(request, link, found)
    return Response(
        orjson.dumps(story_answer(found).model_dump(by_alias=True)),
        media_type=JSON,
        headers={"Cache-Control": "no-store", "Vary": "Accept, Authorization"},
    )
