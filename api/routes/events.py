"""`/epcis/events`: one bare event in, one event back (EPCIS 2.0, 12.3).

`POST` is the hot path: it authenticates by hand and answers prebuilt bytes, because a dependency
and a response model cost more than the rest of the route. Its security and answers are declared
all the same.
"""

from __future__ import annotations

from urllib.parse import quote

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.auth import SECURITY, Reader, get_caller
from api.deps import Ledger, app_of, handover_of
from api.negotiation import (
    GS1_HEADERS,
    JSON,
    JSON_LD,
    XML,
    bare_media_type,
    check_content_type,
    check_gs1_versions,
    choose_epc_format,
    choose_media_type,
    describe_resource,
    wants_cbv_urns,
)
from api.problems import on_ledger_error
from api.schemas.capture import StoredEvent
from api.schemas.problem import problems
from api.schemas.query_results import MEDIA, write_results
from ledger import metrics
from ledger.clock import format_time
from ledger.errors import LedgerError, UnsupportedMedia

router = APIRouter(tags=["EPCIS events"])

EVENTS_PATH = "/epcis/events"
_MEDIA = (JSON, JSON_LD)
_EVENT = {
    "type": "object",
    "required": ["@context", "type", "eventTime", "eventTimeZoneOffset"],
    "properties": {"type": {"type": "string"}},
}
_CREATED = metrics.EVENTS_CAPTURED.labels("stored")
_REPEATED = metrics.EVENTS_CAPTURED.labels("repeated")


@router.options("/epcis/events", status_code=204, summary="What events offer", responses=problems())
def describe_events() -> Response:
    """Allowed methods and versions."""
    return describe_resource("GET, POST, OPTIONS")


@router.post(
    EVENTS_PATH,
    status_code=201,
    summary="Capture one event",
    responses={
        201: {
            "model": StoredEvent,
            "description": "Validated and durable. The same event sent again gets this same "
            "answer; its eventID with other content is a 409.",
            "headers": {
                "Location": {"required": True, "schema": {"type": "string"}},
                "Link": {
                    "description": '`rel="proof"`: the record\'s proof.',
                    "required": True,
                    "schema": {"type": "string"},
                },
            },
        },
        **problems(400, 401, 403, 406, 409, 413, 415, 429, 503),
    },
    openapi_extra={
        "security": SECURITY,
        "requestBody": {
            "required": True,
            "content": {media: {"schema": _EVENT} for media in _MEDIA},
        },
    },
)
async def post_event(request: Request) -> Response:
    """Store one event; answered once it survives a crash."""
    caller = await get_caller(request)
    headers = request.headers
    if any(name.startswith(b"gs1-") for name, _ in request.scope["headers"]):
        check_gs1_versions(headers)
    _check_media(headers.get("content-type"))
    body = await request.body()
    promise = handover_of(request).expect()
    app_of(request).group_commit.capture_for(promise, caller, body)
    stored = await promise.future
    (_CREATED if stored.created else _REPEATED).inc()
    record_id = stored.record_id.text
    answer = {"eventID": stored.event_id, "recordID": record_id}
    return Response(
        orjson.dumps({**answer, "warnings": stored.warnings} if stored.warnings else answer),
        status_code=201,
        media_type=JSON,
        headers={
            "location": f"/epcis/events/{quote(stored.event_id, safe='')}",
            "link": f'</records/{record_id}/proof>; rel="proof"',
            "gs1-epcis-version": GS1_HEADERS["GS1-EPCIS-Version"],
            "gs1-cbv-version": GS1_HEADERS["GS1-CBV-Version"],
            "gs1-extensions": GS1_HEADERS["GS1-Extensions"],
        },
    )


def _check_media(value: str | None) -> None:
    """EPCIS 2.0 defines XML for documents only: a bare event has no root element of its own."""
    try:
        check_content_type(value, _MEDIA)
    except UnsupportedMedia:
        if bare_media_type(value) not in (XML, "text/xml"):
            raise
        raise UnsupportedMedia(
            "media-type-unsupported",
            "a bare event is read in JSON only",
            advice="Send an EPCISDocument in XML, with this one event, to /epcis/capture; or the "
            f"event here in one of: {', '.join(_MEDIA)}.",
        ) from None


async def capture_lane(scope: Scope, receive: Receive, send: Send) -> None:
    """`post_event` without the layers around it. `scope["route"]` names it for the metrics."""
    scope["route"] = _LANE
    request = Request(scope, receive)
    try:
        response = await post_event(request)
    except LedgerError as error:
        response = await on_ledger_error(request, error)
    await response(scope, receive, send)


_LANE = Route(EVENTS_PATH, post_event, methods=["POST"])


@router.get(
    "/epcis/events/{event_id:path}",
    summary="One event by its eventID, with its error declarations",
    responses={
        200: {
            "description": "An EPCISQueryDocument with the event.",
            "content": {media: {"schema": {"type": "object"}} for media in MEDIA},
            "headers": {
                "Link": {
                    "description": '`rel="proof"`: the proof of each event given.',
                    "required": True,
                    "schema": {"type": "string"},
                }
            },
        },
        **problems(400, 401, 403, 404, 406, 429, 503),
    },
)
def get_event(request: Request, event_id: str, caller: Reader, ledger: Ledger) -> Response:
    """The event as it was recorded, with its recordTime; then each version of it that declares it
    in error. Percent-encode the whole eventID."""
    check_gs1_versions(request.headers)
    epc_format = choose_epc_format(request.headers)
    media_type = choose_media_type(request.headers.get("accept"), MEDIA)
    stored = ledger.capturing.get_events(caller, event_id)
    events = [{**found.event, "recordTime": format_time(found.record_time)} for found in stored]
    document = write_results(
        events,
        format_time(ledger.clock.now()),
        media_type,
        epc_format,
        cbv_as_urn=wants_cbv_urns(request.headers),
    )
    proofs = ", ".join(f'</records/{found.record_id.text}/proof>; rel="proof"' for found in stored)
    return Response(
        document,
        media_type=media_type,
        headers={"Link": proofs, **GS1_HEADERS, "GS1-EPC-Format": epc_format},
    )


@router.options(
    "/epcis/events/{event_id:path}",
    status_code=204,
    summary="What an event offers",
    responses=problems(404),
)
def describe_event(event_id: str) -> Response:  # noqa: ARG001 - every event offers the same
    """Allowed methods and versions."""
    return describe_resource("GET, OPTIONS")
