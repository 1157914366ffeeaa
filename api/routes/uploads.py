"""`/exchange/uploads`: encrypted content comes in by chunks, in any order, again where need be."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Captor
from api.deps import Ledger
from api.json_route import JsonRoute
from api.schemas.problem import problems
from api.schemas.uploads import UploadAnswer, UploadRequest, upload_answer
from ledger.errors import InvalidInput
from ledger.services.uploading import CHUNK_BYTES

PREFIX = "/exchange/uploads/"
MOST_BYTES = CHUNK_BYTES
"""Largest body of a chunk."""

router = APIRouter(route_class=JsonRoute, tags=["exchange"])

_AT_ONCE = 8
"""Chunks in memory; the next one waits, so that many senders need no more memory than these."""
_SECONDS = 300.0
"""For one chunk to arrive: a slow line holds no place for ever."""
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_UploadPath = Annotated[str, Path(description="`id` of the upload.", pattern="^[0-9a-f]{32}$")]


@router.post(
    "/exchange/uploads",
    status_code=201,
    summary="Begin to hand in a blob, or go on with it",
    responses={
        200: {"model": UploadAnswer, "description": "Begun before: `chunks` says how far it is."},
        **problems(400, 401, 403, 409, 413, 429, 503),
    },
)
def post_upload(
    wanted: UploadRequest, caller: Captor, ledger: Ledger, response: Response
) -> UploadAnswer:
    """Encrypted content, known by its SHA-256. Ask again after any interruption: the same blob is
    the same upload, and only the chunks that are not here need to be sent."""
    found = ledger.content.uploading.begin(caller, wanted.digest(), wanted.size)
    response.status_code = 201 if found.created else 200
    response.headers["Location"] = PREFIX + found.upload.id
    return upload_answer(found)


@router.get(
    "/exchange/uploads/{upload}",
    summary="How far an upload is",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def get_upload(upload: _UploadPath, caller: Captor, ledger: Ledger) -> UploadAnswer:
    """Which chunks are here."""
    return upload_answer(ledger.content.uploading.find(caller, upload))


@router.put(
    "/exchange/uploads/{upload}/chunks/{number}",
    status_code=204,
    summary="Hand in one chunk",
    responses={204: {"description": "Durable."}, **problems(400, 401, 403, 404, 413, 429, 503)},
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}}
    },
)
async def put_chunk(
    request: Request,
    upload: _UploadPath,
    number: Annotated[int, Path(ge=0, le=2**31)],
    caller: Captor,
    ledger: Ledger,
) -> Response:
    """In any order; the same chunk again is harmless."""
    async with _places(request):
        try:
            async with asyncio.timeout(_SECONDS):
                body = await request.body()
        except TimeoutError:
            raise InvalidInput(
                "upload-too-slow", f"the chunk did not arrive within {_SECONDS:g} seconds"
            ) from None
        await run_in_threadpool(ledger.content.uploading.put_chunk, caller, upload, number, body)
    return Response(status_code=204)


@router.post(
    "/exchange/uploads/{upload}/completion",
    summary="Have the blob kept, once every chunk is here",
    responses=problems(400, 401, 403, 404, 409, 422, 429, 503),
)
def post_completion(upload: _UploadPath, caller: Captor, ledger: Ledger) -> UploadAnswer:
    """The blob is hashed; where it is not what was announced, the upload is over. May be repeated.
    Two gigabytes take some seconds."""
    return upload_answer(ledger.content.uploading.complete(caller, upload))


def _places(request: Request) -> asyncio.Semaphore:
    """The places for chunks of this server's running event loop."""
    loop = asyncio.get_running_loop()
    found = getattr(request.app.state, "chunk_places", None)
    if found is None or found[0] is not loop:
        found = request.app.state.chunk_places = (loop, asyncio.Semaphore(_AT_ONCE))
    places = found[1]
    assert isinstance(places, asyncio.Semaphore)
    return places
