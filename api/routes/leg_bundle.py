"""`/exchange/legs/{leg}/bundle`: everything that proves a leg, in one file that needs no server."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.auth import Reader
from api.deps import Ledger
from api.schemas.problem import problems
from ledger.digest import Digest
from ledger.proof.container import MEDIA_TYPE

router = APIRouter(tags=["exchange"])


@router.get(
    "/exchange/legs/{leg}/bundle",
    summary="The bundle of a leg",
    responses={
        200: {
            "description": "An ASiC-E container, docs/formats/leg-bundle.md.",
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        },
        **problems(400, 401, 403, 404, 429, 503),
    },
)
def get_bundle(
    leg: Annotated[str, Path(description="Id of the leg.", pattern=r"^[0-9a-f]{64}$")],
    caller: Reader,
    ledger: Ledger,
) -> Response:
    """As far as the chain has the leg. It discloses the routing; a party that has the manifest and
    the documents puts them in itself."""
    content = ledger.leg_bundling.bundle(caller, Digest.from_hex(leg)).encode()
    return Response(
        content,
        media_type=MEDIA_TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="{leg[:16]}.asice"',
            "Cache-Control": "no-store",
        },
    )
