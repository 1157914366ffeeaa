"""`/exchange/legs/{leg}/erasure`: content that may go is destroyed, and that is certified."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.auth import Captor, Reader, StatusKeeper
from api.deps import Ledger
from api.json_route import JsonRoute
from api.schemas.erasures import ApprovalRequest, ErasureAnswer, HoldRequest, erasure_answer
from api.schemas.problem import problems
from ledger.digest import Digest

router = APIRouter(route_class=JsonRoute, tags=["exchange"])

_LegPath = Annotated[str, Path(description="Id of the leg.", pattern=r"^[0-9a-f]{64}$")]
_PATH = "/exchange/legs/{leg}"


@router.get(
    _PATH + "/erasure",
    summary="How far your erasure of a leg is",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def get_erasure(leg: _LegPath, caller: Reader, ledger: Ledger) -> ErasureAnswer:
    """Approvals, holds and, once it is done, the certificate."""
    return erasure_answer(ledger.content.erasing.standing(caller, Digest.from_hex(leg)))


@router.post(
    _PATH + "/erasure/approvals",
    status_code=201,
    summary="Approve the erasure of a leg's content",
    responses=problems(400, 401, 403, 404, 413, 422, 429, 503),
)
def post_approval(
    leg: _LegPath, wanted: ApprovalRequest, caller: Captor, ledger: Ledger
) -> ErasureAnswer:
    """Signed by a CLERK, LEADER or ADMIN key; two different ones are needed."""
    digest = Digest.from_hex(leg)
    ledger.content.erasing.approve(caller, wanted.read(digest))
    return erasure_answer(ledger.content.erasing.standing(caller, digest))


@router.post(
    _PATH + "/erasure",
    summary="Destroy a leg's content and keys",
    responses=problems(400, 401, 403, 404, 409, 429, 503),
)
def post_erasure(leg: _LegPath, caller: Captor, ledger: Ledger) -> ErasureAnswer:
    """After two approvals and the signed step ERASE, when nobody holds it back and the law no
    longer has it kept. Ask again after any interruption."""
    digest = Digest.from_hex(leg)
    ledger.content.erasing.erase(caller, digest)
    return erasure_answer(ledger.content.erasing.standing(caller, digest))


@router.put(
    _PATH + "/hold",
    status_code=204,
    summary="Have a document kept",
    responses={204: {"description": "Held."}, **problems(400, 401, 403, 404, 413, 429, 503)},
)
def put_hold(leg: _LegPath, wanted: HoldRequest, caller: StatusKeeper, ledger: Ledger) -> Response:
    """For its parties, authorities and auditors: while it stands, nobody erases."""
    ledger.content.erasing.hold(caller, Digest.from_hex(leg), wanted.reason)
    return Response(status_code=204)


@router.delete(
    _PATH + "/hold",
    status_code=204,
    summary="Lift your hold",
    responses={204: {"description": "Lifted."}, **problems(400, 401, 403, 404, 429, 503)},
)
def delete_hold(leg: _LegPath, caller: StatusKeeper, ledger: Ledger) -> Response:
    """Yours alone; those of others stand."""
    ledger.content.erasing.lift(caller, Digest.from_hex(leg))
    return Response(status_code=204)
