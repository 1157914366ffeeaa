"""`/epcis/queries/{name}/subscriptions`: who is told of new events (EPCIS 2.0, 12.8)."""

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
from api.negotiation import (
    GS1_HEADERS,
    JSON,
    check_content_type,
    check_gs1_versions,
    choose_epc_format,
    choose_media_type,
    describe_resource,
)
from api.pagination import Paged
from api.schemas.problem import problems
from api.schemas.queries import SubscriptionAnswer, min_record_time, subscription_answer
from ledger import canonical
from ledger.epcis.schedule import FIELDS

router = APIRouter(tags=["EPCIS queries"])

_COLLECTION = "/epcis/queries/{name}/subscriptions"
_ONE = "/epcis/queries/{name}/subscriptions/{subscription}"
_CONTROLS: dict[str, Any] = {
    "type": "object",
    "required": ["dest"],
    "additionalProperties": False,
    "properties": {
        "dest": {"type": "string", "format": "uri"},
        "signatureToken": {"type": "string", "minLength": 1, "maxLength": 1024},
        "stream": {"type": "boolean"},
        "schedule": {
            "type": "object",
            "additionalProperties": False,
            "properties": {field: {"type": "string"} for field in FIELDS},
        },
        "reportIfEmpty": {"type": "boolean", "default": False},
        "initialRecordTime": {"type": "string", "format": "date-time"},
    },
}


@router.options(
    _COLLECTION, status_code=204, summary="What subscriptions offer", responses=problems(404)
)
def describe_subscriptions(name: str) -> Response:  # noqa: ARG001 - every query offers the same
    """Allowed methods and versions."""
    return describe_resource("GET, POST, OPTIONS")


@router.get(
    _COLLECTION,
    summary="The subscriptions to a query",
    responses={
        200: {"model": list[SubscriptionAnswer]},
        **problems(400, 401, 403, 404, 406, 429, 503),
    },
)
def list_subscriptions(
    request: Request, name: str, caller: Reader, ledger: Ledger, page: Paged
) -> Response:
    """With how each goes: what waits, what was put aside, why the last attempt failed."""
    check_gs1_versions(request.headers)
    choose_media_type(request.headers.get("accept"), (JSON,))
    views, following = ledger.subscribing.list_subscriptions(caller, name, page.limit, page.after)
    path = f"/epcis/queries/{quote(name, safe='')}/subscriptions"
    return Response(
        orjson.dumps([subscription_answer(view) for view in views]),
        media_type=JSON,
        headers={**GS1_HEADERS, **page.next_link(path, following)},
    )


@router.post(
    _COLLECTION,
    status_code=201,
    summary="Be told of new events",
    responses={
        201: {
            "model": SubscriptionAnswer,
            "description": "Events recorded from now on (or from `initialRecordTime`) are sent to "
            "`dest`, as they are recorded or when the schedule is due.",
            "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
        },
        **problems(400, 401, 403, 404, 406, 413, 415, 429, 503),
    },
    openapi_extra={"requestBody": {"required": True, "content": {JSON: {"schema": _CONTROLS}}}},
)
async def post_subscription(
    request: Request, name: str, caller: Reader, ledger: Ledger
) -> Response:
    """`dest` is an https address on the internet. With a `signatureToken` every notification
    carries `GS1-Signature: sha256=…`, the HMAC-SHA-256 of its body under the token."""
    check_gs1_versions(request.headers)
    check_content_type(request.headers.get("content-type"), (JSON,))
    epc_format = choose_epc_format(request.headers)
    value = canonical.parse(await request.body())
    view = await run_in_threadpool(ledger.subscribing.subscribe, caller, name, value, epc_format)
    location = f"/epcis/queries/{quote(view.row.query, safe='')}/subscriptions/{view.row.id}"
    return Response(
        orjson.dumps(subscription_answer(view)),
        status_code=201,
        media_type=JSON,
        headers={**GS1_HEADERS, "Location": location},
    )


@router.options(
    _ONE,
    status_code=204,
    summary="What a subscription offers",
    responses=problems(401, 403, 404, 429, 503),
)
def describe_subscription(name: str, subscription: str, caller: Reader, ledger: Ledger) -> Response:
    """Allowed methods and versions, and from which record time on it will tell events next."""
    view = ledger.subscribing.get_subscription(caller, name, subscription)
    return describe_resource(
        "GET, DELETE, OPTIONS", {"GS1-Query-Min-Record-Time": min_record_time(view)}
    )


@router.get(
    _ONE,
    summary="One subscription",
    responses={200: {"model": SubscriptionAnswer}, **problems(400, 401, 403, 404, 406, 429, 503)},
)
def get_subscription(
    request: Request, name: str, subscription: str, caller: Reader, ledger: Ledger
) -> Response:
    """How it goes: what waits, what was put aside, why the last attempt failed."""
    check_gs1_versions(request.headers)
    choose_media_type(request.headers.get("accept"), (JSON,))
    view = ledger.subscribing.get_subscription(caller, name, subscription)
    return Response(orjson.dumps(subscription_answer(view)), media_type=JSON, headers=GS1_HEADERS)


@router.delete(
    _ONE,
    status_code=204,
    summary="Stop being told",
    responses=problems(401, 403, 404, 429, 503),
)
def delete_subscription(name: str, subscription: str, caller: Reader, ledger: Ledger) -> Response:
    """What still waited for this subscriber is dropped."""
    ledger.subscribing.unsubscribe(caller, name, subscription)
    return Response(status_code=204, headers=GS1_HEADERS)
