"""A subscriber's server: takes notifications over real HTTP and remembers them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Notification:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def number(self) -> int:
        """Its number within all notifications, the same at every attempt."""
        return int(self.headers["provenance-delivery"].rpartition("/")[2])

    @property
    def results(self) -> dict[str, Any]:
        """The queryResults of the document."""
        found: dict[str, Any] = json.loads(self.body)["epcisBody"]["queryResults"]
        return found

    @property
    def event_ids(self) -> list[str]:
        """The ids of its events."""
        return [event["eventID"] for event in self.results["resultsBody"]["eventList"]]


@dataclass
class Receiver:
    """What arrived, and how to answer: `statuses` are used up first, then it is 200."""

    url: str = ""
    taken: list[Notification] = field(default_factory=list)
    refused: list[Notification] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    location: str | None = None

    def wait(self, count: int, seconds: float = 20.0) -> list[Notification]:
        """The notifications taken, once there are so many."""
        deadline = time.monotonic() + seconds
        while len(self.taken) < count:
            assert time.monotonic() < deadline, f"{len(self.taken)} of {count} arrived"
            time.sleep(0.02)
        return self.taken

    def event_ids(self) -> list[str]:
        """The ids of all events taken, in order."""
        return [name for one in self.taken for name in one.event_ids]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A server on a free port of this machine."""
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told = Notification(self.path, headers, self.rfile.read(length))
            status = received.statuses.pop(0) if received.statuses else 200
            (received.taken if 200 <= status < 300 else received.refused).append(told)
            self.send_response(status)
            if received.location is not None:
                self.send_header("Location", received.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.url = f"http://127.0.0.1:{server.server_address[1]}/notify"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
