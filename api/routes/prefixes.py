"""`/organizations/{org}/prefixes`: which GS1 company prefixes are whose."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.auth import Admin, KnownCaller
from api.deps import Ledger
from api.schemas.links import PrefixAnswer, prefix_answer
from api.schemas.problem import problems
from ledger.gs1.company_prefix import CompanyPrefix
from ledger.identity.organization import OrgId

router = APIRouter(tags=["organizations"])

OrgPath = Annotated[str, Path(description="Organization id: 0x and 64 lower-case hex digits.")]
PrefixPath = Annotated[
    str, Path(description="4 to 12 digits as GS1 issued them, or the digits of one whole key.")
]


@router.put(
    "/organizations/{org}/prefixes/{prefix}",
    summary="Record a company prefix (operator)",
    responses=problems(400, 401, 403, 404, 409, 429, 503),
)
def grant_prefix(org: OrgPath, prefix: PrefixPath, caller: Admin, ledger: Ledger) -> PrefixAnswer:
    """Once its certificate was seen. Links that others registered below it end."""
    return prefix_answer(
        ledger.linking.grant_prefix(caller, OrgId.parse(org), CompanyPrefix(prefix))
    )


@router.get(
    "/organizations/{org}/prefixes",
    summary="The company prefixes of an organization",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def list_prefixes(org: OrgPath, caller: KnownCaller, ledger: Ledger) -> list[PrefixAnswer]:
    """Ended ones included."""
    return [prefix_answer(row) for row in ledger.linking.list_prefixes(caller, OrgId.parse(org))]


@router.delete(
    "/organizations/{org}/prefixes/{prefix}",
    status_code=204,
    summary="End a grant (operator)",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def end_prefix(org: OrgPath, prefix: PrefixPath, caller: Admin, ledger: Ledger) -> Response:
    """Links registered under it stay until whoever has the say changes them."""
    ledger.linking.end_prefix(caller, OrgId.parse(org), CompanyPrefix(prefix))
    return Response(status_code=204)
