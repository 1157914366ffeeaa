"""A chain node that answers from a vector's chain.json, over real HTTP and real ABI encoding.

For verifiers that speak JSON-RPC (the command line, the browser). It knows eth_chainId,
eth_getBlockByNumber and eth_call of the view functions a verifier reads; anything else is a
JSON-RPC error. An unreachable recorded chain answers 503 to everything.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode

from ledger.chain.abi import load_interface

_ZERO_DIGEST = b"\x00" * 32
_VIEWS = {
    "CheckpointLog": ("rootAt", "findHead"),
    "OrganizationRegistry": ("organization", "key"),
    "RecordStatus": ("statuses", "statusCount"),
}


class RecordedNode:
    """Answers JSON-RPC requests from one recorded chain."""

    def __init__(self, recorded: dict[str, Any]) -> None:
        self.recorded = recorded
        self._functions = {
            bytes(function.selector): function
            for contract, names in _VIEWS.items()
            for name, function in load_interface(contract).functions.items()
            if name in names
        }

    def answer(self, request: Any) -> Any:
        """The response to one request or to a batch."""
        if isinstance(request, list):
            return [self.answer(one) for one in request]
        response = {"jsonrpc": "2.0", "id": request.get("id")}
        try:
            return response | {"result": self._result(request["method"], request["params"])}
        except LookupError as error:
            return response | {"error": {"code": -32601, "message": f"not recorded: {error!r}"}}

    def _result(self, method: str, params: list[Any]) -> Any:
        if method == "eth_chainId":
            return hex(self.recorded["chainId"])
        if method == "eth_getBlockByNumber":
            return self._block(params[0])
        if method == "eth_call":
            data = bytes.fromhex(params[0]["data" if "data" in params[0] else "input"][2:])
            function = self._functions[data[:4]]
            arguments = abi_decode(function.inputs, data[4:])
            values = getattr(self, f"_{function.name}")(*arguments)
            return "0x" + abi_encode(function.outputs, values).hex()
        raise LookupError(method)

    def _block(self, tag: str) -> dict[str, Any] | None:
        blocks = self.recorded["blocks"]
        number = max(map(int, blocks)) if tag == "latest" else int(tag, 16)
        block_hash = self.recorded["genesis"] if number == 0 else blocks.get(str(number))
        if block_hash is None:
            return None
        parent = blocks.get(str(number - 1), "0x" + "00" * 32)
        return {
            "number": hex(number),
            "hash": block_hash,
            "parentHash": parent,
            "timestamp": hex(self._time(number)),
            "gasLimit": hex(30_000_000),
            "gasUsed": "0x0",
            "extraData": "0x",
            "transactions": [],
        }

    def _time(self, number: int) -> int:
        times = [head["time"] for head in self.recorded["heads"] if head["block"] == number]
        return int(times[0]) if times else 0

    def _head(self, log_id: bytes, size: int) -> dict[str, Any] | None:
        for head in self.recorded["heads"]:
            if _bytes(head["logId"]) == log_id and head["size"] == size:
                return dict(head)
        return None

    def _rootAt(self, log_id: bytes, size: int) -> list[Any]:
        head = self._head(log_id, size)
        return [_bytes(head["root"]) if head else _ZERO_DIGEST]

    def _findHead(self, log_id: bytes, size: int) -> list[Any]:
        head = self._head(log_id, size)
        if head is None:
            return [(0, 0, 0, _ZERO_DIGEST)]
        return [(head["size"], head["time"], head["block"], _bytes(head["root"]))]

    def _organization(self, org: bytes) -> list[Any]:
        for entry in self.recorded["organizations"]:
            if _bytes(entry["org"]) == org:
                names = ("status", "roles", "registeredAt", "statusSince")
                return [(*(entry[name] for name in names), _bytes(entry["profile"]))]
        return [(0, 0, 0, 0, _ZERO_DIGEST)]

    def _key(self, org: bytes, address: str) -> list[Any]:
        for entry in self.recorded["keys"]:
            if _bytes(entry["org"]) == org and entry["address"] == address.lower():
                names = ("purposes", "validFrom", "validUntil", "registeredAt", "compromisedAt")
                return [(entry["custodial"], *(entry[name] for name in names))]
        return [(False, 0, 0, 0, 0, 0)]

    def _statuses(self, subject: bytes) -> list[Any]:
        return [
            [
                (_bytes(e["org"]), e["kind"], e["time"], _bytes(e["reason"]), e["roles"])
                for e in self.recorded["statuses"]
                if _bytes(e["subject"]) == subject
            ]
        ]

    def _statusCount(self, subject: bytes) -> list[Any]:
        return [len(self._statuses(subject)[0])]


@contextmanager
def serve_chain(recorded: dict[str, Any]) -> Iterator[str]:
    """Serve the recorded chain on a free loopback port; gives the URL."""
    node = RecordedNode(recorded)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_OPTIONS(self) -> None:
            self._send(204, b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if recorded["unreachable"]:
                self._send(503, b"")
            else:
                self._send(200, json.dumps(node.answer(json.loads(body))).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "*")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
