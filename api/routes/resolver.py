"""`/{key}/{value}…`: what a scanned code opens. GS1-Conformant Resolver 1.2.0 at the root.

A lot, item, logistic unit or asset that something is recorded about opens its story at once: the
page, or with `Accept: application/json` its facts. Everything else is sent on with a 307 to a link
that an organization has registered, found by walking up from the identifier to its key; a product,
place or party that is only described, to the page of its description. `?linkType=` asks for one
kind of link, and for the list of all with `linkset`.

Redirects and linksets are the hot path: they go past the layers of the framework, wait for no
database where the answer is remembered, and else share their trip to it. The routes stand here for
the description.
"""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path
from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.auth import OPTIONAL_SECURITY, find_caller
from api.deps import Ledger, Metered, addresses_of, app_of, spend_as_visitor
from api.links import ITEM_PATH, LOT_PATH, read_link
from api.negotiation import JSON, JSON_LD, choose_media_type
from api.problems import on_ledger_error
from api.schemas.problem import problems
from api.schemas.story import StoryAnswer, story_answer
from api.web.own_links import ABOUT, TYPES, with_own_links
from api.web.pages import story_page, unknown_page, wrong_page
from api.wishes import LINKSET, Wishes, pass_on, read_wishes
from ledger.app import App
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.gs1.application_identifiers import table
from ledger.gs1.digital_link import DigitalLink
from ledger.gs1.link_choice import choose_links, find_level
from ledger.gs1.link_types import NAMESPACE
from ledger.gs1.links import LinkSet
from ledger.gs1.linkset import CONTEXT, MEDIA_TYPE, encode_choice, encode_linkset
from ledger.services.addressing import Address
from ledger.services.resolving import is_goods


class _AiConvertor(Convertor[str]):
    """An application identifier in a path: all else that is served begins with a word."""

    regex = "[0-9]{2,4}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("ai", _AiConvertor())
router = APIRouter(tags=["consumers"])

CONTEXT_PATH = "/linkset-context.jsonld"
DESCRIPTION_PATH = "/.well-known/gs1resolver"

HTML = "text/html"
_METHODS = "GET, HEAD, OPTIONS"
_VARY = "Accept, Accept-Language"
_LINK_HEADER = {"description": '`rel="linkset"`: all links.', "schema": {"type": "string"}}
_LINKSET_SCHEMA = {"type": "object", "required": ["linkset"]}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": StoryAnswer,
        "description": "The story's page, with Accept: application/json its facts, or the linkset.",
        "content": {
            HTML: {"schema": {"type": "string"}},
            MEDIA_TYPE: {"schema": _LINKSET_SCHEMA},
            JSON_LD: {"schema": _LINKSET_SCHEMA},
        },
    },
    300: {
        "description": "Several links of this type that nothing tells apart.",
        "content": {MEDIA_TYPE: {"schema": _LINKSET_SCHEMA}},
    },
    307: {
        "description": "The link that suits best; the query string is passed on.",
        "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
    },
    **problems(400, 401, 403, 404, 406, 429, 503),
}


async def resolve(request: Request) -> Response:
    """Answer one request for an identifier."""
    if request.method == "OPTIONS":
        return Response(status_code=204, headers={"Allow": _METHODS})
    link = read_link(request)
    wishes = read_wishes(request)
    ledger = app_of(request)
    address = ledger.addressing.find_remembered(link)
    if address is None:
        address = await addresses_of(request).ask(link)
    root = ledger.settings.base_url
    if wishes.link_type is None:
        return await _default(request, link, address, wishes)
    levels = address.levels
    if wishes.link_type == LINKSET or wishes.link_type in TYPES:
        levels = with_own_links(link, address, root)
    if wishes.link_type == LINKSET:
        return _linkset(request, link, levels, root)
    level = find_level(levels, wishes.link_type)
    if level is None:
        raise NotFound("link-missing", f"there is no gs1:{wishes.link_type} for {link.path}")
    return _redirect(request, link, level, wishes)


