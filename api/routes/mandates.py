"""`/exchange/mandates`: who may act for whom on legs of documents."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.auth import Captor, Reader
from api.deps import Ledger
from api.json_route import JsonRoute
from api.schemas.mandates import MandateAnswer, MandateRequest
from api.schemas.problem import problems
from ledger.identity.organization import OrgId

router = APIRouter(route_class=JsonRoute, tags=["exchange"])

_Org = Annotated[str, Query(pattern=r"^0x[0-9a-f]{64}$")]


@router.post(
    "/exchange/mandates",
    status_code=202,
    summary="Give a mandate, or take it back",
    response_class=Response,
    responses=problems(400, 401, 403, 409, 413, 422, 429, 503),
)
def post_mandate(wanted: MandateRequest, caller: Captor, ledger: Ledger) -> Response:
    """Signed by a leader's key of the giver, relayed to the contract Mandates; in force once the
    chain has it."""
    ledger.exchange.mandating.give(caller, wanted.handed_in())
    return Response(status_code=202)


@router.get(
    "/exchange/mandates",
    summary="The mandate between two organizations",
    responses=problems(400, 401, 403, 429, 503),
)
def get_mandate(caller: Reader, ledger: Ledger, giver: _Org, taker: _Org) -> MandateAnswer:  # noqa: ARG001
    """As the chain has it now; `count` is the nonce of the next one."""
    parties = OrgId.parse(giver), OrgId.parse(taker)
    return MandateAnswer.of(*parties, *ledger.exchange.mandating.find(*parties))
