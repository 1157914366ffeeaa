"""`/submissions`: records that an organization committed to and signed on its own machine."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Captor
from api.deps import Ledger
from api.negotiation import JSON, check_content_type
from api.schemas.problem import problems
from api.schemas.submissions import SubmissionAnswer, submission_answer

router = APIRouter(tags=["submissions"])

_BODY = {
    "type": "object",
    "additionalProperties": False,
    "required": ["v", "submission", "records"],
    "properties": {
        "v": {"const": 1},
        "submission": {
            "type": "object",
            "description": "As in docs/formats/submission.md, custody `organization`.",
        },
        "records": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["envelope", "recordSalt"],
                "properties": {
                    "envelope": {
                        "type": "object",
                        "description": "docs/formats/record.md; any kind: `epcis.event`, "
                        "`masterdata.party`, `masterdata.place`, `masterdata.product`.",
                    },
                    "recordSalt": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                },
            },
        },
    },
}


@router.post(
    "/submissions",
    status_code=201,
    summary="Hand in a submission you signed yourself",
    responses={
        201: {
            "model": SubmissionAnswer,
            "description": "Checked and durable, exactly as signed. Sent again it is answered "
            "as the first time.",
        },
        **problems(400, 401, 403, 409, 412, 413, 415, 422, 429, 503),
    },
    openapi_extra={"requestBody": {"required": True, "content": {JSON: {"schema": _BODY}}}},
)
async def post_submission(request: Request, caller: Captor, ledger: Ledger) -> Response:
    """For organizations whose key the platform does not hold. Nothing is completed, normalised or
    moved; a submission that does not hold is refused whole."""
    check_content_type(request.headers.get("content-type"), (JSON,))
    body = await request.body()
    stored = await run_in_threadpool(ledger.submitting.submit, caller, body)
    answer = submission_answer(stored).model_dump_json(by_alias=True, exclude_none=True)
    return Response(answer, status_code=201, media_type=JSON)
