"""An HTTP proxy that loses answers and refuses on order, in front of a real server."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx


class Trouble(Enum):
    """What happens to one request."""

    LOST_ANSWER = auto()
    """The server acts; the connection is closed instead of its answer."""
    LOST_REQUEST = auto()
    """The connection is closed and the server never hears of it."""
    TOO_MANY = auto()
    """429 with Retry-After: 1."""
    AWAY = auto()
    """503 with Retry-After: 0."""
    GATEWAY = auto()
    """A gateway's 502 in HTML."""


@dataclass
class Flaky:
    """The proxy: its address, the troubles to come in order, and how often it was asked."""

    url: str = ""
    troubles: list[Trouble] = field(default_factory=list)
    asked: int = 0


@contextlib.contextmanager
def flaky(upstream: str) -> Iterator[Flaky]:
    """A proxy in front of the server for the length of the block."""
    state = Flaky()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            state.asked += 1
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            trouble = state.troubles.pop(0) if state.troubles else None
            if trouble is Trouble.TOO_MANY:
                return self._say(429, b"{}", {"Retry-After": "1"})
            if trouble is Trouble.AWAY:
                return self._say(503, b"{}", {"Retry-After": "0"})
            if trouble is Trouble.GATEWAY:
                return self._say(502, b"<html>Bad Gateway</html>", {})
            self.close_connection = True
            if trouble is Trouble.LOST_REQUEST:
                return None
            headers = {k: v for k, v in self.headers.items() if k.lower() != "host"}
            answer = httpx.request(
                self.command, upstream + self.path, content=body, headers=headers, timeout=30
            )
            if trouble is Trouble.LOST_ANSWER:
                return None
            kept = {k: v for k, v in answer.headers.items() if k in ("content-type", "link")}
            return self._say(answer.status_code, answer.content, kept)

        def _say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _pass_on

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
