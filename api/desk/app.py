"""The portal's application: routes, pages for what goes wrong, and the gate around them."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api import problems
from api.desk import boxes, documents, entrance, writing
from api.desk.lgsp import lgsp_router
from api.desk.page import ROOM, language_of, redirect_to_sign_in, render
from api.desk.rounds import Rounds
from api.desk.sessions import COOKIE, Sessions
from api.desk.visit import sessions_of
from api.middleware import Gate
from api.web import static
from api.web.words import load_words
from ledger.desk.desk import Desk
from ledger.desk.drafts import Drafts
from ledger.desk.edoc import DeskEdocs
from ledger.errors import LedgerError, NotFound, Unauthenticated
from ledger.exchange.edxml.leaves import MAX_BYTES

_FORM_BYTES = 256 * 1024
_ASKED_BY_SCRIPT = "/drafts/"
_EDXML = "/v1/sendEdoc"
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class DeskApplication(FastAPI):
    """FastAPI behind the gate. Answers under the names it was given and no others, so that no other
    site's name can be made to lead here."""

    def __init__(self, desk: Desk, rounds: Rounds, hosts: tuple[str, ...]) -> None:
        super().__init__(title="Desk", docs_url=None, redoc_url=None, openapi_url=None)
        self.state.desk = desk
        self.state.rounds = rounds
        self.state.sessions = Sessions()
        self.state.drafts = Drafts(desk.folder.drafts)
        self._hosts = frozenset((*_LOOPBACK, *hosts))
        self._gate = Gate(self._dispatch, limit_of=_limit_of, headers_of=lambda _: {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Everything passes the gate."""
        await self._gate(scope, receive, send)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host = Headers(scope=scope).get("host", "")
            if host.rsplit(":", 1)[0] not in self._hosts and host not in self._hosts:
                raise NotFound("path-unknown", "nothing is served under this name")
        await super().__call__(scope, receive, send)


def create_desk_app(desk: Desk, rounds: Rounds, hosts: tuple[str, ...] = ()) -> DeskApplication:
    """The portal of this desk; `hosts` are names it is reached by besides loopback. The caller
    opens and closes desk and rounds."""
    app = DeskApplication(desk, rounds, hosts)
    app.include_router(lgsp_router(DeskEdocs(desk, rounds.wake)))
    for room in (entrance, boxes, documents, writing, static):
        app.router.routes.extend(room.router.routes)
    app.add_exception_handler(LedgerError, _on_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    return app


def _limit_of(path: str) -> int:
    if path == _EDXML:
        return MAX_BYTES + _FORM_BYTES
    return writing.CHUNK_BYTES if path.startswith(_ASKED_BY_SCRIPT) else _FORM_BYTES


async def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, LedgerError)
    if request.url.path.startswith(_ASKED_BY_SCRIPT):
        return problems.from_error(request.url.path, error, problems.request_id_of(request))
    if isinstance(error, Unauthenticated):
        return redirect_to_sign_in(request)
    words = load_words(language_of(request), ROOM)
    sentence = words.sentences.get(f"error.{error.code}", "")
    return render(
        request,
        "wrong.html",
        sessions_of(request).find(request.cookies.get(COOKIE)),
        problems.status_of(error),
        code=error.code,
        sentence=sentence or words.say("error"),
        detail="" if sentence or problems.status_of(error) >= 500 else error.detail,
    )


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return await _on_error(request, NotFound("path-unknown", "there is nothing at this path"))


async def _on_invalid(request: Request, _: Exception) -> Response:
    return await _on_error(request, NotFound("path-unknown", "there is nothing at this path"))
