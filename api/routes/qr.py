"""`/qr/`: the code printed on a pack, leading to the lot's page."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Ledger, Metered
from api.links import ITEM_PATH, LOT_PATH, read_link
from api.schemas.problem import problems
from ledger.gs1.qr import capitalised, encode_qr

router = APIRouter(tags=["consumers"], dependencies=[Metered])

Form = Literal["svg", "png"]
_MEDIA: dict[str, str] = {"svg": "image/svg+xml", "png": "image/png"}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The QR code, error correction level M, quiet zone included.",
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}} for media in _MEDIA.values()
        },
    },
    **problems(400, 404, 429),
}


@router.get(
    "/qr/01/{gtin}/10/{lot:path}/21/{serial:path}.{form}",
    summary="QR code of one item",
    dependencies=ITEM_PATH,
    responses=_ANSWERS,
)
def item_code(request: Request, form: Form, ledger: Ledger) -> Response:
    """GTIN, lot and serial as a GS1 Digital Link on this server's address."""
    return _code(request, form, ledger)


@router.get(
    "/qr/01/{gtin}/10/{lot:path}.{form}",
    summary="QR code of a lot",
    dependencies=LOT_PATH,
    responses=_ANSWERS,
)
def lot_code(request: Request, form: Form, ledger: Ledger) -> Response:
    """GTIN and lot as a GS1 Digital Link on this server's address."""
    return _code(request, form, ledger)


def _code(request: Request, form: Form, ledger: Ledger) -> Response:
    link = read_link(request, prefix="/qr", suffix=f".{form}")
    code = encode_qr(capitalised(ledger.settings.base_url + link.path))
    return Response(
        code.svg() if form == "svg" else code.png(),
        media_type=_MEDIA[form],
        headers={"Cache-Control": "public, max-age=86400"},
    )
