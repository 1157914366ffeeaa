"""`/links/…`: what an organization registers for its anchors at the resolver.

The path after `/links` is that of a GS1 Digital Link: `/links/01/{gtin}`,
`/links/01/{gtin}/10/{lot}`, `/links/00/{sscc}`.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Captor
from api.deps import Ledger
from api.json_route import JsonRoute
from api.links import read_link
from api.schemas.links import LinksAnswer, LinksRequest, links_answer
from api.schemas.problem import problems
from ledger.errors import InvalidInput
from ledger.gs1.digital_link import CANONICAL_STEM, DigitalLink, parse_digital_link

router = APIRouter(route_class=JsonRoute, tags=["links"])

PREFIX = "/links"


def _declare_anchor(
    anchor: Annotated[str, Path(description="GS1 key, its value and qualifiers: 01/{gtin}.")],
) -> None:
    del anchor  # declared for OpenAPI and read from the raw path


def _read_anchor(request: Request) -> DigitalLink:
    link = read_link(request, prefix=PREFIX)
    if link.attributes:
        raise InvalidInput("gs1-link-malformed", "an anchor has no data attributes")
    return link


Anchor = Annotated[DigitalLink, Depends(_read_anchor)]
_PATH = [Depends(_declare_anchor)]


@router.put(
    PREFIX + "/{anchor:path}",
    summary="Register the links of an anchor",
    dependencies=_PATH,
    responses={
        201: {"model": LinksAnswer, "description": "The anchor had none."},
        **problems(400, 401, 403, 404, 409, 413, 429, 503),
    },
)
def put_links(
    link: Anchor, wanted: LinksRequest, caller: Captor, ledger: Ledger, response: Response
) -> LinksAnswer:
    """Replace them all; earlier versions are kept. The key must be your organization's: by its
    company prefix, or where nobody's covers it, by having captured the thing first."""
    done = ledger.linking.put(caller, link, wanted.link_set(link))
    if done.created:
        response.status_code = 201
    return links_answer(done.row)


@router.get(
    PREFIX + "/{anchor:path}",
    summary="The links registered for an anchor",
    dependencies=_PATH,
    responses=problems(400, 404, 503),
)
def get_links(link: Anchor, ledger: Ledger) -> LinksAnswer:
    """Of exactly this anchor; the resolver itself gives those of all levels."""
    return links_answer(ledger.linking.get(link))


@router.delete(
    PREFIX + "/{anchor:path}",
    status_code=204,
    summary="Take the links of an anchor away",
    dependencies=_PATH,
    responses=problems(400, 401, 403, 404, 409, 429, 503),
)
def delete_links(link: Anchor, caller: Captor, ledger: Ledger) -> Response:
    """By its organization, or by the operator. Earlier versions are kept."""
    ledger.linking.delete(caller, link)
    return Response(status_code=204)


@router.get(
    "/link-versions",
    summary="The history of an anchor's links",
    responses=problems(400, 503),
)
def list_versions(
    anchor: Annotated[str, Query(description="/01/{gtin}…, or a Digital Link.", max_length=2048)],
    ledger: Ledger,
) -> list[LinksAnswer]:
    """Newest first, a hundred at most: who sent scanners where, and since when."""
    uri = CANONICAL_STEM + anchor if anchor.startswith("/") else anchor
    return [links_answer(row) for row in ledger.linking.history(parse_digital_link(uri))]
