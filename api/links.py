"""GS1 Digital Links in request paths.

A lot number may hold `/`, `%` and more (GS1 General Specifications, 7.11), so links are read from
the path as it was sent, still percent-encoded; the decoded path cannot tell a slash from a slash.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Path
from starlette.requests import Request

from ledger.gs1.digital_link import CANONICAL_STEM, DigitalLink, parse_digital_link
from ledger.masterdata.code import find_local_uri


def read_link(request: Request, *, prefix: str = "", suffix: str = "") -> DigitalLink:
    """The Digital Link this request's path names between a prefix and a suffix of ours.

    Attributes in the query are part of it; one trailing slash is not. Raises InvalidInput
    `gs1-…`.
    """
    path = _raw_path(request).removeprefix(prefix).removesuffix(suffix)
    query = request.scope["query_string"].decode("latin-1")
    return parse_digital_link(CANONICAL_STEM + path.removesuffix("/") + (f"?{query}" * bool(query)))


def find_own_lot(
    request: Request, root: str, *, prefix: str = "", suffix: str = ""
) -> tuple[str, str, str] | None:
    """(URI, product code, lot) where the path names a lot under a code of an organization's own,
    else None. `root` is the installation's address."""
    found = find_local_uri(root + _raw_path(request).removeprefix(prefix).removesuffix(suffix))
    if found is None or found.lot is None:
        return None
    return found.code.lot_uri(found.org, root, found.lot), found.code.text, found.lot


def _raw_path(request: Request) -> str:
    """The path as it was sent, still percent-encoded, without a query."""
    raw = request.scope.get("raw_path")
    path = raw.decode("latin-1") if isinstance(raw, bytes) else quote(request.scope["path"])
    return path.partition("?")[0]


def _declare_lot(
    gtin: Annotated[str, Path(description="GTIN-14 with a right check digit.")],
    lot: Annotated[str, Path(description="Lot number (AI 10), percent-encoded.")],
) -> None:
    del gtin, lot  # declared for OpenAPI and read from the raw path


def _declare_serial(
    serial: Annotated[str, Path(description="Serial number (AI 21), percent-encoded.")],
) -> None:
    del serial


LOT_PATH = [Depends(_declare_lot)]
ITEM_PATH = [Depends(_declare_lot), Depends(_declare_serial)]
"""Dependencies that declare the parameters of a path which `read_link` reads."""
