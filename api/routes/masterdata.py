"""`/masterdata/{parties|places|products}`: who, where and what, each change a record."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.auth import OPTIONAL_SECURITY, Captor, Reader, Visitor
from api.deps import Ledger, Metered
from api.negotiation import JSON, check_content_type
from api.pagination import Paged
from api.schemas.completeness import CompletenessAnswer, completeness_answer
from api.schemas.masterdata import ItemAnswer, ItemsAnswer, item_answer
from api.schemas.problem import problems
from ledger.errors import InvalidInput, Unauthenticated
from ledger.identity.organization import OrgId
from ledger.masterdata.completeness import ALL
from ledger.masterdata.kind import Kind
from ledger.masterdata.national_fields import Profile
from ledger.services.caller import Caller
from ledger.services.cataloguing import ItemView

router = APIRouter(tags=["master data"])

KINDS = {"parties": Kind.PARTY, "places": Kind.PLACE, "products": Kind.PRODUCT}

Collection = Annotated[Literal["parties", "places", "products"], Path()]
CodePath = Annotated[
    str, Path(description="GTIN or GLN, or a local code of your own.", max_length=200)
]
OrgQuery = Annotated[str | None, Query(description="Whose; without it your own organization's.")]
_ETAG: dict[str, Any] = {"ETag": {"required": True, "schema": {"type": "string"}}}
_VARY = {"Cache-Control": "no-store", "Vary": "Authorization"}


@router.put(
    "/masterdata/{collection}/{code}",
    summary="Describe a party, place or product",
    responses={
        200: {
            "model": ItemAnswer,
            "description": "Changed, or the very same already there: then no record was written.",
            "headers": _ETAG,
        },
        201: {"model": ItemAnswer, "description": "New.", "headers": _ETAG},
        **problems(400, 401, 403, 409, 412, 413, 415, 429, 503),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                JSON: {
                    "schema": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {"name": {"type": "string"}},
                    }
                }
            },
        },
        "parameters": [
            {
                "in": "header",
                "name": "If-Match",
                "required": False,
                "description": "ETag of the version your change is based on. With it a change "
                "that somebody else made meanwhile is not overwritten (412).",
                "schema": {"type": "string"},
            },
            {
                "in": "header",
                "name": "If-None-Match",
                "required": False,
                "description": "`*`: only if there is none yet.",
                "schema": {"type": "string", "enum": ["*"]},
            },
        ],
    },
)
async def put_item(
    request: Request, collection: Collection, code: CodePath, caller: Captor, ledger: Ledger
) -> Response:
    """Signed and durable when answered; anchored within the promised time. The same content sent
    again is answered with the version that is there."""
    check_content_type(request.headers.get("content-type"), (JSON,))
    only_new = request.headers.get("if-none-match")
    if only_new not in (None, "*"):
        raise InvalidInput("request-malformed", "If-None-Match is * here", pointer="/if-none-match")
    body = await request.body()
    done = await run_in_threadpool(
        ledger.cataloguing.put,
        caller,
        KINDS[collection],
        code,
        body,
        if_match=request.headers.get("if-match"),
        only_new=only_new is not None,
    )
    response = _answer(done.item)
    response.status_code = 201 if done.created else 200
    return response


@router.get(
    "/masterdata/{collection}",
    summary="Parties, places or products",
    openapi_extra=OPTIONAL_SECURITY,
    dependencies=[Metered],
    responses=problems(400, 401, 403, 404, 429, 503),
)
def list_items(
    collection: Collection,
    page: Paged,
    caller: Visitor,
    ledger: Ledger,
    response: Response,
    org: OrgQuery = None,
) -> ItemsAnswer:
    """Newest versions, by code. Of other organizations you see what is public."""
    owner = _owner(org, caller)
    found = ledger.cataloguing.list_items(
        KINDS[collection], owner, caller, limit=page.limit + 1, after=page.after
    )
    last = found[page.limit - 1].code if len(found) > page.limit else None
    path = f"/masterdata/{collection}"
    response.headers.update({**_VARY, **page.next_link(path, last, _of(org))})
    return ItemsAnswer(items=[item_answer(view) for view in found[: page.limit]])


@router.get(
    "/masterdata/{collection}/{code}",
    summary="One party, place or product",
    openapi_extra=OPTIONAL_SECURITY,
    dependencies=[Metered],
    responses={
        200: {"model": ItemAnswer, "headers": _ETAG, "description": "The newest version."},
        **problems(400, 401, 403, 404, 429, 503),
    },
)
def get_item(
    collection: Collection, code: CodePath, caller: Visitor, ledger: Ledger, org: OrgQuery = None
) -> Response:
    """What you may see of it. An item under a local code is found by its GTIN or GLN as well."""
    return _answer(ledger.cataloguing.get(KINDS[collection], _owner(org, caller), code, caller))


@router.get(
    "/masterdata/{collection}/{code}/history",
    summary="Every version of a party, place or product",
    openapi_extra=OPTIONAL_SECURITY,
    dependencies=[Metered],
    responses=problems(400, 401, 403, 404, 429, 503),
)
def get_history(
    collection: Collection,
    code: CodePath,
    page: Paged,
    caller: Visitor,
    ledger: Ledger,
    response: Response,
    org: OrgQuery = None,
) -> ItemsAnswer:
    """Newest first; each names the record of the one before it."""
    before = None
    if page.after is not None:
        if not page.after.isdecimal() or len(page.after) > 9:
            raise InvalidInput("page-token-malformed", "this is no token of ours")
        before = int(page.after)
    found = ledger.cataloguing.history(
        KINDS[collection], _owner(org, caller), code, caller, limit=page.limit + 1, before=before
    )
    last = str(found[page.limit - 1].version) if len(found) > page.limit else None
    path = f"/masterdata/{collection}/{code}/history"
    response.headers.update({**_VARY, **page.next_link(path, last, _of(org))})
    return ItemsAnswer(items=[item_answer(view) for view in found[: page.limit]])


@router.get(
    "/masterdata/products/{code}/completeness",
    summary="What the national list still asks of a product",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def get_completeness(
    code: CodePath,
    caller: Reader,
    ledger: Ledger,
    lot: Annotated[
        str | None, Query(min_length=1, max_length=60, description="Of this lot of it.")
    ] = None,
    profile: Annotated[
        list[Literal["TT02", "ND37", "QD25"]] | None,
        Query(
            description="Rules to meet, repeatable: Circular 02/2024, Decree 37/2026, "
            "Decision 25/QD-BNNMT. Default: all.",
            max_length=3,
        ),
    ] = None,
    org: OrgQuery = None,
) -> CompletenessAnswer:
    """The 24 fields one by one: there or missing, the rule that asks, and what to do; in
    Vietnamese and English. For the organization itself and for authorities."""
    profiles = frozenset(Profile(name) for name in profile) if profile else ALL
    return completeness_answer(
        ledger.completing.check(caller, _owner(org, caller), code, lot, profiles)
    )


def _owner(org: str | None, caller: Caller | None) -> OrgId:
    if org is not None:
        return OrgId.parse(org)
    if caller is None:
        raise Unauthenticated("api-key-missing", "say whose with ?org=, or send an API key")
    return caller.org


def _of(org: str | None) -> dict[str, str]:
    return {} if org is None else {"org": org}


def _answer(view: ItemView) -> Response:
    return Response(
        orjson.dumps(item_answer(view).model_dump(by_alias=True)),
        media_type=JSON,
        headers={
            **_VARY,
            "ETag": view.etag,
            "Link": f'</records/{view.record_id.text}/proof>; rel="proof"',
        },
    )
