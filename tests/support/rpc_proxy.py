"""A JSON-RPC proxy that misbehaves on order: all of it has been seen between clients and nodes."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Fault(Enum):
    """One way to go wrong."""

    STALL = auto()
    """Hold the request back, then close without an answer."""
    DRIP = auto()
    """Answer byte by byte, for ever."""
    HTML_502 = auto()
    """A gateway's error page."""
    REDIRECT = auto()
    """307 to the node itself."""
    TRUNCATED = auto()
    """Half of the JSON."""
    LOST_ANSWER = auto()
    """The node acts; its answer never comes."""
    SENT_TWICE = auto()
    """The node is asked twice; the second answer is given."""
    ANSWERED_TWICE = auto()
    """Every answer stands twice in the batch."""
    FOREIGN_ID = auto()
    """Answers to somebody else's question."""
    WRONG_CHAIN = auto()
    """Another chain id."""
    OTHER_GENESIS = auto()
    """Another first block."""
    NULL_RECEIPT = auto()
    """No receipt, whatever the chain holds."""
    WRONG_RECEIPT = auto()
    """The receipt of another transaction."""
    STALE_BLOCK = auto()
    """The head, and all above it, as they were when the fault began."""
    LYING_HASH = auto()
    """Block hashes that are not the chain's."""
    REFUSED = auto()
    """An error object of the node's own trouble."""
    HUGE = auto()
    """An answer without end."""


@dataclass
class _Order:
    fault: Fault
    method: str | None
    times: int | None


class RpcProxy:
    """Forwards to `target`, except where told otherwise. `seen` lists the methods asked."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.seen: list[str] = []
        self._orders: list[_Order] = []
        self._frozen: dict[str, Any] | None = None
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                try:
                    proxy._handle(self, body)
                except OSError:
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def inject(self, fault: Fault, method: str | None = None, times: int | None = None) -> None:
        """Misbehave on requests that hold the method (any, if None), so many times."""
        if fault is Fault.STALE_BLOCK:
            self._frozen = self._ask_target("eth_getBlockByNumber", ["latest", False])
        with self._lock:
            self._orders.append(_Order(fault, method, times))

    def behave(self) -> None:
        """Forward faithfully again."""
        with self._lock:
            self._orders.clear()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _take(self, methods: list[str]) -> Fault | None:
        with self._lock:
            self.seen += methods
            for order in self._orders:
                if order.method is not None and order.method not in methods:
                    continue
                if order.times is not None:
                    if order.times == 0:
                        continue
                    order.times -= 1
                return order.fault
        return None

    def _forward(self, body: bytes) -> bytes:
        request = urllib.request.Request(
            self.target, body, {"content-type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=20) as response:
            answer: bytes = response.read()
        return answer

    def _ask_target(self, method: str, params: list[Any]) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        return json.loads(self._forward(body.encode()))["result"]

    def _handle(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        parsed = json.loads(body)
        calls: list[dict[str, Any]] = parsed if isinstance(parsed, list) else [parsed]
        fault = self._take([call["method"] for call in calls])
        if fault is Fault.STALL:
            time.sleep(3)
            handler.close_connection = True
            return
        if fault is Fault.HTML_502:
            _answer(handler, 502, b"<html><h1>502 Bad Gateway</h1></html>", "text/html")
            return
        if fault is Fault.REDIRECT:
            handler.send_response(307)
            handler.send_header("location", self.target)
            handler.send_header("content-length", "0")
            handler.end_headers()
            return
        try:
            answer = self._forward(body)
        except OSError:
            handler.close_connection = True
            return
        if fault is Fault.LOST_ANSWER:
            handler.close_connection = True
            return
        if fault is Fault.SENT_TWICE:
            answer = self._forward(body)
        if fault is Fault.TRUNCATED:
            answer = answer[: len(answer) // 2]
        if fault in (Fault.DRIP, Fault.HUGE):
            handler.send_response(200)
            handler.send_header("content-length", str(1 << 40))
            handler.end_headers()
            while True:
                handler.wfile.write(b" " if fault is Fault.DRIP else b" " * 65536)
                handler.wfile.flush()
                if fault is Fault.DRIP:
                    time.sleep(0.05)
        if fault is not None and fault not in (Fault.TRUNCATED, Fault.SENT_TWICE):
            answer = json.dumps(self._distort(fault, calls, json.loads(answer))).encode()
        _answer(handler, 200, answer, "application/json")

    def _distort(self, fault: Fault, calls: list[dict[str, Any]], answer: Any) -> Any:
        answers: list[dict[str, Any]] = answer if isinstance(answer, list) else [answer]
        by_id = {one["id"]: one for one in answers}
        for call in calls:
            one = by_id[call["id"]]
            method, result = call["method"], one.get("result")
            if fault is Fault.FOREIGN_ID:
                one["id"] = 987654321
            elif fault is Fault.WRONG_CHAIN and method == "eth_chainId":
                one["result"] = "0x539"
            elif fault is Fault.REFUSED and method not in ("eth_chainId", "eth_getBlockByNumber"):
                one.pop("result", None)
                one["error"] = {"code": -32603, "message": "Internal error"}
            elif fault is Fault.NULL_RECEIPT and method == "eth_getTransactionReceipt":
                one["result"] = None
            elif fault is Fault.WRONG_RECEIPT and method == "eth_getTransactionReceipt" and result:
                result["transactionHash"] = "0x" + "ab" * 32
            elif method == "eth_getBlockByNumber" and result:
                first = call["params"][0] == "0x0"
                if (fault is Fault.OTHER_GENESIS and first) or (
                    fault is Fault.LYING_HASH and not first
                ):
                    result["hash"] = "0x" + "cd" * 32
                elif fault is Fault.STALE_BLOCK and self._frozen is not None and not first:
                    if call["params"][0] == "latest":
                        one["result"] = self._frozen
                    elif int(call["params"][0], 16) > int(self._frozen["number"], 16):
                        one["result"] = None
        if fault is Fault.ANSWERED_TWICE:
            return answers + answers
        return answer


def _answer(handler: BaseHTTPRequestHandler, status: int, body: bytes, media: str) -> None:
    handler.send_response(status)
    handler.send_header("content-type", media)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def running_proxy(target: str) -> Iterator[RpcProxy]:
    """A proxy in front of the target for the length of the block."""
    proxy = RpcProxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
