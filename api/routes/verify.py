"""`/verify`: a bundle in, a report out."""

from __future__ import annotations

import orjson
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Ledger, Metered
from api.negotiation import JSON, check_content_type
from api.schemas.problem import problems
from api.schemas.verification import ReportAnswer
from ledger import metrics

router = APIRouter(tags=["verification"])

BUNDLE_JSON = "application/vnd.provenance.bundle+json"


@router.post(
    "/verify",
    summary="Check a proof bundle",
    dependencies=[Metered],
    responses={
        200: {
            "model": ReportAnswer,
            "description": "The report, whatever the verdict. It is this server's word: "
            "`provenance verify` and the page check without it.",
        },
        **problems(413, 415, 429, 503),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                BUNDLE_JSON: {"schema": {"type": "object"}},
                JSON: {"schema": {"type": "object"}},
            },
        }
    },
)
async def verify(request: Request, ledger: Ledger) -> Response:
    """The same numbered checks as the library, the command line and the browser."""
    check_content_type(request.headers.get("content-type"), (BUNDLE_JSON, JSON))
    body = await request.body()
    report = await run_in_threadpool(ledger.verifying.verify, body)
    metrics.VERDICTS.labels(report.verdict.value).inc()
    return Response(
        orjson.dumps(report.to_json()),
        media_type=JSON,
        headers={"Cache-Control": "no-store"},
    )
