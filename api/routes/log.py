"""`/log/`: the tile log exactly as C2SP tlog-tiles v0.1.0 lays it out, and the trust file.

Tiles and entry bundles never change once served and may be cached for ever; only the checkpoint
moves. Everything here is public: it holds commitments and nothing they commit to.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import Ledger
from api.schemas.problem import problems
from ledger.errors import InvalidInput, NotFound
from ledger.merkle.tiles import parse_tile_path

router = APIRouter(tags=["log"])

_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_TEXT = "text/plain; charset=utf-8"
_BYTES = "application/octet-stream"
_BINARY: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes.",
        "content": {_BYTES: {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get(
    "/log/checkpoint",
    summary="The newest signed checkpoint",
    responses={
        200: {
            "description": "A C2SP signed note: origin, size, root; Ed25519.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        **problems(404, 503),
    },
)
def get_checkpoint(ledger: Ledger) -> Response:
    """Everything the log held when it was signed is provable against it."""
    return Response(
        ledger.log_reading.checkpoint(),
        media_type=_TEXT,
        headers={"Cache-Control": "no-cache"},
    )


@router.get(
    "/log/tile/entries/{position:path}",
    summary="An entry bundle",
    responses={**_BINARY, **problems(404, 503)},
)
def get_entries(position: str, ledger: Ledger) -> Response:
    """Up to 256 entries, each after its 16-bit length: `x001/x234/067` or `x001/x234/067.p/8`."""
    return _tile(f"tile/entries/{position}", ledger)


@router.get(
    "/log/tile/{level}/{position:path}",
    summary="A tile",
    responses={**_BINARY, **problems(404, 503)},
)
def get_tile(level: str, position: str, ledger: Ledger) -> Response:
    """Up to 256 hashes of one level: `0/x001/x234/067` or `0/x001/x234/067.p/8`."""
    return _tile(f"tile/{level}/{position}", ledger)


def _tile(path: str, ledger: Ledger) -> Response:
    try:
        tile = parse_tile_path(path)
    except InvalidInput as error:
        raise NotFound("path-unknown", f"no tile is named like this: {error.detail}") from error
    reading = ledger.log_reading
    if tile.level is None:
        content = reading.entries(tile.index, tile.width)
    else:
        content = reading.tile(tile.level, tile.index, tile.width)
    return Response(content, media_type=_BYTES, headers=_FOR_EVER)


History = Annotated[
    bool,
    Query(
        description="Whether heads and organizations are listed; who asks the chain itself needs "
        "neither."
    ),
]


@router.get(
    "/trust",
    summary="What a verifier needs to trust",
    responses={
        200: {
            "description": "The trust file: chain, contracts, log key. Compare it with one had "
            "by another way before relying on it.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        **problems(400, 503),
    },
)
def get_trust(ledger: Ledger, history: History = True) -> Response:
    """A verifier that takes its trust only from the server it checks has checked nothing."""
    anchors = ledger.trust() if history else ledger.trusting.anchors()
    return Response(
        anchors.encode(),
        media_type="application/json",
        headers={
            "Content-Disposition": 'inline; filename="trust.json"',
            "Cache-Control": "no-cache",
        },
    )
