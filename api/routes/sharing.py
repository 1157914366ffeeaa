"""What the issuer shows of a record beyond the public: grants, and links for inspectors."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Reader
from api.deps import Ledger, Metered
from api.json_route import JsonRoute
from api.negotiation import compress
from api.schemas.problem import problems
from api.schemas.sharing import (
    GrantAnswer,
    GrantRequest,
    LinkAnswer,
    LinkRequest,
    NewLinkAnswer,
    grant_answer,
    link_answer,
    new_link_answer,
)
from ledger.identity.organization import OrgId
from ledger.proof.bundle import MEDIA_TYPE as BUNDLE_JSON
from ledger.records.policy import Audience
from ledger.records.record import RecordId

router = APIRouter(route_class=JsonRoute, tags=["sharing"])

RecordPath = Annotated[str, Path(description="Record id: `urn:uuid:` and a UUID.")]
OrgPath = Annotated[str, Path(description="Organization id: 0x and 64 lower-case hex digits.")]


@router.post(
    "/records/{record_id}/grants",
    status_code=201,
    summary="Show a record to an organization as a partner",
    responses=problems(400, 401, 403, 404, 413, 429, 503),
)
def add_grant(
    record_id: RecordPath, wanted: GrantRequest, caller: Reader, ledger: Ledger
) -> GrantAnswer:
    """Besides those the event names as source or destination. Again is harmless."""
    row = ledger.sharing.grant(caller, RecordId.parse(record_id), OrgId.parse(wanted.org))
    return grant_answer(row)


@router.get(
    "/records/{record_id}/grants",
    summary="Who was granted a record",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def list_grants(record_id: RecordPath, caller: Reader, ledger: Ledger) -> list[GrantAnswer]:
    """For its issuer."""
    rows = ledger.sharing.grants(caller, RecordId.parse(record_id))
    return [grant_answer(row) for row in rows]


@router.delete(
    "/records/{record_id}/grants/{org}",
    status_code=204,
    summary="End a grant",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def end_grant(record_id: RecordPath, org: OrgPath, caller: Reader, ledger: Ledger) -> Response:
    """What was read cannot be taken back."""
    ledger.sharing.end_grant(caller, RecordId.parse(record_id), OrgId.parse(org))
    return Response(status_code=204)


@router.post(
    "/records/{record_id}/links",
    status_code=201,
    summary="Make a link for an inspector",
    responses=problems(400, 401, 403, 404, 413, 429, 503),
)
def add_link(
    record_id: RecordPath,
    wanted: LinkRequest,
    caller: Reader,
    ledger: Ledger,
    response: Response,
) -> NewLinkAnswer:
    """It shows the proof of this one record, by GET alone, until it ends; every opening is
    counted. The address is in this answer and nowhere else."""
    row, secret = ledger.sharing.make_link(
        caller,
        RecordId.parse(record_id),
        audience=Audience(wanted.audience),
        label=wanted.label,
        expires_at=wanted.expiry(),
    )
    response.headers["Cache-Control"] = "no-store"
    return new_link_answer(row, f"/inspect/{secret}")


@router.get(
    "/records/{record_id}/links",
    summary="The links of a record",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def list_links(record_id: RecordPath, caller: Reader, ledger: Ledger) -> list[LinkAnswer]:
    """Ended ones included, with how often each was opened; never the address."""
    rows = ledger.sharing.links(caller, RecordId.parse(record_id))
    return [link_answer(row) for row in rows]


@router.delete(
    "/records/{record_id}/links/{link_id}",
    status_code=204,
    summary="End a link",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def revoke_link(record_id: RecordPath, link_id: str, caller: Reader, ledger: Ledger) -> Response:
    """At once."""
    ledger.sharing.revoke_link(caller, RecordId.parse(record_id), link_id)
    return Response(status_code=204)


@router.get(
    "/inspect/{secret}",
    summary="The proof a link shows",
    dependencies=[Metered],
    responses={
        200: {
            "description": "The bundle of one record as the link's audience sees it.",
            "content": {BUNDLE_JSON: {"schema": {"type": "object"}}},
        },
        **problems(400, 404, 429, 503),
    },
)
def inspect(request: Request, secret: str, ledger: Ledger) -> Response:
    """Needs no key: the link is the key. It verifies like any other bundle."""
    content = ledger.sharing.open_link(secret).encode()
    content, encoding = compress(request.headers.get("accept-encoding"), content)
    return Response(
        content,
        media_type=BUNDLE_JSON,
        headers={
            **encoding,
            "Cache-Control": "no-store",
            "Vary": "Accept-Encoding",
            "X-Robots-Tag": "noindex, nofollow",
            "Content-Disposition": 'inline; filename="record.bundle.json"',
        },
    )
