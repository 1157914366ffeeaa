"""The outermost layer, plain ASGI: request id, size limit, headers, metrics, the last resort.

Bodies are refused by their declared length before a byte is read, and by their counted length when
none was declared; what an attacker gains by sending more is a closed connection.
"""

from __future__ import annotations

import random
import re
import secrets
import time
from collections.abc import Callable
from functools import lru_cache

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.problem_xml import PROBLEM_XML, problem_xml, wants_xml
from ledger import metrics
from ledger.errors import LedgerError, TooLarge

_IDS = random.Random(secrets.randbits(128))  # noqa: S311 - names requests, guards nothing
"""Not the system's own randomness: asking for that costs more than many an answer."""
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
"""Set unless the route sets its own; the pages bring a policy that admits their scripts."""

_FILES = "/static/"
_FILE_HEADERS: tuple[tuple[bytes, bytes], ...] = ((b"x-content-type-options", b"nosniff"),)
"""For the pages' own scripts and style, which are no documents: a page loads some forty of them,
and what is said forty times over a slow line is said to somebody who waits."""

_PUBLIC = (
    "/log/", "/records/", "/trust", "/verify", "/chain/", "/qr/", "/o/",
    "/opendata/",
    "/.well-known/gs1resolver", "/linkset-context.jsonld",
)  # fmt: skip
_CORS: tuple[tuple[bytes, bytes], ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"link, location, retry-after, x-request-id"),
)
"""Public answers may be read by a verifier served from another host. No cookie is ever used, so
nothing private follows from it."""
_RESOLVER_CORS: tuple[tuple[bytes, bytes], ...] = (
    *_CORS,
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
)
"""A conformant resolver tells its methods with every answer."""
_PREFLIGHT: tuple[tuple[bytes, bytes], ...] = (
    *_CORS,
    (b"access-control-allow-methods", b"GET, HEAD, POST, OPTIONS"),
    (b"access-control-allow-headers", b"accept, authorization, content-type"),
    (b"access-control-max-age", b"86400"),
    (b"content-length", b"0"),
)

_AI_FIRST = re.compile(r"/[0-9]{2,4}(?:/|$)")


def is_digital_link_path(path: str) -> bool:
    """Whether a path begins with an application identifier: the resolver's, be it right or wrong.

    All else that is served begins with a word.
    """
    return _AI_FIRST.match(path) is not None


BodyLimit = Callable[[str], int]
"""Most bytes a body sent to this path may have."""
LimitHeaders = Callable[[str], dict[str, str]]
"""Headers a 413 at this path must carry (EPCIS 2.0 12.5)."""


class Gate:
    """Wraps the whole application. Owns nothing but the request passing through it."""

    def __init__(self, app: ASGIApp, limit_of: BodyLimit, headers_of: LimitHeaders) -> None:
        self._app = app
        self._limit_of = limit_of
        self._headers_of = headers_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through; other ASGI scopes are left alone."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _Passage(self._app, scope, receive, send).run(self._limit_of, self._headers_of)


