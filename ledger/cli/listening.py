"""Serving HTTP in the foreground: the port first, then a server whose signals are ours."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
from collections.abc import Iterator

import uvicorn

from ledger.errors import Misconfigured


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else is started. Raises Misconfigured `port-in-use` or
    `listening-refused`."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        code = "port-in-use" if error.errno == errno.EADDRINUSE else "listening-refused"
        raise Misconfigured(
            code, f"cannot listen on {host}:{port}: {error.strerror or error}"
        ) from error
    return listener


class HttpServer(uvicorn.Server):
    """Uvicorn, with an event for whoever waits until it answers, and signals left to us: its own
    handling would end the process by the signal before anything else is stopped."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ours stay."""
        yield
