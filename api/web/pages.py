"""The public pages, rendered on the server and then checked on the visitor's device.

`/01/…` tells the story of a scanned code, `/` asks for one, `/verify` checks a file. What the
server says is shown at once, marked as its own word; the modules under `static/` fetch the proofs,
check them and replace it. The server cannot vouch for itself: nothing here ever says "intact".
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.deps import app_of
from api.negotiation import compress
from api.web.csp import page_policy
from api.web.static import STATIC, module_names, static_url
from api.web.views import view_story
from api.web.words import LANGUAGES, choose_language, load_words
from ledger.errors import InvalidInput
from ledger.gs1.digital_link import CANONICAL_STEM, DigitalLink, parse_digital_link
from ledger.services.resolving import Story

_TEMPLATES = Path(__file__).parent / "templates"
_NOT_AHEAD = ("page/story.js", "page/file.js", "verifier/snapshot.js")
"""Modules that not every page needs."""

router = APIRouter(tags=["consumers"], include_in_schema=False)


def story_page(request: Request, link: DigitalLink, story: Story | None) -> Response:
    """The story of a lot or an item; without one a 404 page that warns."""
    language = choose_language(request.query_params.get("lang"))
    view = view_story(link, story, load_words(language))
    status = 200 if story is not None else 404
    return _page(request, "story.html", status, main="page/story.js", story=view)


@router.get("/")
def start_page(request: Request) -> Response:
    """Asks for a code and leads to its story."""
    typed = {name: request.query_params.get(name, "") for name in ("gtin", "lot", "serial")}
    link = _find_link(**{name: value.strip() for name, value in typed.items()})
    if link is not None:
        return RedirectResponse(link.path + _language_query(request), status_code=303)
    wrong = any(typed.values())
    return _page(request, "start.html", 400 if wrong else 200, typed=typed, wrong=wrong)


@router.get("/verify")
def file_page(request: Request) -> Response:
    """Checks a file of the visitor's own."""
    return _page(request, "file.html", 200, main="page/file.js")


def _find_link(gtin: str, lot: str, serial: str) -> DigitalLink | None:
    if not gtin.isascii() or not gtin.isdigit() or len(gtin) < 8:  # 8 digits: the shortest GTIN
        return None
    path = f"/01/{gtin.zfill(14)}/10/{quote(lot, safe='')}"
    if serial:
        path += f"/21/{quote(serial, safe='')}"
    try:
        return parse_digital_link(CANONICAL_STEM + path)
    except InvalidInput:
        return None


def _page(
    request: Request, template: str, status: int, *, main: str | None = None, **values: object
) -> Response:
    language = choose_language(request.query_params.get("lang"))
    other = next(one for one in LANGUAGES if one != language)
    html = (
        _environment()
        .get_template(template)
        .render(
            lang=language,
            lang_query=_language_query(request),
            other=other,
            other_url=f"?{urlencode({'lang': other})}",
            t=load_words(language).say,
            static=static_url,
            main=main,
            modules=_modules(main) if main is not None else (),
            noble_integrity=_noble_integrity(),
            **values,
        )
    )
    content, encoding = compress(request.headers.get("accept-encoding"), html.encode())
    headers = {
        **encoding,
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": language,
        "Content-Security-Policy": page_policy(app_of(request).trusting.anchors().rpc),
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cache-Control": "no-store",
        "Vary": "Accept, Accept-Encoding, Authorization",
    }
    return Response(content, status_code=status, headers=headers)


def _language_query(request: Request) -> str:
    asked = request.query_params.get("lang")
    return f"?{urlencode({'lang': asked})}" if asked in LANGUAGES else ""


def _modules(main: str) -> list[str]:
    """Everything the page's script imports, directly or not."""
    shared = [*module_names("verifier"), *module_names("page")]
    return [*(name for name in shared if name not in _NOT_AHEAD), main]


@cache
def _noble_integrity() -> str:
    return (STATIC / "vendor" / "noble.sri").read_text(encoding="ascii").strip()


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
