"""The collections of EPCIS 2.0 (12.6): what there is, and what events name.

`/epcis` lists the resources, `/epcis/bizSteps` the business steps that events name,
`/epcis/bizSteps/{value}` what there is about one of them, and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Reader
from api.deps import Ledger
from api.negotiation import (
    GS1_HEADERS,
    JSON,
    JSON_LD,
    check_gs1_versions,
    choose_epc_format,
    choose_media_type,
    describe_resource,
)
from api.pagination import Paged
from api.schemas.problem import problems
from ledger.app import App
from ledger.epcis.context import STANDARD
from ledger.epcis.translation import spelled
from ledger.services.caller import Caller
from ledger.services.surveying import COLLECTIONS

router = APIRouter(tags=["EPCIS vocabularies"])

RESOURCES = (
    "bizLocations", "bizSteps", "capture", "dispositions", "epcs", "eventTypes", "events",
    "queries", "readPoints",
)  # fmt: skip
"""The top-level resources, as `/epcis` names them."""

_MEDIA = (JSON, JSON_LD)
_COLLECTION: dict[str, Any] = {
    "description": "A Collection.",
    "content": {
        media: {
            "schema": {
                "type": "object",
                "required": ["@context", "type", "member"],
                "properties": {"member": {"type": "array", "items": {"type": "string"}}},
            }
        }
        for media in _MEDIA
    },
}

List = Callable[[App, Caller, int, str | None], tuple[Sequence[str], str | None]]
Check = Callable[[App, Caller, str], None]


@router.get(
    "/epcis",
    summary="The resources of EPCIS",
    responses={200: _COLLECTION, **problems(401, 403, 406, 429, 503)},
)
def list_resources(request: Request, caller: Reader) -> Response:  # noqa: ARG001 - who may ask
    """Names of the top-level resources."""
    return _collection(request, RESOURCES)


@router.options("/epcis", status_code=204, summary="What EPCIS offers here", responses=problems())
def describe_resources() -> Response:
    """Allowed methods and versions."""
    return describe_resource("GET, OPTIONS")


def _collection(
    request: Request, members: Sequence[str], headers: dict[str, str] | None = None
) -> Response:
    check_gs1_versions(request.headers)
    media_type = choose_media_type(request.headers.get("accept"), _MEDIA)
    body = {"@context": STANDARD, "type": "Collection", "member": list(members)}
    return Response(
        orjson.dumps(body), media_type=media_type, headers={**GS1_HEADERS, **(headers or {})}
    )


def _add_collection(name: str, listed: List, check: Check) -> None:
    path = f"/epcis/{name}"

    def list_members(request: Request, caller: Reader, ledger: Ledger, page: Paged) -> Response:
        epc_format = choose_epc_format(request.headers)
        members, following = listed(ledger, caller, page.limit, page.after)
        told = [spelled(member, epc_format) for member in members]
        return _collection(
            request,
            told,
            {
                "GS1-EPC-Format": epc_format,
                **page.next_link(path, following),
            },
        )

    def list_member(request: Request, value: str, caller: Reader, ledger: Ledger) -> Response:
        check(ledger, caller, value)
        return _collection(request, ["events"])

    def describe() -> Response:
        return describe_resource("GET, OPTIONS")

    def describe_member(value: str) -> Response:  # noqa: ARG001 - every value offers the same
        return describe_resource("GET, OPTIONS")

    add = router.add_api_route
    add(
        path,
        list_members,
        methods=["GET"],
        name=f"list_{name}",
        summary=f"{name} that events name",
        description="In a fixed order; what is added while you page is neither lost nor doubled.",
        responses={200: _COLLECTION, **problems(400, 401, 403, 406, 429, 503)},
    )
    add(
        path,
        describe,
        methods=["OPTIONS"],
        status_code=204,
        name=f"describe_{name}",
        summary=f"What {name} offers",
        description="Allowed methods and versions.",
        responses=problems(),
    )
    add(
        path + "/{value:path}",
        list_member,
        methods=["GET"],
        name=f"get_{name}",
        summary=f"One of {name}",
        description="What there is about it: its events. Percent-encode the value.",
        responses={200: _COLLECTION, **problems(400, 401, 403, 404, 406, 429, 503)},
    )
    add(
        path + "/{value:path}",
        describe_member,
        methods=["OPTIONS"],
        status_code=204,
        name=f"describe_one_of_{name}",
        summary=f"What one of {name} offers",
        description="Allowed methods and versions.",
        responses=problems(404),
    )


def _list_terms(collection: str) -> List:
    return lambda ledger, caller, limit, after: ledger.surveying.terms(
        caller, collection, limit, after
    )


def _check_term(collection: str) -> Check:
    return lambda ledger, caller, text: ledger.surveying.check_term(caller, collection, text)


for _name in COLLECTIONS:
    _add_collection(_name, _list_terms(_name), _check_term(_name))
_add_collection(
    "epcs",
    lambda ledger, caller, limit, after: ledger.surveying.epcs(caller, limit, after),
    lambda ledger, caller, text: ledger.surveying.check_epc(caller, text),
)
