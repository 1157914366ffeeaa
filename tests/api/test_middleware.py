"""The gate: size limits before reading, headers, the last resort."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware import Gate
from ledger.errors import Conflict
from tests.support.event_loop import run_in_loop

LIMIT = 100


class Wanted(BaseModel):
    name: str


def guarded() -> ASGIApp:
    app = FastAPI()

    @app.post("/log/echo")
    async def echo(request: Request) -> Response:
        return Response(await request.body())

    @app.post("/parsed")
    async def parsed(wanted: Wanted) -> Wanted:
        return wanted

    @app.get("/bug")
    async def bug() -> Response:
        raise RuntimeError("the secret of the bug")

    @app.get("/late")
    async def late() -> Response:
        raise Conflict("json-malformed", "not handled by the application")

    @app.get("/framed")
    async def framed() -> Response:
        return Response("page", headers={"Content-Security-Policy": "default-src 'self'"})

    app.add_middleware(Gate, limit_of=lambda _: LIMIT, headers_of=lambda path: {"x-limit-of": path})
    return app


def ask(method: str, path: str, **options: object) -> httpx.Response:
    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app=guarded())
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **options)  # type: ignore[arg-type]

    return run_in_loop(run())


async def _pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 10


def test_body_at_the_limit_passes() -> None:
    answer = ask("POST", "/log/echo", content=b"x" * LIMIT)
    assert answer.status_code == 200
    assert answer.content == b"x" * LIMIT


def test_body_declared_too_long_refused_unread() -> None:
    read = []

    async def receive() -> Message:
        read.append(True)
        return {"type": "http.request", "body": b"", "more_body": False}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/log/echo",
        "raw_path": b"/log/echo",
        "query_string": b"",
        "headers": [(b"content-length", b"101")],
    }

    async def run() -> None:
        await guarded()(scope, receive, send)

    run_in_loop(run())
    assert sent[0]["status"] == 413
    assert not read
    assert (b"connection", b"close") in sent[0]["headers"]
    assert (b"x-limit-of", b"/log/echo") in sent[0]["headers"]


@pytest.mark.parametrize("path", ["/log/echo", "/parsed"])
def test_body_of_undeclared_length_refused_when_it_passes_the_limit(path: str) -> None:
    answer = ask("POST", path, content=_pieces(11), headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["code"] == "body-too-large"


def test_body_of_undeclared_length_within_the_limit_passes() -> None:
    assert ask("POST", "/log/echo", content=_pieces(10)).content == b"x" * LIMIT


def test_bug_answered_without_a_word_of_it() -> None:
    answer = ask("GET", "/bug", headers={"x-request-id": "caller-chosen-1"})
    assert answer.status_code == 500
    assert answer.json()["requestId"] == answer.headers["x-request-id"] == "caller-chosen-1"
    assert "secret" not in answer.text


def test_error_nobody_handled_becomes_its_problem() -> None:
    assert ask("GET", "/late").status_code == 409


def test_request_id_of_doubtful_form_replaced() -> None:
    answer = ask("GET", "/framed", headers={"x-request-id": "a b"})
    assert len(answer.headers["x-request-id"]) == 16


def test_security_headers_set_unless_the_route_did() -> None:
    strict = ask("POST", "/log/echo", content=b"")
    own = ask("GET", "/framed")
    assert strict.headers["content-security-policy"].startswith("default-src 'none'")
    assert own.headers.get_list("content-security-policy") == ["default-src 'self'"]
    assert own.headers["x-content-type-options"] == "nosniff"


def test_head_answers_like_get() -> None:
    assert ask("HEAD", "/framed").status_code == 200


def test_public_answer_may_be_read_across_origins() -> None:
    assert ask("POST", "/log/echo", content=b"").headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in ask("GET", "/framed").headers


def test_preflight_of_public_path_answered() -> None:
    headers = {"origin": "https://elsewhere.example", "access-control-request-method": "POST"}
    answer = ask("OPTIONS", "/log/echo", headers=headers)
    assert answer.status_code == 204
    assert "content-type" in answer.headers["access-control-allow-headers"]
    assert ask("OPTIONS", "/parsed", headers=headers).status_code == 405


def test_other_scopes_left_alone() -> None:
    seen = []

    async def inner(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def nothing() -> Message:
        return {"type": "lifespan.startup"}

    async def drop(_message: Message) -> None:
        return None

    gate = Gate(inner, limit_of=lambda _: 0, headers_of=lambda _: {})
    run_in_loop(gate({"type": "lifespan"}, nothing, drop))
    assert seen == ["lifespan"]
