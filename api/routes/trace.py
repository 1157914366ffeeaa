"""`/trace`: back to what went in, forward to what became of it, and what was in a container."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import OPTIONAL_SECURITY, Visitor
from api.deps import Ledger, Metered
from api.negotiation import JSON, choose_media_type, compress
from api.query_pointer import parameter
from api.schemas.problem import problems
from api.schemas.trace import (
    ContentsAnswer,
    TraceAnswer,
    contents_answer,
    trace_csv,
    trace_json,
)
from api.web.trace_picture import draw_trace
from api.web.words import choose_language, load_words
from ledger.clock import parse_time
from ledger.epcis.trace import Direction

router = APIRouter(tags=["traces"], dependencies=[Metered])

CSV = "text/csv"
SVG = "image/svg+xml"

Name = Annotated[
    str, Query(alias="id", min_length=1, max_length=1024, description="GS1 Digital Link or URN.")
]
Way = Annotated[Direction, Query(description="`back` to inputs, `forward` to what came of it.")]
Form = Annotated[
    Literal["json", "csv"] | None,
    Query(alias="format", description="For a plain link, which cannot send Accept."),
]
At = Annotated[str | None, Query(description="RFC 3339 time with a zone; now if it is left out.")]


@router.get(
    "/trace",
    summary="Trace goods back or forward",
    openapi_extra=OPTIONAL_SECURITY,
    responses={
        200: {
            "model": TraceAnswer,
            "description": "The trace, or with Accept: text/csv one row per event and thing.",
            "content": {CSV: {"schema": {"type": "string"}}},
        },
        **problems(400, 401, 403, 404, 406, 429, 503),
    },
)
def get_trace(
    request: Request,
    name: Name,
    caller: Visitor,
    ledger: Ledger,
    direction: Way = Direction.BACK,
    form: Form = None,
) -> Response:
    """Closure over transformations; containers apart. You see what you may see of the events."""
    media_type = (
        choose_media_type(request.headers.get("accept"), (JSON, CSV))
        if form is None
        else {"json": JSON, "csv": CSV}[form]
    )
    with parameter("id"):
        view = ledger.tracing.trace(name, direction, caller)
    if media_type == CSV:
        content, kind = trace_csv(view).encode(), f"{CSV}; charset=utf-8"
    else:
        content, kind = trace_json(view), JSON
    content, encoding = compress(request.headers.get("accept-encoding"), content)
    return Response(
        content,
        headers={
            **encoding,
            "Content-Type": kind,
            "Cache-Control": "no-store",
            "Vary": "Accept, Accept-Encoding, Authorization",
        },
    )


@router.get(
    "/trace/picture",
    summary="A trace as a picture",
    openapi_extra=OPTIONAL_SECURITY,
    response_class=Response,
    responses={
        200: {
            "description": "SVG, 360 units wide, without script.",
            "content": {SVG: {"schema": {"type": "string"}}},
        },
        **problems(400, 401, 403, 404, 429, 503),
    },
)
def get_picture(
    request: Request,
    name: Name,
    caller: Visitor,
    ledger: Ledger,
    direction: Way = Direction.BACK,
    lang: Annotated[str | None, Query(description="vi (default) or en")] = None,
) -> Response:
    """Draws what `/trace` tells the same asker."""
    words = load_words(choose_language(lang))
    with parameter("id"):
        view = ledger.tracing.trace(name, direction, caller)
    drawn = draw_trace(view, words)
    content, encoding = compress(request.headers.get("accept-encoding"), drawn)
    return Response(
        content,
        headers={
            **encoding,
            "Content-Type": SVG,
            "Content-Language": words.language,
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "no-store",
            "Vary": "Accept-Encoding, Authorization",
        },
    )


@router.get(
    "/trace/contents",
    summary="What a container held at a time",
    openapi_extra=OPTIONAL_SECURITY,
    responses=problems(400, 401, 403, 404, 429, 503),
)
def get_contents(
    name: Name, caller: Visitor, ledger: Ledger, response: Response, at: At = None
) -> ContentsAnswer:
    """Everything packed by that time and not unpacked again; partial unpacking counts."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Authorization"
    with parameter("at"):
        # In a query a bare + is a blank: who forgot to escape it meant the zone.
        when = None if at is None else parse_time(at.replace(" ", "+"))
    with parameter("id"):
        return contents_answer(ledger.tracing.contents(name, when, caller))
