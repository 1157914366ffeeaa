"""`/labels/…`: what is printed and stuck on: a code, and in words what it says.

`/labels/01/{gtin}/10/{lot}.pdf?layout=a4-24&count=24`, and so with `.svg` and `.png` for a single
label; `/labels/o/{organization}/p/{code}/lot/{lot}.pdf` for a lot without a GTIN. A sheet is drawn
while it is sent, page after page. `Label-Count` and `Page-Count` tell ahead how much there will be;
each page arrives as one object whose dictionary begins `/Type /Page `, so counting these is the
progress.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.auth import OPTIONAL_SECURITY, Visitor
from api.deps import Ledger, Metered
from api.json_route import JsonRoute
from api.links import find_own_lot, read_link
from api.schemas.labels import LabelsRequest
from api.schemas.problem import problems
from ledger.app import App
from ledger.errors import InvalidInput, QuotaExceeded, Unauthenticated
from ledger.gs1.digital_link import CANONICAL_STEM, parse_digital_link
from ledger.labels.image import draw_png, draw_svg
from ledger.labels.label import (
    LONGEST_TITLE,
    MOST_LABELS,
    AnyLabel,
    Label,
    OwnCodeLabel,
    number_labels,
)
from ledger.labels.layout import DEFAULT, Layout, get_layout
from ledger.labels.pdf import MEDIA_TYPE
from ledger.labels.picture import compose
from ledger.labels.sheet import write_sheet
from ledger.services.caller import Caller

router = APIRouter(route_class=JsonRoute, tags=["labels"], dependencies=[Metered])

PREFIX = "/labels"

Form = Literal["pdf", "svg", "png"]
_MEDIA: dict[str, str] = {"pdf": MEDIA_TYPE, "svg": "image/svg+xml", "png": "image/png"}
_FREE_LABELS = 200
"""Labels anybody may have at once; more take a key, because they take a processor for a while."""
_SHEETS_AT_ONCE = 2
_BUSY_SECONDS = 10.0
_drawing = threading.Semaphore(_SHEETS_AT_ONCE)

LayoutQuery = Annotated[
    str, Query(alias="layout", max_length=40, description="a4-24, a4-65, roll-50x30 and so on.")
]
LevelQuery = Annotated[
    Literal["L", "M", "Q", "H"], Query(alias="level", description="Error correction.")
]
_PDF: dict[str, Any] = {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}
_COUNT = {
    name: {"description": meaning, "schema": {"type": "string", "pattern": "^[0-9]+$"}}
    for name, meaning in (
        ("Label-Count", "Labels on the sheet."),
        ("Page-Count", "Pages; each arrives as one object that begins `/Type /Page `."),
    )
}


def _declare_link(
    link: Annotated[
        str,
        Path(
            description="GS1 key, its value and qualifiers: 01/{gtin}/10/…; or a lot under a code "
            "of an organization's own: o/{organization}/p/{code}/lot/{lot}."
        ),
    ],
) -> None:
    del link  # declared for OpenAPI and read from the raw path


@router.get(
    PREFIX + "/{link:path}.{form}",
    summary="Labels of a lot, an item or a logistic unit",
    dependencies=[Depends(_declare_link)],
    openapi_extra=OPTIONAL_SECURITY,
    responses={
        200: {
            "description": "A sheet as PDF, or one label as SVG or PNG. The code has its quiet "
            "zone, and modules of 0.396 to 0.990 mm.",
            "content": {
                media: {"schema": {"type": "string", "format": "binary"}}
                for media in _MEDIA.values()
            },
            "headers": _COUNT,
        },
        **problems(400, 401, 403, 404, 413, 429, 503),
    },
)
def get_labels(
    request: Request,
    form: Form,
    caller: Visitor,
    ledger: Ledger,
    layout: LayoutQuery = DEFAULT,
    level: LevelQuery = "M",
    count: Annotated[int, Query(ge=1, le=MOST_LABELS, description="Of a PDF.")] = 1,
    serial: Annotated[
        str | None,
        Query(
            max_length=20,
            description="First serial number (AI 21), counting on for each label; with an SSCC "
            "any value makes each label the next unit's.",
        ),
    ] = None,
    title: Annotated[
        str | None,
        Query(max_length=LONGEST_TITLE, description="Default: the registered description."),
    ] = None,
) -> Response:
    """All alike, or with `serial` numbered. More than two hundred take an API key."""
    paper = get_layout(layout)
    labels = _labels(request, ledger, form, title, count if form == "pdf" else 1, serial)
    if form == "pdf":
        return _sheet(labels, paper, level, caller)
    picture = compose(labels[0], paper.label, level)
    return Response(
        draw_svg(picture) if form == "svg" else draw_png(picture), media_type=_MEDIA[form]
    )


@router.post(
    PREFIX,
    summary="A sheet of labels, each of its own",
    openapi_extra=OPTIONAL_SECURITY,
    response_class=Response,
    responses={
        200: {"description": "The sheet.", "content": _PDF, "headers": _COUNT},
        **problems(400, 401, 403, 413, 429, 503),
    },
)
def post_labels(wanted: LabelsRequest, caller: Visitor, ledger: Ledger) -> Response:
    """In the order given."""
    labels = [_label(item.link, item.title, ledger) for item in wanted.labels]
    return _sheet(labels, get_layout(wanted.layout), wanted.level, caller)


def _labels(
    request: Request, ledger: App, form: str, title: str | None, count: int, serial: str | None
) -> Sequence[AnyLabel]:
    """The labels the path asks for."""
    root = ledger.settings.base_url
    own = find_own_lot(request, root, prefix=PREFIX, suffix=f".{form}")
    if own is not None:
        if serial is not None:
            raise InvalidInput(
                "label-numbering-impossible", "items without a GTIN have no serial number here"
            )
        uri, code, lot = own
        return [OwnCodeLabel(uri, code, lot, " ".join((title or "").split()))] * count
    link = read_link(request, prefix=PREFIX, suffix=f".{form}")
    if title is None:
        levels = ledger.linking.find(link)
        title = levels[0].description[:LONGEST_TITLE] if levels else ""
    first = Label(link, root, " ".join(title.split()))
    return number_labels(first, count, serial=serial)


def _label(text: str, title: str, ledger: App) -> Label:
    uri = CANONICAL_STEM + text if text.startswith("/") else text
    return Label(parse_digital_link(uri), ledger.settings.base_url, " ".join(title.split()))


def _sheet(
    labels: Sequence[AnyLabel], layout: Layout, level: str, caller: Caller | None
) -> StreamingResponse:
    if len(labels) > _FREE_LABELS and caller is None:
        raise Unauthenticated("api-key-missing", f"more than {_FREE_LABELS} labels take an API key")
    if not _drawing.acquire(blocking=False):
        raise QuotaExceeded(
            "labels-busy", "other sheets are being drawn", retry_after=_BUSY_SECONDS
        )
    try:
        pieces = _Drawing(write_sheet(labels, layout, level))
    except BaseException:
        _drawing.release()
        raise
    return StreamingResponse(
        pieces,
        media_type=MEDIA_TYPE,
        headers={
            "Label-Count": str(len(labels)),
            "Page-Count": str(layout.pages(len(labels))),
            "Content-Disposition": 'inline; filename="labels.pdf"',
            "Cache-Control": "no-store",
        },
    )


class _Drawing:
    """The pieces of a sheet; its place among those being drawn is given back however it ends,
    also when the one who asked has gone away."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = True

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._pieces
        finally:
            self._give_back()

    def __del__(self) -> None:
        self._give_back()

    def _give_back(self) -> None:
        if self._held:
            self._held = False
            _drawing.release()
