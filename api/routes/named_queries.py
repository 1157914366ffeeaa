"""`/epcis/queries`: queries kept under a name (EPCIS 2.0, 12.8)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Reader
from api.deps import Ledger
from api.event_pages import EventPages
from api.negotiation import (
    GS1_HEADERS,
    JSON,
    check_content_type,
    check_gs1_versions,
    choose_epc_format,
    choose_media_type,
    describe_resource,
    wants_cbv_urns,
)
from api.pagination import Paged
from api.schemas.problem import problems
from api.schemas.queries import NamedQuery, query_answer
from api.schemas.query_results import MEDIA, write_results
from ledger import canonical
from ledger.clock import format_time
from ledger.epcis.query import Query
from ledger.errors import InvalidInput

router = APIRouter(tags=["EPCIS queries"])

_DEFINITION = {
    "type": "object",
    "required": ["name", "query"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 100},
        "query": {"type": "object", "description": "Parameters of the query; docs/epcis-queries."},
    },
}
_LOCATION: dict[str, Any] = {"Location": {"required": True, "schema": {"type": "string"}}}


@router.options(
    "/epcis/queries", status_code=204, summary="What named queries offer", responses=problems()
)
def describe_queries() -> Response:
    """Allowed methods and versions."""
    return describe_resource("GET, POST, OPTIONS")


@router.get(
    "/epcis/queries",
    summary="Your organization's named queries",
    responses={200: {"model": list[NamedQuery]}, **problems(400, 401, 403, 406, 429, 503)},
)
def list_queries(request: Request, caller: Reader, ledger: Ledger, page: Paged) -> Response:
    """By name, page by page."""
    check_gs1_versions(request.headers)
    choose_media_type(request.headers.get("accept"), (JSON,))
    rows, following = ledger.subscribing.list_queries(caller, page.limit, page.after)
    return Response(
        orjson.dumps([query_answer(row) for row in rows]),
        media_type=JSON,
        headers={**GS1_HEADERS, **page.next_link("/epcis/queries", following)},
    )


@router.post(
    "/epcis/queries",
    status_code=201,
    summary="Keep a query under a name",
    responses={
        201: {"model": NamedQuery, "description": "Kept.", "headers": _LOCATION},
        **problems(400, 401, 403, 406, 409, 413, 415, 429, 503),
    },
    openapi_extra={
        "requestBody": {"required": True, "content": {JSON: {"schema": _DEFINITION}}},
    },
)
async def post_query(request: Request, caller: Reader, ledger: Ledger) -> Response:
    """Check a query and keep it. Names are your organization's own."""
    check_gs1_versions(request.headers)
    check_content_type(request.headers.get("content-type"), (JSON,))
    value = canonical.parse(await request.body())
    if not isinstance(value, dict) or set(value) != {"name", "query"}:
        raise InvalidInput("query-malformed", "the body has a name and a query", pointer="")
    row = await run_in_threadpool(
        ledger.subscribing.add_query, caller, value["name"], value["query"]
    )
    return Response(
        orjson.dumps(query_answer(row)),
        status_code=201,
        media_type=JSON,
        headers={**GS1_HEADERS, "Location": f"/epcis/queries/{quote(row.name, safe='')}"},
    )


@router.options(
    "/epcis/queries/{name}",
    status_code=204,
    summary="What a named query offers",
    responses=problems(404),
)
def describe_query(name: str) -> Response:  # noqa: ARG001 - every query offers the same
    """Allowed methods and versions."""
    return describe_resource("GET, DELETE, OPTIONS")


@router.get(
    "/epcis/queries/{name}",
    summary="One named query",
    responses={200: {"model": NamedQuery}, **problems(400, 401, 403, 404, 406, 429, 503)},
)
def get_query(request: Request, name: str, caller: Reader, ledger: Ledger) -> Response:
    """Its name and definition."""
    check_gs1_versions(request.headers)
    choose_media_type(request.headers.get("accept"), (JSON,))
    row = ledger.subscribing.get_query(caller, name)
    return Response(orjson.dumps(query_answer(row)), media_type=JSON, headers=GS1_HEADERS)


@router.delete(
    "/epcis/queries/{name}",
    status_code=204,
    summary="Forget a named query",
    responses=problems(401, 403, 404, 429, 503),
)
def delete_query(name: str, caller: Reader, ledger: Ledger) -> Response:
    """Whoever subscribed to it is not notified any more."""
    ledger.subscribing.delete_query(caller, name)
    return Response(status_code=204, headers=GS1_HEADERS)


@router.options(
    "/epcis/queries/{name}/events",
    status_code=204,
    summary="What the events of a named query offer",
    responses=problems(404),
)
def describe_query_events(name: str) -> Response:  # noqa: ARG001 - every query offers the same
    """Allowed methods and versions."""
    return describe_resource("GET, OPTIONS")


@router.get(
    "/epcis/queries/{name}/events",
    summary="The events a named query finds",
    responses={
        200: {
            "description": "An EPCISQueryDocument.",
            "content": {media: {"schema": {"type": "object"}} for media in MEDIA},
        },
        **problems(400, 401, 403, 404, 406, 413, 414, 429, 503),
    },
    openapi_extra={
        "parameters": [
            {"name": "perPage", "in": "query", "schema": {"type": "integer", "minimum": 1}},
            {"name": "nextPageToken", "in": "query", "schema": {"type": "string"}},
        ]
    },
)
def query_events(request: Request, name: str, caller: Reader, ledger: Ledger) -> Response:
    """Page by page, like /epcis/events. With `stream=true` or a schedule this address is a
    WebSocket."""
    check_gs1_versions(request.headers)
    epc_format = choose_epc_format(request.headers)
    media_type = choose_media_type(request.headers.get("accept"), MEDIA)
    pages = EventPages.of(request)
    if pages.parameters:
        raise InvalidInput(
            "subscription-controls-malformed",
            f"{pages.parameters[0][0]!r:.60} belongs to a WebSocket: ask with Upgrade: websocket",
        )
    row = ledger.subscribing.get_query(caller, name)
    query = Query.from_json(row.definition)
    now = ledger.clock.now()
    page = ledger.querying.events(caller, query, pages.limit, pages.position(query))
    return Response(
        write_results(
            [found.event for found in page.events],
            format_time(now),
            media_type,
            epc_format,
            cbv_as_urn=wants_cbv_urns(request.headers),
            query_name=row.name,
        ),
        media_type=media_type,
        headers={
            **GS1_HEADERS,
            "GS1-EPC-Format": epc_format,
            **pages.headers(query, page.following),
        },
    )
