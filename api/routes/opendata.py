"""`/opendata/`: the public records of each day, with checkpoint and proofs."""

from __future__ import annotations

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from api.deps import Ledger, Metered
from api.negotiation import JSON, JSON_LD, choose_media_type
from api.schemas.problem import problems
from api.web.opendata import day_page, days_page
from ledger.app import App
from ledger.opendata.catalog import DAY_COLUMNS, day_rows
from ledger.opendata.dataset import MEDIA_TYPES, media_type_of, parse_day
from ledger.opendata.event_table import line

HTML = "text/html"
CSV = "text/csv"

router = APIRouter(tags=["open data"], dependencies=[Metered])


_SHORTLY = {"Cache-Control": "public, max-age=300", "Vary": "Accept"}


@router.get("/opendata", include_in_schema=False)
def find_catalog(request: Request) -> Response:
    """The address as people type it."""
    query = request.url.query
    return RedirectResponse("/opendata/" + (f"?{query}" if query else ""), status_code=308)


@router.get(
    "/opendata/",
    summary="The catalogue of open data",
    responses={
        200: {
            "description": "DCAT 3 as JSON-LD, one dataset per day; for people a page.",
            "content": {
                **{media: {"schema": {"type": "object"}} for media in (JSON_LD, JSON)},
                HTML: {"schema": {"type": "string"}},
            },
        },
        **problems(406, 429, 503),
    },
)
def get_catalog(request: Request, ledger: Ledger) -> Response:
    """Every published day with its files, their sizes and digests."""
    media = choose_media_type(request.headers.get("accept"), (JSON_LD, JSON, HTML))
    if media == HTML:
        return days_page(request, ledger.publishing.days(), ledger.settings.opendata_license)
    return _catalog(ledger, media)


@router.get(
    "/opendata/catalog.jsonld",
    summary="The catalogue of open data, at an address of its own",
    responses={
        200: {"description": "DCAT 3.", "content": {JSON_LD: {"schema": {"type": "object"}}}},
        **problems(429, 503),
    },
)
def get_catalog_file(ledger: Ledger) -> Response:
    """The same as `/opendata/` for those who cannot ask for a media type."""
    return _catalog(ledger, JSON_LD)


@router.get(
    "/opendata/days.csv",
    summary="The days of open data as a table",
    responses={
        200: {"description": "One row per day.", "content": {CSV: {"schema": {"type": "string"}}}},
        **problems(429, 503),
    },
)
def get_days(ledger: Ledger) -> Response:
    """Newest first, with counts, size and address."""
    rows = day_rows(ledger.publishing.days(), ledger.settings.base_url)
    content = "".join(line(row) for row in (DAY_COLUMNS, *rows))
    return Response(content, media_type=CSV, headers=_SHORTLY)


@router.get(
    "/opendata/{day}/",
    summary="One day of open data",
    responses={
        200: {
            "description": "The manifest; for people a page.",
            "content": {
                JSON: {"schema": {"type": "object"}},
                HTML: {"schema": {"type": "string"}},
            },
        },
        **problems(404, 406, 429, 503),
    },
)
def get_day(day: str, request: Request, ledger: Ledger) -> Response:
    """Its files, their sizes and digests."""
    dataset = ledger.publishing.find(parse_day(day))
    media = choose_media_type(request.headers.get("accept"), (JSON, HTML))
    if media == HTML:
        return day_page(request, dataset)
    return Response(orjson.dumps(dataset.to_json()), media_type=JSON, headers=_SHORTLY)


@router.get(
    "/opendata/{day}/{name}",
    summary="A file of one day",
    responses={
        200: {
            "description": "`events.jsonld` (EPCIS 2.0), `events.csv`, `masterdata.json`, "
            "`proofs-0001.zip` and so on (one bundle per record), `checkpoint` or `manifest.json`.",
            "content": {
                media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA_TYPES
            },
        },
        206: {"description": "A part of it."},
        **problems(404, 429, 503),
    },
)
def get_file(day: str, name: str, ledger: Ledger) -> Response:
    """Never changes once it is there. Each bundle in the archives is checked by `provenance verify`
    with a trust file, without this server."""
    path = ledger.publishing.find_file(parse_day(day), name)
    return FileResponse(
        path,
        media_type=media_type_of(name),
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Disposition": f'attachment; filename="{day}-{name}"',
        },
    )


def _catalog(ledger: App, media: str) -> Response:
    return Response(orjson.dumps(ledger.publishing.catalog()), media_type=media, headers=_SHORTLY)