class _Passage:
    """One request on its way: what has been received, and whether the answer has begun."""

    __slots__ = (
        "_accept",
        "_app",
        "_closed",
        "_held",
        "_left",
        "_overflowed",
        "_path",
        "_receive",
        "_request_id",
        "_scope",
        "_send",
        "_status",
    )

    def __init__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        self._app = app
        # HEAD is GET without its body (RFC 9110 9.3.2); the server drops the body.
        self._scope = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        self._receive = receive
        self._send = send
        self._path: str = scope["path"]
        self._status = 0
        self._closed = False
        self._overflowed = False
        self._left = 0
        self._request_id = ""
        self._accept = b""
        self._held: Message | None = None  # the start of a problem that is to become XML

    async def run(self, limit_of: BodyLimit, headers_of: LimitHeaders) -> None:
        started = time.perf_counter()
        declared, wants_preflight = self._read_headers()
        limit = self._left = limit_of(self._path)
        metrics.HTTP_IN_FLIGHT.inc()
        try:
            if wants_preflight:
                await self.send({"type": "http.response.start", "status": 204, "headers": []})
                await self.send({"type": "http.response.body", "body": b""})
            elif declared > limit:
                await self._refuse(limit, headers_of)
            else:
                await self._app(self._scope, self.receive, self.send)
        except Exception as error:  # the last resort: no caller ever sees a traceback
            if not self._overflowed:
                await self._explain(error)
        finally:
            if self._overflowed:
                await self._refuse(limit, headers_of)
            metrics.HTTP_IN_FLIGHT.dec()
            self._count(time.perf_counter() - started)

    def _read_headers(self) -> tuple[int, bool]:
        """Declared length (0 when none) and whether this is a CORS preflight."""
        declared, preflight, request_id = 0, False, None
        for name, value in self._scope["headers"]:
            if name == b"content-length":
                declared = int(value) if value.isdigit() else 0
            elif name == b"accept":
                self._accept = value
            elif name == b"access-control-request-method":
                preflight = self._scope["method"] == "OPTIONS"
            elif name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
                request_id = value.decode()
        self._request_id = request_id or f"{_IDS.getrandbits(64):016x}"
        self._scope["request_id"] = self._request_id
        return declared, preflight and self._path.startswith(_PUBLIC)

    async def receive(self) -> Message:
        """Hand on one message of the body, counting."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                self._overflowed = True
                raise _BodyTooLarge
        return message

    async def send(self, message: Message) -> None:
        """Hand on one message of the answer, adding our headers to its start."""
        if self._overflowed and not self._closed:
            return  # what the application says about a body cut short is not the reason
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
            present = {name for name, _ in headers}
            is_file = self._path.startswith(_FILES) and self._status == 200
            if not is_file:
                headers.append((b"x-request-id", self._request_id.encode()))
            wanted = _FILE_HEADERS if is_file else SECURITY_HEADERS
            headers.extend(pair for pair in wanted if pair[0] not in present)
            if is_digital_link_path(self._path):
                headers.extend(_RESOLVER_CORS)
            elif self._path.startswith(_PUBLIC):
                preflight = self._scope["method"] == "OPTIONS" and self._status == 204
                headers.extend(_PREFLIGHT if preflight else _CORS)
            if self._closed:
                headers.append((b"connection", b"close"))
            message = {**message, "headers": headers}
            if self._status >= 400 and wants_xml(self._accept):
                self._held = message
                return
        elif self._held is not None:
            await self._send_held(self._held, message)
            return
        await self._send(message)

    async def _send_held(self, start: Message, message: Message) -> None:
        """A problem in the syntax it is wanted in; our problems are one piece each."""
        self._held = None
        if (b"content-type", problems.PROBLEM_JSON.encode()) in start["headers"]:
            content = problem_xml(message["body"])
            headers = [
                pair
                for pair in start["headers"]
                if pair[0] not in (b"content-type", b"content-length")
            ]
            headers.append((b"content-type", PROBLEM_XML.encode()))
            headers.append((b"content-length", str(len(content)).encode()))
            start = {**start, "headers": headers}
            message = {**message, "body": content}
        await self._send(start)
        await self._send(message)

    async def _refuse(self, limit: int, headers_of: LimitHeaders) -> None:
        """413. The unread rest of the body would be taken for the next request: close."""
        if self._status:
            return
        self._closed = True
        error = TooLarge("body-too-large", f"a body here has at most {limit} bytes")
        response = problems.from_error(self._path, error, self._request_id)
        response.headers.update(headers_of(self._path))
        await response(self._scope, self.receive, self.send)

    async def _explain(self, error: Exception) -> None:
        """500, or what one of our own errors says, if nothing was answered yet."""
        if isinstance(error, LedgerError):
            response = problems.from_error(self._path, error, self._request_id)
        else:
            response = problems.from_bug(self._path, error, self._request_id)
        if not self._status:
            await response(self._scope, self.receive, self.send)

    def _count(self, seconds: float) -> None:
        route = getattr(self._scope.get("route"), "path", "(none)")
        method = self._scope["method"] if self._status != 405 else "(other)"
        requests, duration = _counters(route, method, str(self._status or 499))
        requests.inc()
        duration.observe(seconds)


@lru_cache(maxsize=4096)
def _counters(route: str, method: str, status: str) -> tuple[Counter, Histogram]:
    return metrics.HTTP_REQUESTS.labels(route, method, status), metrics.HTTP_SECONDS.labels(route)


class _BodyTooLarge(Exception):
    """Unwinds the application when a body of undeclared length goes on too long."""
