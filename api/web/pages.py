"""The public pages, rendered on the server and then checked on the visitor's device.

`/01/…` tells the story of a scanned code, `/` asks for one, `/verify` checks a file. What the
server says is shown at once, marked as its own word; the modules under `static/` fetch the proofs,
check them and replace it. The server cannot vouch for itself: nothing here ever says "intact".
"""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.deps import app_of
from api.web.csp import page_policy
from api.web.own_links import ABOUT
from api.web.page import language_query, render_page
from api.web.recall_words import recall_sentences
from api.web.static import module_names
from api.web.views import StoryView, view_local_story, view_story
from api.web.words import choose_language, load_words
from ledger.errors import InvalidInput
from ledger.gs1.digital_link import CANONICAL_STEM, DigitalLink, parse_digital_link
from ledger.identity.organization import OrgId
from ledger.masterdata.code import LocalUri
from ledger.services.addressing import Address
from ledger.services.resolving import Story

_NOT_AHEAD = (
    "page/story.js",
    "page/file.js",
    "page/contents.js",
    "page/contents_view.js",
    "page/described.js",
    "page/description_view.js",
    "page/goods_link.js",
    "page/photo.js",
    "page/lots_view.js",
    "verifier/snapshot.js",
)
"""Modules that not every page needs."""

SSCC_DIGITS = 18
_MOST_DESCRIPTIONS = 3
"""Organizations whose description of the product is told, those first who came first."""

router = APIRouter(tags=["consumers"], include_in_schema=False)


def story_page(request: Request, link: DigitalLink, story: Story) -> Response:
    """The story of goods, or the descriptions of a product, place or party."""
    language = choose_language(request.query_params.get("lang"))
    view = view_story(link, story, load_words(language))
    told = _described(request, story, link.key[1]) if view.kind == "goods" else []
    return _page(request, "story.html", 200, main="page/story.js", story=view, described=told)


def unknown_page(request: Request, link: DigitalLink, address: Address) -> Response:
    """A 404 page that warns: nothing is recorded about this code, though its product, place or
    party may be described."""
    language = choose_language(request.query_params.get("lang"))
    described = None
    if address.descriptions:
        about = f"{ABOUT}{DigitalLink(link.key).path}{language_query(request)}"
        described = (about, address.descriptions[0].name)
    view = view_story(link, None, load_words(language), described)
    return _page(request, "story.html", 404, main="page/story.js", story=view)


def wrong_page(request: Request, detail: str) -> Response:
    """What was scanned is no code: a 400 page that says what is wrong with it."""
    return _page(request, "wrong.html", 400, detail=detail)


def missing_page(request: Request) -> Response:
    """A 404 page for whoever followed or typed an address that leads nowhere."""
    return _page(request, "missing.html", 404)


def local_story_page(request: Request, local: LocalUri, uri: str, story: Story | None) -> Response:
    """The same for a lot under a code of an organization's own."""
    language = choose_language(request.query_params.get("lang"))
    view = view_local_story(local, uri, story, load_words(language))
    status = 200 if story is not None else 404
    told = _described(request, story, local.code.text, of=local.org)
    return _page(request, "story.html", status, main="page/story.js", story=view, described=told)


@router.get("/")
def start_page(request: Request) -> Response:
    """Asks for a code and leads to its story."""
    typed = {name: request.query_params.get(name, "") for name in ("gtin", "lot", "serial")}
    link = _find_link(**{name: value.strip() for name, value in typed.items()})
    if link is not None:
        return RedirectResponse(link.path + language_query(request), status_code=303)
    wrong = any(typed.values())
    return _page(request, "start.html", 400 if wrong else 200, typed=typed, wrong=wrong)


@router.get("/verify")
def file_page(request: Request) -> Response:
    """Checks a file of the visitor's own."""
    return _page(request, "file.html", 200, main="page/file.js")


def _find_link(gtin: str, lot: str, serial: str) -> DigitalLink | None:
    """What was typed: a product with lot and serial number, or 18 digits, a logistic unit."""
    if not gtin.isascii() or not gtin.isdigit() or len(gtin) < 8:  # 8 digits: the shortest GTIN
        return None
    if len(gtin) == SSCC_DIGITS:
        path = f"/00/{gtin}"
    else:
        path = f"/01/{gtin.zfill(14)}"
        path += "".join(
            f"/{ai}/{quote(value, safe='')}" for ai, value in (("10", lot), ("21", serial)) if value
        )
    try:
        return parse_digital_link(CANONICAL_STEM + path)
    except InvalidInput:
        return None


def _described(
    request: Request, story: Story | None, code: str, of: OrgId | None = None
) -> list[str]:
    """Record ids of what the organizations of a story say about the product; `of`: only this one,
    whose code it is."""
    if story is None:
        return []
    tellers = dict.fromkeys(step.profile.org for step in story.events)
    wanted = [org for org in tellers if of in (None, org)][:_MOST_DESCRIPTIONS]
    found = app_of(request).cataloguing.descriptions(wanted, code)
    return [view.record_id.text for view in found]


def _page(
    request: Request,
    template: str,
    status: int,
    *,
    main: str | None = None,
    story: StoryView | None = None,
    **values: object,
) -> Response:
    words = load_words(choose_language(request.query_params.get("lang")))
    if story is not None:
        warnings = app_of(request).recall_warning.warn([story.subject])
        values |= {"story": story, "recalls": recall_sentences(warnings, words)}
    return render_page(
        request,
        template,
        status,
        policy=page_policy(app_of(request).trusting.anchors().rpc),
        main=main,
        modules=_modules(main) if main is not None else (),
        **values,
    )


def _modules(main: str) -> list[str]:
    """Everything the page's script imports, directly or not."""
    shared = [*module_names("verifier"), *module_names("page")]
    return [*(name for name in shared if name not in _NOT_AHEAD), main]
