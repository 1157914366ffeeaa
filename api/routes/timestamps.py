"""`/timestamps`: the tokens of the time-stamping authority, and the gaps between them.

Public: a token holds a block hash and a root, and nothing of what they stand for.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.deps import Ledger, Metered
from api.schemas.problem import problems
from api.schemas.timestamps import Outage, Timestamp, Timestamps, WholeTimestamp

router = APIRouter(tags=["log"], dependencies=[Metered])

REPLY = "application/timestamp-reply"
_MOST = 100
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_BINARY: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes.",
        "content": {REPLY: {"schema": {"type": "string", "format": "binary"}}},
    }
}

Number = Annotated[int, Path(ge=1, le=2**53 - 1, description="Number of the time-stamp.")]


@router.get(
    "/timestamps",
    summary="Time-stamps and times without an authority",
    responses=problems(400, 422, 429, 503),
)
def list_timestamps(
    ledger: Ledger,
    before: Annotated[int | None, Query(ge=1, le=2**53 - 1)] = None,
) -> Timestamps:
    """Every token says how long the oldest of what it covers had waited; no gap can hide."""
    rows = ledger.stamping.list(_MOST, before)
    watch = ledger.watching.look()
    return Timestamps(
        authority=watch.time_authority,
        unstamped_seconds=round(watch.unstamped_seconds, 3),
        outages=[Outage.of(one) for one in ledger.stamping.outages()],
        timestamps=[Timestamp.of(row) for row in rows],
        next=rows[-1].id if len(rows) == _MOST else None,
    )


@router.get(
    "/timestamps/{number}",
    summary="One time-stamp with what it is about",
    responses=problems(400, 404, 422, 429, 503),
)
def get_timestamp(number: Number, ledger: Ledger) -> WholeTimestamp:
    """The statement and the authority's answer to it."""
    return WholeTimestamp.of(ledger.stamping.get(number))


@router.get(
    "/timestamps/{number}/statement",
    summary="The bytes that were stamped",
    responses={
        200: {
            "description": "Canonical JSON, docs/formats/timestamp.md.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        **problems(404, 422, 429, 503),
    },
)
def get_statement(number: Number, ledger: Ledger) -> Response:
    """For `openssl ts -verify -data`."""
    row = ledger.stamping.get(number)
    return Response(row.statement, media_type="application/json", headers=_FOR_EVER)


@router.get(
    "/timestamps/{number}/response",
    summary="The authority's answer",
    responses={**_BINARY, **problems(404, 422, 429, 503)},
)
def get_response(number: Number, ledger: Ledger) -> Response:
    """A TimeStampResp of RFC 3161 in DER, for `openssl ts -verify -in`."""
    row = ledger.stamping.get(number)
    return Response(row.response, media_type=REPLY, headers=_FOR_EVER)
