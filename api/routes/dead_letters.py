"""`…/subscriptions/{id}/deadLetters`: what a subscriber refused too often, and sending it again.

Ours, beside EPCIS 2.0, which leaves open what becomes of a notification nobody takes.
"""

from __future__ import annotations

from urllib.parse import quote

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Reader
from api.deps import Ledger
from api.negotiation import (
    GS1_HEADERS,
    JSON,
    check_gs1_versions,
    choose_media_type,
    describe_resource,
)
from api.pagination import Paged
from api.schemas.problem import problems
from api.schemas.queries import (
    DeadLetterAnswer,
    RedeliveryAnswer,
    dead_letter_answer,
    redelivery_answer,
)
from ledger.services.redelivering import Redelivery

router = APIRouter(tags=["EPCIS queries"])

_COLLECTION = "/epcis/queries/{name}/subscriptions/{subscription}/deadLetters"
_ONE = _COLLECTION + "/{number}"
_OF_ALL = _COLLECTION + "/redelivery"
_OF_ONE = _ONE + "/redelivery"


@router.options(
    _COLLECTION, status_code=204, summary="What dead letters offer", responses=problems(404)
)
def describe_dead_letters(name: str, subscription: str) -> Response:  # noqa: ARG001 - all alike
    """Allowed methods and versions."""
    return describe_resource("GET, OPTIONS")


@router.get(
    _COLLECTION,
    summary="Notifications refused too often",
    responses={
        200: {"model": list[DeadLetterAnswer]},
        **problems(400, 401, 403, 404, 406, 429, 503),
    },
)
def list_dead_letters(
    request: Request, name: str, subscription: str, caller: Reader, ledger: Ledger, page: Paged
) -> Response:
    """By number, page by page. The last thousand are kept."""
    check_gs1_versions(request.headers)
    choose_media_type(request.headers.get("accept"), (JSON,))
    rows, following = ledger.redelivering.list_dead(
        caller, name, subscription, page.limit, page.after
    )
    path = f"/epcis/queries/{quote(name, safe='')}/subscriptions/{subscription}/deadLetters"
    return Response(
        orjson.dumps([dead_letter_answer(row) for row in rows]),
        media_type=JSON,
        headers={**GS1_HEADERS, **page.next_link(path, following)},
    )


@router.get(
    _ONE,
    summary="One notification refused too often",
    responses={
        200: {
            "description": "The EPCISQueryDocument as it was sent.",
            "content": {JSON: {"schema": {"type": "object"}}},
        },
        **problems(401, 403, 404, 406, 429, 503),
    },
)
def get_dead_letter(
    request: Request, name: str, subscription: str, number: str, caller: Reader, ledger: Ledger
) -> Response:
    """Its body, to the byte."""
    check_gs1_versions(request.headers)
    choose_media_type(request.headers.get("accept"), (JSON,))
    body = ledger.redelivering.get_dead(caller, name, subscription, number)
    return Response(body, media_type=JSON, headers=GS1_HEADERS)


@router.post(
    _OF_ALL,
    status_code=202,
    summary="Send all dead letters once more",
    responses={202: {"model": RedeliveryAnswer}, **problems(401, 403, 404, 429, 503)},
)
def redeliver_all(name: str, subscription: str, caller: Reader, ledger: Ledger) -> Response:
    """In their order, ahead of what waits, one attempt each. What is refused again is put aside
    again. Asking twice sends nothing twice."""
    return _accepted(ledger.redelivering.redeliver(caller, name, subscription))


@router.post(
    _OF_ONE,
    status_code=202,
    summary="Send one dead letter once more",
    responses={202: {"model": RedeliveryAnswer}, **problems(401, 403, 404, 429, 503)},
)
def redeliver_one(
    name: str, subscription: str, number: str, caller: Reader, ledger: Ledger
) -> Response:
    """As `redelivery` of all. `requeued` is 0 while it waits in line; once it was taken, 404."""
    return _accepted(ledger.redelivering.redeliver(caller, name, subscription, number))


def _accepted(done: Redelivery) -> Response:
    return Response(
        orjson.dumps(redelivery_answer(done)),
        status_code=202,
        media_type=JSON,
        headers=GS1_HEADERS,
    )