async def _default(
    request: Request, link: DigitalLink, address: Address, wishes: Wishes
) -> Response:
    """The story of goods; else the default of the nearest level that has links; else the page of
    what is known about the key itself."""
    if address.is_recorded and is_goods(link):
        spend_as_visitor(request)
        told = await _story(request, link)
        if told is not None:
            return told
    if address.levels:
        return _redirect(request, link, address.levels[0], wishes)
    if not link.qualifiers:
        own = with_own_links(link, address, app_of(request).settings.base_url)
        if own:
            return _redirect(request, link, own[0], wishes)
    spend_as_visitor(request)
    if choose_media_type(request.headers.get("accept"), (HTML, JSON)) == HTML:
        return await run_in_threadpool(unknown_page, request, link, address)
    code = "lot-unknown" if is_goods(link) else "subject-unknown"
    raise NotFound(code, f"nothing is recorded about {link.identity_uri}")


async def _story(request: Request, link: DigitalLink) -> Response | None:
    """The story as page or facts; None where nothing is recorded."""
    ledger = app_of(request)
    caller = await find_caller(request)
    wanted = choose_media_type(request.headers.get("accept"), (HTML, JSON))

    def tell() -> Response | None:
        try:
            found = ledger.resolving.story(link, caller)
        except NotFound:
            return None
        if wanted == HTML:
            return story_page(request, link, found)
        warnings = ledger.recall_warning.warn([found.subject])
        return Response(
            orjson.dumps(story_answer(found, warnings).model_dump(by_alias=True)),
            media_type=JSON,
            headers={"Cache-Control": "no-store", "Vary": "Accept, Authorization"},
        )

    told = await run_in_threadpool(tell)
    if told is not None:
        told.headers["Link"] = _linkset_header(ledger.settings.base_url, link)
    return told


async def tell_about(request: Request) -> Response:
    """What is recorded about the identifier behind `/about`, wherever its links lead."""
    link = read_link(request, prefix=ABOUT)
    told = await _story(request, link)
    if told is not None:
        return told
    address = await addresses_of(request).ask(link)
    if choose_media_type(request.headers.get("accept"), (HTML, JSON)) == HTML:
        return await run_in_threadpool(unknown_page, request, link, address)
    raise NotFound("subject-unknown", f"nothing is recorded about {link.identity_uri}")


def _redirect(request: Request, link: DigitalLink, level: LinkSet, wishes: Wishes) -> Response:
    """To the link of this level that suits best; a list where several suit equally.

    The default link is the answer where nothing is asked for, so it never is a list.
    """
    root = app_of(request).settings.base_url
    headers = {"Vary": _VARY, "Cache-Control": "no-cache", "Link": _linkset_header(root, link)}
    candidates = level.of_type(wishes.link_type or level.default_type)
    chosen = choose_links(candidates, wishes.preferences)
    if wishes.link_type is not None and len(chosen) > 1:
        return Response(
            encode_choice(level, chosen, root),
            status_code=300,
            headers={**headers, "Content-Type": MEDIA_TYPE},
        )
    query = request.scope["query_string"].decode("latin-1")
    headers["Location"] = pass_on(chosen[0].href, query, root)
    return Response(status_code=307, headers=headers)


def _linkset(
    request: Request, link: DigitalLink, levels: tuple[LinkSet, ...], root: str
) -> Response:
    if not levels:
        raise NotFound("subject-unknown", f"nothing is registered about {link.identity_uri}")
    accept = request.headers.get("accept")
    media_type = MEDIA_TYPE
    if accept is not None and ("ld+json" in accept or JSON in accept):
        media_type = choose_media_type(accept, (MEDIA_TYPE, JSON, JSON_LD))
    context = (
        f'<{root}{CONTEXT_PATH}>; rel="http://www.w3.org/ns/json-ld#context"; '
        'type="application/ld+json"; title="JSON-LD context"'
    )
    return Response(
        encode_linkset(levels, root, root + CONTEXT_PATH if media_type == JSON_LD else None),
        headers={
            "Content-Type": media_type,
            "Link": f"{_linkset_header(root, link)}, {context}",
            "Vary": _VARY,
            "Cache-Control": "no-cache",
        },
    )


def _linkset_header(root: str, link: DigitalLink) -> str:
    return (
        f'<{root}{link.path}?linkType=linkset>; rel="linkset"; type="{MEDIA_TYPE}"; '
        'title="All links"'
    )


