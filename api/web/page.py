"""One page: a template in the visitor's language, with the headers every page must have."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import Response

from api.negotiation import compress
from api.web.static import STATIC, static_url
from api.web.words import LANGUAGES, choose_language, load_words

_TEMPLATES = Path(__file__).parent / "templates"


def render_page(
    request: Request,
    template: str,
    status: int,
    *,
    policy: str,
    main: str | None = None,
    modules: Sequence[str] = (),
    **values: object,
) -> Response:
    """The template in the language asked for. `main` is the page's script, `modules` what that
    imports; `policy` is its Content-Security-Policy."""
    language = choose_language(request.query_params.get("lang"))
    other = next(one for one in LANGUAGES if one != language)
    html = (
        _environment()
        .get_template(template)
        .render(
            lang=language,
            lang_query=language_query(request),
            other=other,
            other_url=f"?{urlencode({'lang': other})}",
            t=load_words(language).say,
            static=static_url,
            main=main,
            modules=modules,
            noble_integrity=_noble_integrity(),
            **values,
        )
    )
    content, encoding = compress(request.headers.get("accept-encoding"), html.encode())
    headers = {
        **encoding,
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": language,
        "Content-Security-Policy": policy,
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cache-Control": "no-store",
        "Vary": "Accept, Accept-Encoding, Authorization",
    }
    return Response(content, status_code=status, headers=headers)


def language_query(request: Request) -> str:
    """`?lang=…` where the visitor has chosen, "" where not."""
    asked = request.query_params.get("lang")
    return f"?{urlencode({'lang': asked})}" if asked in LANGUAGES else ""


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
