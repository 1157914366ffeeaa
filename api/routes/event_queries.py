"""`/epcis/events` and the events of one type, thing, step, place or disposition (EPCIS 2.0, 12.7).

Parameters are read by `ledger.epcis.query`: their names are families, which a signature cannot
list. What cannot be read is refused, never ignored.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Reader
from api.deps import Ledger
from api.event_pages import EventPages
from api.negotiation import (
    GS1_HEADERS,
    check_gs1_versions,
    choose_epc_format,
    choose_media_type,
    describe_resource,
    wants_cbv_urns,
)
from api.pagination import DEFAULT_PER_PAGE
from api.schemas.problem import problems
from api.schemas.query_results import MEDIA, write_results
from ledger.app import App
from ledger.clock import format_time
from ledger.epcis.query import Query
from ledger.services.caller import Caller

router = APIRouter(tags=["EPCIS events"])

RESOURCES = {
    "eventTypes": "eventType",
    "epcs": "MATCH_anyEPC",
    "bizSteps": "EQ_bizStep",
    "bizLocations": "EQ_bizLocation",
    "readPoints": "EQ_readPoint",
    "dispositions": "EQ_disposition",
}
"""The parameter that the address of a sub-resource stands for."""


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


_TEXT = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}
PARAMETERS: dict[str, Any] = {
    "parameters": [
        _parameter(
            "perPage",
            {"type": "integer", "minimum": 1, "default": DEFAULT_PER_PAGE},
            "Most events of one page; we may give fewer, even none, and a `next` link.",
        ),
        _parameter("nextPageToken", _TEXT, "From the `next` link of the page before."),
        _parameter("eventType", _TEXT, "Types, separated by `|`, like all values."),
        _parameter("GE_eventTime", _TIME, "At this time or later."),
        _parameter("LT_eventTime", _TIME, "Earlier than this."),
        _parameter("GE_recordTime", _TIME, "Recorded at this time or later."),
        _parameter("LT_recordTime", _TIME, "Recorded earlier than this."),
        _parameter("EQ_action", _TEXT, "ADD, OBSERVE, DELETE."),
        _parameter("EQ_bizStep", _TEXT, "Business steps: bare words or URIs."),
        _parameter("EQ_disposition", _TEXT, "Dispositions: bare words or URIs."),
        _parameter("MATCH_anyEPC", _TEXT, "Things: URNs, Digital Links or patterns."),
        _parameter("MATCH_anyEPCClass", _TEXT, "Products and lots."),
        _parameter("orderBy", _TEXT, "`eventTime`, `recordTime` or an extension field."),
        _parameter(
            "orderDirection", {"type": "string", "enum": ["ASC", "DESC"]}, "DESC unless said."
        ),
        _parameter("eventCountLimit", {"type": "integer", "minimum": 1}, "The first so many."),
        _parameter("maxEventCount", {"type": "integer", "minimum": 1}, "Refuse to answer more."),
        {
            "name": "GS1-Extensions",
            "in": "header",
            "description": "`prefix=namespace`, separated by commas: what the prefixes in names of "
            "extension fields stand for. A prefix that is not declared is compared as written.",
            "schema": _TEXT,
        },
        {
            "name": "GS1-EPC-Format",
            "in": "header",
            "description": "How identifiers are spelled.",
            "schema": {
                "type": "string",
                "enum": [
                    "No_Preference",
                    "Always_GS1_Digital_Link",
                    "Always_EPC_URN",
                    "Never_Translates",
                ],
                "default": "Always_GS1_Digital_Link",
            },
        },
    ]
}
"""The parameters most asked for; docs/epcis-queries.md has all."""

ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "An EPCISQueryDocument. Your own events whole, of others what everyone may "
        "see.",
        "content": {media: {"schema": {"type": "object"}} for media in MEDIA},
    },
    **problems(400, 401, 403, 406, 413, 414, 429, 503),
}


@router.get("/epcis/events", summary="Query events", responses=ANSWERS, openapi_extra=PARAMETERS)
def query_events(request: Request, caller: Reader, ledger: Ledger) -> Response:
    """The events that fit all parameters."""
    return _answer(request, caller, ledger, None)


def _answer(
    request: Request, caller: Caller, ledger: App, narrowed: tuple[str, str] | None
) -> Response:
    check_gs1_versions(request.headers)
    epc_format = choose_epc_format(request.headers)
    media_type = choose_media_type(request.headers.get("accept"), MEDIA)
    pages = EventPages.of(request)
    query = Query.from_url(pages.parameters, request.headers.get("gs1-extensions"))
    if narrowed is not None:
        query = query.narrowed(*narrowed)
    now = ledger.clock.now()
    page = ledger.querying.events(caller, query, pages.limit, pages.position(query))
    return Response(
        write_results(
            [found.event for found in page.events],
            format_time(now),
            media_type,
            epc_format,
            cbv_as_urn=wants_cbv_urns(request.headers),
        ),
        media_type=media_type,
        headers={
            **GS1_HEADERS,
            "GS1-EPC-Format": epc_format,
            **pages.headers(query, page.following),
        },
    )


def _add_resource(resource: str, parameter: str) -> None:
    path = f"/epcis/{resource}/{{value:path}}/events"

    def query_resource(request: Request, value: str, caller: Reader, ledger: Ledger) -> Response:
        return _answer(request, caller, ledger, (parameter, value))

    def describe(value: str) -> Response:  # noqa: ARG001 - every value offers the same
        return describe_resource("GET, OPTIONS")

    router.add_api_route(
        path,
        query_resource,
        methods=["GET"],
        name=f"query_{resource}",
        summary=f"Query events of one of {resource}",
        description=f"As `/epcis/events` with `{parameter}` of the value in the address.",
        responses=ANSWERS,
        openapi_extra=PARAMETERS,
    )
    router.add_api_route(
        path,
        describe,
        methods=["OPTIONS"],
        status_code=204,
        name=f"describe_{resource}_events",
        summary=f"What the events of one of {resource} offer",
        description="Allowed methods and versions.",
        responses=problems(404),
    )


for _resource, _named in RESOURCES.items():
    _add_resource(_resource, _named)
