"""`/healthz`, `/readyz`, `/metrics` and what an error code means."""

from __future__ import annotations

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from api.deps import Ledger
from api.schemas.health import Health, Readiness
from api.schemas.problem import ErrorCode, problems
from ledger import metrics
from ledger.error_codes import CODES
from ledger.errors import NotFound
from ledger.services.watching import Watch

router = APIRouter(tags=["operation"])


@router.get("/healthz", summary="Is the process alive?", responses=problems())
async def healthz() -> Health:
    """Answers from memory: a slow database must not get the process restarted."""
    return Health(status="alive")


@router.get(
    "/readyz",
    summary="Can it do its work?",
    responses={
        200: {"model": Readiness},
        503: {"model": Readiness, "description": "A part does not work; the body names it."},
        **problems(),
    },
)
def readyz(ledger: Ledger) -> Response:
    """Database, worker's lease and chain; and how far anchoring and time-stamping are behind."""
    watch = ledger.watching.look()
    _set_gauges(watch)
    readiness = Readiness.of(watch)
    return Response(
        orjson.dumps(readiness.model_dump(by_alias=True)),
        status_code=200 if readiness.ready else 503,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    responses={
        200: {
            "description": "Prometheus text format.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        **problems(),
    },
)
def get_metrics(ledger: Ledger) -> Response:
    """The gauges are read now; the counters are this process's."""
    _set_gauges(ledger.watching.look())
    content, media_type = metrics.exposition()
    return Response(content, media_type=media_type)


def _set_gauges(watch: Watch) -> None:
    for part, works in (
        ("database", watch.database),
        ("worker", watch.worker),
        ("chain", watch.chain),
    ):
        metrics.READY.labels(part).set(1 if works else 0)
    metrics.LOG_SIZE.set(watch.log_size)
    metrics.ANCHORED_SIZE.set(watch.anchored_size)
    metrics.ANCHOR_AGE.set(watch.unanchored_seconds)
    metrics.TIMESTAMP_AGE.set(watch.unstamped_seconds)
    metrics.JOBS_UNFINISHED.set(watch.jobs_unfinished)


@router.get(
    "/problems/{code}",
    summary="What an error code means",
    responses=problems(404),
)
def get_code(code: str) -> ErrorCode:
    """Every code this API can answer with, and what to do about it."""
    if code not in CODES:
        raise NotFound("path-unknown", "no error carries this code")
    return ErrorCode(code=code, advice=CODES[code])
