"""`/verify`: a bundle in, a report out. That of a record (JSON) and that of a leg of a document
(ASiC-E) are told apart by their first bytes, as on the command line."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from typing import IO

import orjson
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Ledger, Metered
from api.negotiation import JSON, check_content_type
from api.schemas.problem import problems
from api.schemas.verification import AnyReportAnswer
from ledger import metrics
from ledger.errors import InvalidInput, TooLarge
from ledger.proof.bundle import MAX_BUNDLE_BYTES
from ledger.proof.bundle import MEDIA_TYPE as BUNDLE_JSON
from ledger.proof.container import MAX_CONTAINER_BYTES
from ledger.proof.container import MEDIA_TYPE as CONTAINER
from ledger.services.verifying import ZIP
from ledger.verify.leg_report import LegReport
from ledger.verify.report import Report

router = APIRouter(tags=["verification"])

MOST_BYTES = MAX_CONTAINER_BYTES + 1
"""Largest body: one byte more than any bundle has, so that check 1 refuses what is too large."""

_OCTETS = "application/octet-stream"
_OFFERED = (BUNDLE_JSON, CONTAINER, JSON, _OCTETS)
_IN_MEMORY = 64 * 1024
_SECONDS = 300.0
"""For a bundle to arrive."""


@router.post(
    "/verify",
    summary="Check a proof bundle",
    dependencies=[Metered],
    responses={
        200: {
            "model": AnyReportAnswer,
            "description": "The report, whatever the verdict. It is this server's word: "
            "`provenance verify` and the page check without it.",
        },
        **problems(400, 413, 415, 429, 503),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                BUNDLE_JSON: {"schema": {"type": "object"}},
                CONTAINER: {"schema": {"type": "string", "format": "binary"}},
                JSON: {"schema": {"type": "object"}},
                _OCTETS: {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
)
async def verify(request: Request, ledger: Ledger) -> Response:
    """The same numbered checks as the library, the command line and the browser: eleven of the
    bundle of a record, fourteen of that of a leg of a document."""
    check_content_type(request.headers.get("content-type"), _OFFERED)
    # Strangers send at their own pace: what they have sent so far waits on the disk.
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as body:
        is_leg = await _receive(request, body)
        verifying = ledger.verifying

        def judge() -> Report | LegReport:
            read = _reader(body)
            return verifying.verify_leg(read) if is_leg else verifying.verify(read())

        report = await run_in_threadpool(judge)
    metrics.VERDICTS.labels(report.verdict.value).inc()
    return Response(
        orjson.dumps(report.to_json()),
        media_type=JSON,
        headers={"Cache-Control": "no-store"},
    )


async def _receive(request: Request, body: IO[bytes]) -> bool:
    """Keep the body; whether it is the bundle of a leg. A record's that goes on too long is
    received to its end, which would be taken for the next request, and not kept."""
    first, size = b"", 0
    try:
        async with asyncio.timeout(_SECONDS):
            async for piece in request.stream():
                first = (first + piece[: len(ZIP)])[: len(ZIP)]
                size += len(piece)
                if first == ZIP or size <= MAX_BUNDLE_BYTES + 1:
                    body.write(piece)
    except TimeoutError:
        raise InvalidInput(
            "upload-too-slow", f"the bundle did not arrive within {_SECONDS:g} seconds"
        ) from None
    if first != ZIP and size > MAX_BUNDLE_BYTES + 1:
        raise TooLarge(
            "body-too-large", f"the bundle of a record has at most {MAX_BUNDLE_BYTES} bytes"
        )
    return first == ZIP


def _reader(body: IO[bytes]) -> Callable[[], bytes]:
    def read() -> bytes:
        body.seek(0)
        return body.read()

    return read
