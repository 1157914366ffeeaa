"""One page of the portal: a template of ours in the frame of the public pages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import Response

from api.desk.sessions import Session
from api.desk.spelling import spell_clock, spell_size
from api.desk.visit import desk_of
from api.negotiation import compress
from api.web.static import static_url
from api.web.words import LANGUAGES, Words, choose_language, load_words
from ledger.desk.role import DeskRole

ROOM = "desk"
"""Folder of the portal's catalogues and scripts."""

_TEMPLATES = (
    Path(__file__).parent / "templates",
    Path(__file__).parents[1] / "web" / "templates",
)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Content-Security-Policy of every page: nothing but our own files, and no text becomes markup."""

LANGUAGE = "desk-lang"
"""The cookie that remembers the language of whoever switched it."""


def language_of(request: Request) -> str:
    """The language of this request."""
    return choose_language(request.query_params.get("lang") or request.cookies.get(LANGUAGE))


def render(
    request: Request,
    template: str,
    session: Session | None,
    status: int = 200,
    *,
    main: str | None = None,
    refresh: int | None = None,
    **values: object,
) -> Response:
    """The template; `main` is its script, `refresh` after how many seconds to ask again."""
    language = language_of(request)
    other = next(one for one in LANGUAGES if one != language)
    query = {**request.query_params, "lang": other}
    words = load_words(language, ROOM)
    html = (
        _environment()
        .get_template(template)
        .render(
            lang=language,
            other=other,
            other_url=f"?{urlencode(query)}",
            t=load_words(language).say,
            w=words.say,
            called=words.name,
            static=static_url,
            main=main,
            refresh=refresh,
            session=session,
            desk=desk_of(request).settings,
            here=request.url.path,
            notices=_notices(request, session, words) if session else (),
            **values,
        )
    )
    content, encoding = compress(request.headers.get("accept-encoding"), html.encode())
    response = Response(content, status_code=status, headers={**encoding, **_headers(language)})
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(LANGUAGE, language, samesite="strict", httponly=True)
    return response


def _notices(request: Request, session: Session, words: Words) -> Sequence[str]:
    """What they at this desk are to know now: the server is away, a file is on its way."""
    rounds = request.app.state.rounds
    found = []
    if (trouble := rounds.trouble) is not None:
        at = spell_clock(words, trouble.since)
        kept = "trouble.away" if trouble.code == "server-unreachable" else "trouble"
        found.append(words.say(kept, code=trouble.code, at=at))
    auditing = session.person.role is DeskRole.AUDITOR
    if (moving := rounds.moving) is not None and not auditing:
        done = 100 * moving.done // moving.total
        size = spell_size(words, moving.total)
        found.append(words.say("moving", name=moving.name, percent=done, size=size))
    return found


def _headers(language: str) -> dict[str, str]:
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": language,
        "Content-Security-Policy": POLICY,
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cache-Control": "no-store",
        "Vary": "Accept-Encoding, Cookie",
    }


def redirect_to_sign_in(request: Request) -> Response:
    """Nobody is signed in: they shall be, in the language they asked for."""
    asked = request.query_params.get("lang")
    return redirect(f"/sign-in?lang={asked}" if asked in LANGUAGES else "/sign-in")


def redirect(path: str) -> Response:
    """Go there by GET, after something was done."""
    return Response(status_code=303, headers={"Location": path, "Cache-Control": "no-store"})


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader([str(path) for path in _TEMPLATES]),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