async def resolver_lane(scope: Scope, receive: Receive, send: Send) -> None:
    """`resolve` without the layers around it. `scope["route"]` names it for the metrics."""
    scope["route"] = _LANE
    request = Request(scope, receive)
    try:
        response = await resolve(request)
    except InvalidInput as error:
        response = await _explain(request, error)
    except LedgerError as error:
        response = await on_ledger_error(request, error)
    await response(scope, receive, send)


async def _explain(request: Request, error: InvalidInput) -> Response:
    """A code that is none: for people a page, which a browser would not make of a problem."""
    if "text/html" in request.headers.get("accept", ""):
        return await run_in_threadpool(wrong_page, request, error.detail)
    return await on_ledger_error(request, error)


_LANE = Route("/{key}/{value}", resolve, methods=["GET"])


@router.get(
    "/01/{gtin}/10/{lot:path}/21/{serial:path}",
    summary="The story of one item",
    dependencies=ITEM_PATH,
    openapi_extra=OPTIONAL_SECURITY,
    responses=_ANSWERS,
)
async def resolve_item(request: Request) -> Response:
    """What is recorded about the item and its lot, or where it leads."""
    return await resolve(request)


@router.get(
    "/01/{gtin}/10/{lot:path}",
    summary="The story of a lot",
    dependencies=LOT_PATH,
    openapi_extra=OPTIONAL_SECURITY,
    responses=_ANSWERS,
)
async def resolve_lot(request: Request) -> Response:
    """What is recorded about the lot, or where it leads."""
    return await resolve(request)


@router.get(
    "/about/{key:ai}/{value:path}",
    summary="What is recorded about an identifier",
    openapi_extra=OPTIONAL_SECURITY,
    dependencies=[Metered],
    responses={**_ANSWERS, **problems(400, 401, 403, 404, 406, 429, 503)},
)
async def about(
    request: Request,
    key: Annotated[str, Path(description="AI of a GS1 key, such as 01.")],
    value: Annotated[str, Path(description="Its value, and qualifiers with theirs.")],
) -> Response:
    """The page of goods, a product, a place or a party; never sent on to anybody's link."""
    del key, value  # declared for OpenAPI and read from the raw path
    return await tell_about(request)


@router.get(
    DESCRIPTION_PATH,
    summary="What this resolver offers",
    responses={200: {"content": {JSON: {"schema": {"type": "object"}}}}, **problems(503)},
)
def describe_resolver(ledger: Ledger) -> Response:
    """The Resolver Description File."""
    return Response(orjson.dumps(_describe(ledger)), media_type=JSON)


@router.options(DESCRIPTION_PATH, include_in_schema=False)
def tell_methods() -> Response:
    """What may be asked of the description, as of every other resource of the resolver."""
    return Response(status_code=204, headers={"Allow": _METHODS})


@router.get(
    CONTEXT_PATH,
    summary="The JSON-LD context of linksets",
    responses={200: {"content": {JSON_LD: {"schema": {"type": "object"}}}}, **problems()},
)
def get_context() -> Response:
    """Under it a linkset reads as RDF."""
    return Response(
        orjson.dumps({"@context": CONTEXT}),
        media_type=JSON_LD,
        headers={"Cache-Control": "public, max-age=86400"},
    )


@router.get(
    "/{key:ai}/{value:path}",
    summary="Where an identifier leads",
    openapi_extra=OPTIONAL_SECURITY,
    responses=_ANSWERS,
)
async def resolve_any(
    request: Request,
    key: Annotated[str, Path(description="AI of a GS1 key, such as 00.")],
    value: Annotated[str, Path(description="Its value, and qualifiers with theirs.")],
) -> Response:
    """By any GS1 key that a Digital Link may begin with."""
    del key, value  # declared for OpenAPI and read from the raw path
    return await resolve(request)


def _describe(ledger: App) -> dict[str, Any]:
    operator = ledger.membership.get_organization(ledger.operator).profile
    return {
        "name": operator.name,
        "resolverRoot": ledger.settings.base_url,
        "supportedPrimaryKeys": [row.ai for row in table().values() if row.is_primary_key],
        "supportedLinkType": [{"namespace": NAMESPACE, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": False,
        "validatesAIcombinations": True,
        "supportsLanguageVariants": True,
        "jsonLdContextLocation": ledger.settings.base_url + CONTEXT_PATH,
        "contact": {"fn": operator.name},
    }
