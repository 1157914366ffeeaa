"""An integration axis on loopback: agencies with secrets and boxes, as LGSP's public users saw it.

Written against its description alone and sharing no code with the project, so that both sides of
the door are held against something foreign: multipart by the standard library's mail parser, edXML
by regular expressions, answers in the shapes that integrations report.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_TO = re.compile(r"<(?:edXML:)?To>.*?<(?:edXML:)?OrganId>([^<]+)<", re.DOTALL)
_FROM = re.compile(r"<(?:edXML:)?From>.*?<(?:edXML:)?OrganId>([^<]+)<", re.DOTALL)


@dataclass
class LgspAxis:
    """The axis: `secrets` by agency, `boxes` of what was sent to each, `statuses` told."""

    url: str = ""
    secrets: dict[str, str] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    statuses: list[tuple[str, str]] = field(default_factory=list)
    failure: str = ""
    """How it fails: `down` drops the connection, `gateway` answers in plain text, `broken` 20."""

    def send(self, sender: str, kind: str, edxml: str) -> tuple[int, dict[str, Any]]:
        """Take a file in."""
        if "<edXML" not in edxml:
            return _fault("22", "Format")
        named = _FROM.search(edxml)
        if named is None or named[1] != sender:
            return _fault("19", "Sender")
        receivers = _TO.findall(edxml)
        for receiver in receivers:
            if receiver not in self.secrets:
                return _fault("18", f"No such agency: {receiver}")
            if receiver in self.locked:
                return _fault("23", receiver)
        doc_id = str(uuid.uuid4())
        self.files[doc_id] = {
            "messageType": kind, "from": sender, "to": ";".join(receivers), "edxml": edxml,
            "status": "initial",
        }  # fmt: skip
        return 200, {"success": True, "message": "OK", "docId": doc_id}

    def list(self, agency: str, kind: str) -> tuple[int, dict[str, Any]]:
        """What waits for an agency."""
        data = [
            {"docId": doc_id, "serviceType": "eDoc", "createdTime": "", "statusDesc": "", **file}
            for doc_id, file in self.files.items()
            if agency in file["to"].split(";") and file["messageType"] == kind
        ]
        for entry in data:
            del entry["edxml"]
        return 200, {"success": True, "message": "OK", "count": len(data), "data": data}

    def get(self, agency: str, doc_id: str) -> tuple[int, dict[str, Any]]:
        """One file."""
        file = self.files.get(doc_id)
        if file is None or agency not in file["to"].split(";"):
            return 404, {"success": False, "message": "Không tìm thấy"}
        data = {"docId": doc_id, "from": file["from"], "edxml": file["edxml"]}
        return 200, {"success": True, "message": "OK", "data": data}


def _fault(code: str, text: str) -> tuple[int, dict[str, Any]]:
    data = {"docId": None, "status": "error", "errorCode": code, "errorDesc": text}
    return 400, {"success": False, "message": "Lỗi", "data": data}


def _multipart(content_type: str, body: bytes) -> dict[str, str]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + body)
    found = {}
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            found[name] = content.decode()
    return found


@contextlib.contextmanager
def lgsp_axis(**secrets: str) -> Iterator[LgspAxis]:
    """Serve until the block ends; agencies by keyword, `_` for `.`."""
    axis = LgspAxis(secrets={name.replace("_", "."): secret for name, secret in secrets.items()})

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if axis.failure == "down":
                self.close_connection = True
                return
            if axis.failure == "gateway":
                self._write(502, b"Bad Gateway")
                return
            status, answer = self._answer(body)
            self._write(status, json.dumps(answer).encode())

        def _answer(self, body: bytes) -> tuple[int, dict[str, Any]]:
            agency = self.headers.get("X-SystemId") or ""
            if axis.secrets.get(agency) != self.headers.get("X-SecretKey"):
                return 401, _fault("15", "Unauthorized")[1]
            if axis.failure == "broken":
                return _fault("20", "Lỗi hệ thống")
            at = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(at.query).items()}
            match at.path:
                case "/v1/sendEdoc":
                    form = _multipart(self.headers["Content-Type"], body)
                    return axis.send(agency, form["messageType"], form["edocFile"])
                case "/v1/updateStatus":
                    told = json.loads(body)
                    axis.statuses.append((told["docId"], told["status"]))
                    return 200, {"success": True, "message": "OK"}
                case "/v1/syncReceivedEdocList":
                    assert re.fullmatch(r"\d{4}/\d{2}/\d{2}", query["fromDate"])
                    return axis.list(agency, query["messageType"])
                case "/v1/getEdoc":
                    return axis.get(agency, query["docId"])
            return 404, {"success": False, "message": "Không tìm thấy"}

        def _write(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _handle

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    axis.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield axis
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
