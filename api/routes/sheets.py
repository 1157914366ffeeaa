"""`/sheets/`: spreadsheet templates out, filled ones in, first as a dry run."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.auth import OPTIONAL_SECURITY, Captor, KnownCaller, Visitor
from api.deps import Ledger, Metered
from api.negotiation import JSON, check_content_type
from api.schemas.problem import problems
from api.schemas.sheets import SheetJob, SheetTemplate
from ledger import metrics
from ledger.app import App
from ledger.services.caller import Caller
from ledger.sheets.conversion import CSV, MEDIA, XLSX
from ledger.sheets.template import templates

router = APIRouter(tags=["spreadsheets"])

_FILE = {"schema": {"type": "string", "format": "binary"}}
_BODY = {"requestBody": {"required": True, "content": dict.fromkeys(MEDIA, _FILE)}}
_ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {
        "model": SheetJob,
        "description": "Stored durably and waiting to be read. Follow Location.",
        "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
    },
    **problems(400, 401, 403, 413, 415, 429, 503),
}


@router.get(
    "/sheets/templates",
    summary="Templates by kind of product",
    responses={200: {"model": list[SheetTemplate]}, **problems()},
)
def list_templates() -> Response:
    """Each template with its sheets and columns."""
    found = [SheetTemplate.of(one) for one in templates().values()]
    return _json(found)


@router.get(
    "/sheets/templates/{name}.xlsx",
    summary="A template as workbook",
    dependencies=[Metered],
    openapi_extra=OPTIONAL_SECURITY,
    responses={
        200: {
            "description": "Guide, activities and lists. With a key, the lists hold the "
            "organization's products, places and partners.",
            "content": {XLSX: _FILE},
        },
        **problems(401, 404, 429, 503),
    },
)
def get_workbook(name: str, caller: Visitor, ledger: Ledger) -> Response:
    """An .xlsx to fill in."""
    return _file(ledger.sheet_capturing.workbook(name, caller), XLSX, f"{name}.xlsx")


@router.get(
    "/sheets/templates/{name}/{activity}.csv",
    summary="One sheet of a template as CSV",
    responses={
        200: {
            "description": "UTF-8 with a byte order mark, semicolons.",
            "content": {CSV: _FILE},
        },
        **problems(404),
    },
)
def get_csv(name: str, activity: str, ledger: Ledger) -> Response:
    """A CSV to fill in: mark, headings, no rows."""
    return _file(ledger.sheet_capturing.csv_form(name, activity), CSV, f"{name}-{activity}.csv")


@router.post(
    "/sheets/checks",
    status_code=202,
    summary="Check a filled template; nothing is recorded",
    responses=_ACCEPTED,
    openapi_extra=_BODY,
)
async def post_check(request: Request, caller: Captor, ledger: Ledger) -> Response:
    """A dry run: every fault by cell, and which events are recorded already."""
    return await _accept(request, caller, ledger, dry_run=True)


@router.post(
    "/sheets/captures",
    status_code=202,
    summary="Capture a filled template",
    responses=_ACCEPTED,
    openapi_extra=_BODY,
)
async def post_capture(
    request: Request,
    caller: Captor,
    ledger: Ledger,
    proceed: Annotated[
        bool, Query(description="Store the events of faultless rows; else all or nothing.")
    ] = False,
) -> Response:
    """One job. The same sheet again records nothing twice."""
    return await _accept(request, caller, ledger, dry_run=False, proceed=proceed)


@router.get(
    "/sheets/jobs/{job_id}",
    summary="How far a spreadsheet is",
    responses={200: {"model": SheetJob}, **problems(401, 403, 404, 429, 503)},
)
def get_job(job_id: str, caller: KnownCaller, ledger: Ledger) -> Response:
    """From `waiting` to `checked`, `refused` or `provable`, with every fault by cell."""
    return _json(SheetJob.of(ledger.sheet_capturing.get(caller, job_id)))


async def _accept(
    request: Request, caller: Caller, ledger: App, *, dry_run: bool, proceed: bool = False
) -> Response:
    media = check_content_type(request.headers.get("content-type"), MEDIA)
    body = await request.body()
    view = await run_in_threadpool(
        ledger.sheet_capturing.accept, caller, body, media, dry_run=dry_run, proceed=proceed
    )
    metrics.JOBS_ACCEPTED.inc()
    answer = _json(SheetJob.of(view), 202)
    answer.headers["location"] = f"/sheets/jobs/{view.job.id}"
    return answer


def _json(found: BaseModel | list[Any], status: int = 200) -> Response:
    many = found if isinstance(found, list) else [found]
    told = [one.model_dump(by_alias=True, mode="json") for one in many]
    return Response(
        orjson.dumps(told if isinstance(found, list) else told[0]),
        status_code=status,
        media_type=JSON,
        headers={"Cache-Control": "no-store"},
    )


def _file(content: bytes, media: str, name: str) -> Response:
    return Response(
        content,
        media_type=media,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "no-store",
        },
    )
