"""A real HTTP server on loopback that answers what a test lays ready and notes what it got."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Canned:
    """One answer."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: Any, status: int = 200, **headers: str) -> Canned:
        """An answer in JSON."""
        return cls(status, json.dumps(value).encode(), headers)


@dataclass
class Seen:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class CannedServer:
    """Answers by method and path: the first laid ready, the last one again and again."""

    url: str = ""
    answers: dict[str, list[Canned]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)

    def on(self, request: str, *answers: Canned) -> None:
        """Lay answers ready for `METHOD /path`."""
        self.answers[request] = list(answers)

    def take(self, request: str) -> Canned:
        """The next answer."""
        waiting = self.answers.get(request)
        if not waiting:
            return Canned(404, b"not laid ready")
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


@contextlib.contextmanager
def canned_server() -> Iterator[CannedServer]:
    """Serve until the block ends."""
    serving = CannedServer()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            serving.seen.append(Seen(self.command, self.path, headers, body))
            answer = serving.take(f"{self.command} {self.path}")
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = _answer

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield serving
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
