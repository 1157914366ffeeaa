"""`/opendata/`: the public records of each day, with checkpoint and proofs."""

from __future__ import annotations

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from api.deps import Ledger, Metered
from api.negotiation import JSON, JSON_LD, choose_media_type
from api.schemas.problem import problems
from ledger.opendata.dataset import MEDIA_TYPES, parse_day

router = APIRouter(tags=["open data"], dependencies=[Metered])


@router.get(
    "/opendata/",
    summary="The catalogue of open data",
    responses={
        200: {
            "description": "DCAT 3 as JSON-LD: one dataset per day.",
            "content": {media: {"schema": {"type": "object"}} for media in (JSON_LD, JSON)},
        },
        **problems(406, 429, 503),
    },
)
def get_catalog(request: Request, ledger: Ledger) -> Response:
    """Every published day with its files, their sizes and digests."""
    media = choose_media_type(request.headers.get("accept"), (JSON_LD, JSON))
    return Response(
        orjson.dumps(ledger.publishing.catalog()),
        media_type=media,
        headers={"Cache-Control": "public, max-age=300", "Vary": "Accept"},
    )


@router.get(
    "/opendata/{day}/{name}",
    summary="A file of one day",
    responses={
        200: {
            "description": "`events.jsonld` (EPCIS 2.0), `events.csv`, `masterdata.json`, "
            "`proofs.zip` (one bundle per record), `checkpoint` or `manifest.json`.",
            "content": {
                media: {"schema": {"type": "string", "format": "binary"}}
                for media in sorted(set(MEDIA_TYPES.values()))
            },
        },
        206: {"description": "A part of it."},
        **problems(404, 429, 503),
    },
)
def get_file(day: str, name: str, ledger: Ledger) -> Response:
    """Never changes once it is there. Each bundle in proofs.zip is checked by `provenance verify`
    with a trust file, without this server."""
    path = ledger.publishing.find_file(parse_day(day), name)
    return FileResponse(
        path,
        media_type=MEDIA_TYPES[name],
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Disposition": f'attachment; filename="{day}-{name}"',
        },
    )
