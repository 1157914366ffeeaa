"""The producer's portal: one page that a household keeps on its phone.

The page is the same for everybody and holds no data: who signs in, what is recorded and what waits
to be sent stay on the device and go to the same API as an ERP's. So there is no cookie, and nothing
another site could send in a producer's name. `worker.js` keeps the page usable without a network.
"""

from __future__ import annotations

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.deps import app_of
from api.web.csp import PORTAL_POLICY, WORKER_POLICY
from api.web.page import language_query, render_page
from api.web.static import load_files, module_names, release, static_url
from api.web.words import LANGUAGES, choose_language, load_words

ROOM = "portal"
"""Folder of the portal's modules and of its catalogues."""
_MAIN = "portal/main.js"
_WORKER = "portal/worker.js"
_SHARED = ("page/dates.js", "page/element.js", "page/words.js")
"""What the portal's modules import from other rooms."""

router = APIRouter(tags=["producers"], include_in_schema=False)


@router.get("/portal")
def portal_page(request: Request) -> Response:
    """The portal, empty until the device fills it."""
    words = load_words(choose_language(request.query_params.get("lang")), ROOM)
    return render_page(
        request,
        "portal.html",
        200,
        policy=PORTAL_POLICY,
        main=_MAIN,
        modules=portal_modules(),
        p=words.say,
        base=app_of(request).settings.base_url,
    )


@router.get("/portal/manifest.json")
def portal_manifest(request: Request) -> Response:
    """What a phone needs to put the portal on its home screen."""
    language = choose_language(request.query_params.get("lang"))
    p = load_words(language, ROOM).say
    manifest = {
        "name": p("title"),
        "short_name": p("title.short"),
        "lang": language,
        "start_url": "/portal" + language_query(request),
        "scope": "/portal",
        "display": "standalone",
        "theme_color": "#0b6b35",
        "background_color": "#f4f5f7",
        "icons": [{"src": static_url("icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return Response(orjson.dumps(manifest), media_type="application/manifest+json")


@router.get("/portal/worker.js")
def portal_worker() -> Response:
    """The service worker with the list of what it keeps; another release is another worker."""
    shell = orjson.dumps({"release": release(), "files": shell_files()}).decode()
    content = f"const SHELL = {shell};\n".encode() + load_files()[_WORKER].content
    headers = {
        "Content-Security-Policy": WORKER_POLICY,
        "Cache-Control": "no-cache",
        "Service-Worker-Allowed": "/portal",  # the page stands above the worker's own folder
    }
    return Response(content, media_type="text/javascript; charset=utf-8", headers=headers)


def portal_modules() -> list[str]:
    """Everything the portal's script imports, directly or not, and the script itself."""
    own = [name for name in module_names(ROOM) if name != _WORKER]
    return [*_SHARED, *own]


def shell_files() -> list[str]:
    """The addresses that must be kept for the portal to start without a network."""
    pages = ["/portal", *(f"/portal?lang={language}" for language in LANGUAGES)]
    catalogues = [f"catalogues/{ROOM}/{language}.json" for language in LANGUAGES]
    looks = ["style.css", "portal.css", "icon.svg"]
    return [*pages, *map(static_url, (*looks, *catalogues, *portal_modules()))]
