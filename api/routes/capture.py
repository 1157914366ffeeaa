"""`/epcis/capture`: documents in, jobs out (EPCIS 2.0, 12.2)."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Captor, KnownCaller
from api.deps import Ledger
from api.negotiation import (
    BOTH_XML,
    GS1_HEADERS,
    JSON,
    JSON_LD,
    TEXT_XML,
    XML,
    check_content_type,
    check_gs1_versions,
    choose_media_type,
)
from api.pagination import Paged
from api.schemas.capture import CaptureJob, job_json
from api.schemas.epcis_xml import job_xml
from api.schemas.problem import problems
from ledger import metrics
from ledger.config import Settings

router = APIRouter(tags=["EPCIS capture"])

_DOCUMENTS = (JSON, JSON_LD, *BOTH_XML)
_JOBS = (JSON, JSON_LD)
_DOCUMENT = {
    "type": "object",
    "required": ["@context", "type", "epcisBody"],
    "properties": {"type": {"enum": ["EPCISDocument", "EPCISQueryDocument"]}},
}
_XML_DOCUMENT = {
    "type": "string",
    "description": "EPCISDocument or EPCISQueryDocument of EPCIS 2.0 or 1.2 in XML.",
}
_LIMIT_HEADERS: dict[str, Any] = {
    "GS1-EPCIS-Capture-Limit": {"required": True, "schema": {"type": "string"}},
    "GS1-EPCIS-Capture-File-Size-Limit": {"required": True, "schema": {"type": "string"}},
}


def limit_headers(settings: Settings) -> dict[str, str]:
    """What one capture may hold, as EPCIS 2.0 (12.5) announces it."""
    return {
        "GS1-EPCIS-Capture-Limit": str(settings.capture_events),
        "GS1-EPCIS-Capture-File-Size-Limit": str(settings.capture_bytes),
    }


@router.options(
    "/epcis/capture", status_code=204, summary="What capture offers", responses=problems()
)
def describe_capture(ledger: Ledger) -> Response:
    """Allowed methods, versions, limits and error behaviours."""
    headers = {
        "Allow": "GET, POST, OPTIONS",
        **GS1_HEADERS,
        **limit_headers(ledger.settings),
        "GS1-Capture-Error-Behaviour": "all",
    }
    return Response(status_code=204, headers=headers)


@router.post(
    "/epcis/capture",
    status_code=202,
    summary="Capture an EPCIS document",
    responses={
        202: {
            "model": CaptureJob,
            "description": "Stored durably and waiting; nothing is validated yet. "
            "Follow Location until `running` is false.",
            "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
        },
        **problems(400, 401, 403, 406, 413, 415, 429, 503, headers={413: _LIMIT_HEADERS}),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": _DOCUMENT},
                JSON_LD: {"schema": _DOCUMENT},
                XML: {"schema": _XML_DOCUMENT},
                TEXT_XML: {"schema": _XML_DOCUMENT},
            },
        },
        "parameters": [
            {
                "name": "GS1-Capture-Error-Behaviour",
                "in": "header",
                "description": "`rollback` stores all events or none; `proceed` the valid ones.",
                "schema": {
                    "type": "string",
                    "enum": ["rollback", "proceed"],
                    "default": "rollback",
                },
            }
        ],
    },
)
async def post_capture(request: Request, caller: Captor, ledger: Ledger) -> Response:
    """Take a document. The job, not this answer, says whether its events are valid."""
    check_gs1_versions(request.headers)
    media_type = check_content_type(request.headers.get("content-type"), _DOCUMENTS)
    if media_type == TEXT_XML:
        media_type = XML
    behaviour = request.headers.get("gs1-capture-error-behaviour", "rollback")
    body = await request.body()
    job = await run_in_threadpool(
        ledger.capturing.accept_document, caller, body, media_type, behaviour
    )
    metrics.JOBS_ACCEPTED.inc()
    return Response(
        orjson.dumps(job_json(job)),
        status_code=202,
        media_type=JSON,
        headers={
            "Location": f"/epcis/capture/{job.id}",
            **GS1_HEADERS,
            "GS1-Capture-Error-Behaviour": behaviour,
        },
    )


@router.get(
    "/epcis/capture",
    summary="Your capture jobs, newest first",
    responses={200: {"model": list[CaptureJob]}, **problems(400, 401, 403, 406, 429, 503)},
)
def list_jobs(request: Request, caller: KnownCaller, ledger: Ledger, page: Paged) -> Response:
    """Jobs without their events; open one to see those. Jobs that arrive while somebody pages are
    newer than every page to come, so that none is lost or given twice."""
    check_gs1_versions(request.headers)
    media_type = choose_media_type(request.headers.get("accept"), _JOBS)
    jobs, following = ledger.capturing.list_jobs(caller, page.limit, page.after)
    return Response(
        orjson.dumps([job_json(job, with_events=False) for job in jobs]),
        media_type=media_type,
        headers={
            **GS1_HEADERS,
            **page.next_link("/epcis/capture", following),
        },
    )


@router.get(
    "/epcis/capture/{capture_id}",
    summary="One capture job",
    responses={
        200: {
            "model": CaptureJob,
            "content": {
                media: {"schema": {"type": "string", "description": "EPCISCaptureJob."}}
                for media in BOTH_XML
            },
        },
        **problems(400, 401, 403, 404, 406, 429, 503),
    },
)
def get_job(request: Request, capture_id: str, caller: KnownCaller, ledger: Ledger) -> Response:
    """How far the job is, what was wrong, and the record of each stored event."""
    check_gs1_versions(request.headers)
    media_type = choose_media_type(request.headers.get("accept"), (*_JOBS, *BOTH_XML))
    job = job_json(ledger.capturing.get_job(caller, capture_id))
    content = job_xml(job) if media_type in BOTH_XML else orjson.dumps(job)
    return Response(content, media_type=media_type, headers=GS1_HEADERS)


@router.options(
    "/epcis/capture/{capture_id}",
    status_code=204,
    summary="What a job offers",
    responses=problems(404),
)
def describe_job(capture_id: str) -> Response:  # noqa: ARG001 - every job offers the same
    """Allowed methods and versions."""
    return Response(status_code=204, headers={"Allow": "GET, OPTIONS", **GS1_HEADERS})
