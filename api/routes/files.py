"""`/files`: photos and certificates by the SHA-256 of what is in them."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Captor
from api.deps import Ledger, Metered
from api.negotiation import JSON
from api.schemas.files import FileAnswer, file_answer
from api.schemas.problem import problems
from ledger.digest import Digest
from ledger.masterdata.media_type import ENDINGS, MEDIA_TYPES, PDF

router = APIRouter(tags=["files"])

_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_FOREVER = "public, max-age=31536000, immutable"
_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""Whatever a file turns out to be, no browser runs anything of it."""


@router.post(
    "/files",
    status_code=201,
    summary="Keep a photo or a certificate",
    responses={
        200: {"model": FileAnswer, "description": "Kept before."},
        201: {"model": FileAnswer, "description": "Kept, and durable."},
        **problems(400, 401, 403, 404, 413, 415, 429, 503),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": dict.fromkeys((*MEDIA_TYPES, "application/octet-stream"), _BINARY),
        }
    },
)
async def post_file(
    request: Request,
    caller: Captor,
    ledger: Ledger,
    keep_location: Annotated[
        bool,
        Query(
            alias="keepLocation", description="Keep where a photo was taken; else it is removed."
        ),
    ] = False,
) -> Response:
    """JPEG, PNG, WebP or PDF, up to 10 MB, told apart by their bytes. Photos are decoded and
    written anew: what the camera wrote beside the picture, its position first of all, is gone."""
    kept = await run_in_threadpool(
        ledger.filing.keep, caller, await request.body(), keep_location=keep_location
    )
    return Response(
        orjson.dumps(file_answer(kept)),
        status_code=201 if kept.created else 200,
        media_type=JSON,
        headers={"Location": f"/files/{kept.sha256.hex()}"},
    )


@router.get(
    "/files/{digest}",
    summary="A photo or certificate",
    dependencies=[Metered],
    responses={
        200: {
            "description": "The bytes whose SHA-256 is asked for; for ever the same.",
            "content": dict.fromkeys(MEDIA_TYPES, _BINARY),
        },
        304: {"description": "You have it."},
        **problems(400, 404, 429, 503),
    },
)
def get_file(
    request: Request,
    digest: Annotated[str, Path(description="SHA-256, 64 lower-case hex digits.")],
    ledger: Ledger,
) -> Response:
    """Anyone who knows the digest may read it. No browser runs anything of it."""
    wanted = Digest.from_hex(digest)
    etag = f'"{digest}"'
    headers = {
        "Cache-Control": _FOREVER,
        "ETag": etag,
        "Content-Security-Policy": _POLICY,
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    data, media_type = ledger.filing.read(wanted)
    name = f"{digest[:16]}{ENDINGS[media_type]}"
    way = "attachment" if media_type == PDF else "inline"
    headers["Content-Disposition"] = f'{way}; filename="{name}"'
    return Response(data, media_type=media_type, headers=headers)
