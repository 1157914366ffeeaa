"""`/personal-id-digests`: what stands in master data instead of a personal number."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.auth import Captor
from api.deps import Ledger
from api.json_route import JsonRoute
from api.schemas.personal_ids import PersonalIdAnswer, PersonalIdRequest
from api.schemas.problem import problems

router = APIRouter(route_class=JsonRoute, tags=["master data"])


@router.post(
    "/personal-id-digests",
    summary="The keyed digest of a personal number",
    responses=problems(400, 401, 403, 413, 415, 429, 503),
)
def post_personal_id(
    wanted: PersonalIdRequest, caller: Captor, ledger: Ledger, response: Response
) -> PersonalIdAnswer:
    """For `personalIdDigest` of a party. The same number of your organization gives the same
    digest; nobody can try numbers against it without this installation's key. At most 500 a day.
    An organization that holds its own keys makes the digest itself (docs/formats/masterdata.md)."""
    response.headers["Cache-Control"] = "no-store"
    found = ledger.identifying.digest(caller, wanted.personal_id)
    return PersonalIdAnswer(personal_id_digest=found.hex())
