"""`/exchange/blobs`: encrypted content by its SHA-256, whole or from where one was."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api import problems as problem_bodies
from api.auth import Reader
from api.deps import Ledger
from api.schemas.problem import problems
from ledger.digest import Digest

router = APIRouter(tags=["exchange"])

_OCTETS = "application/octet-stream"
_BINARY: dict[str, Any] = {_OCTETS: {"schema": {"type": "string", "format": "binary"}}}
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


@router.get(
    "/exchange/blobs/{digest}",
    summary="Encrypted content",
    responses={
        200: {"description": "The blob.", "content": _BINARY},
        206: {"description": "The part that was asked for.", "content": _BINARY},
        304: {"description": "You have it."},
        **problems(400, 401, 403, 404, 416, 429, 503),
    },
    response_class=StreamingResponse,
)
def get_blob(
    request: Request,
    digest: Annotated[str, Path(description="SHA-256, 64 lower-case hex digits.")],
    caller: Reader,
    ledger: Ledger,
) -> Response:
    """For the organization that handed it in, and the recipients of legs that name it. One `Range`
    of bytes is answered (RFC 9110, 14); others are not heeded. Nothing of it can be read without a
    key that was wrapped to you."""
    found = ledger.content.fetching.find(caller, Digest.from_hex(digest))
    etag = f'"{digest}"'
    headers = {"ETag": etag, "Accept-Ranges": "bytes", "Cache-Control": "no-store"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    span = None
    if request.headers.get("if-range", etag) == etag:
        span = _read_range(request.headers.get("range", ""), found.size)
    if span is None:
        headers["Content-Length"] = str(found.size)
        return StreamingResponse(found.read(0, found.size), headers=headers, media_type=_OCTETS)
    start, end = span
    if start >= end:
        return problem_bodies.problem(
            request.url.path,
            416,
            "blob-range-unsatisfiable",
            f"the blob has {found.size} bytes",
            headers={"Content-Range": f"bytes */{found.size}"},
        )
    headers["Content-Length"] = str(end - start)
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{found.size}"
    pieces = found.read(start, end - start)
    return StreamingResponse(pieces, status_code=206, headers=headers, media_type=_OCTETS)


def _read_range(text: str, size: int) -> tuple[int, int] | None:
    """First byte and the one behind the last; an empty span where there is none of these; None
    where no single range is asked for."""
    asked = _RANGE.fullmatch(text.strip())
    if asked is None or asked[0] == "bytes=-":
        return None
    first, last = asked.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None  # no valid range at all: not heeded
    return int(first), min(size, int(last) + 1) if last else size
