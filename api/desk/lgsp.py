"""The door an agency's own software already knows: that of an integration axis (LGSP, VXP).

Document management software that sends edXML to an axis sends it to the desk by changing one
address. What goes in becomes signed exchange, what comes out is edXML; the shared secret opens this
door and nothing beyond it, and every event is signed by the desk's keys.

::

    POST /v1/sendEdoc              multipart: edocFile, messageType
    POST /v1/updateStatus          {"docId", "status", "description"?}
    GET  /v1/syncReceivedEdocList  ?messageType=&fromDate=YYYY/MM/DD&toDate=
    GET  /v1/getEdoc               ?docId=
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Protocol

import orjson
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ledger.errors import (
    Forbidden,
    InvalidInput,
    LedgerError,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from ledger.exchange.edxml.axis import (
    FILE_FIELD,
    KIND_FIELD,
    SECRET_KEY,
    SYSTEM_ID,
    AxisFault,
    EdocEntry,
    EdocKind,
)
from ledger.exchange.edxml.document import EdxmlDocument
from ledger.exchange.edxml.leaves import MAX_BYTES
from ledger.exchange.edxml.reading import read_edxml
from ledger.exchange.edxml.spelling import read_date
from ledger.exchange.edxml.status import EdxmlStatus, read_code
from ledger.exchange.evidence import MOST_NOTE
from ledger.exchange.rules import LegAction

_MOST_REQUEST = MAX_BYTES + 64 * 1024
_MOST_JSON = 64 * 1024

_FAULTS = {
    "desk-partner-unknown": AxisFault.RECIPIENT_UNKNOWN,
    "leg-recipient-invalid": AxisFault.RECIPIENT_LOCKED,
    "edoc-sender-foreign": AxisFault.SENDER_UNREGISTERED,
    "edxml-too-large": AxisFault.FILE_INVALID,
}
"""Faults the axes have a code for; others go by their class."""


class EdocDoor(Protocol):
    """What the desk does for the agency's software. Every method raises LedgerError."""

    def admits(self, system_id: str, secret_key: str) -> bool:
        """Whether the software is the agency's own; compared in constant time."""

    def submit(self, said: EdxmlDocument) -> str:
        """Send it; the id under which it is known at this door. The same document again gives the
        same id. Raises Forbidden `edoc-sender-foreign` where From is another agency."""

    def step(self, doc_id: str, action: LegAction, note: str | None) -> None:
        """What the agency did with a document it received, or asks for one it sent."""

    def report(self, status: EdxmlStatus) -> str:
        """The same as a Status message; the id of the document it is about."""

    def received(self, kind: EdocKind, since: date, until: date) -> Sequence[EdocEntry]:
        """What came, by day of arrival on Vietnam's clock, both included."""

    def fetch(self, doc_id: str) -> bytes:
        """The edXML file of what came."""


def lgsp_router(door: EdocDoor) -> APIRouter:
    """The routes of this door."""
    router = APIRouter(prefix="/v1")

    @router.post("/sendEdoc")
    async def send_edoc(request: Request) -> Response:
        """Take in an edXML file: a document, or a Status."""
        return await _answer(door, request, _send)

    @router.post("/updateStatus")
    async def update_status(request: Request) -> Response:
        """Take in what became of a document."""
        return await _answer(door, request, _update)

    @router.get("/syncReceivedEdocList")
    async def received(request: Request) -> Response:
        """What came in some days."""
        return await _answer(door, request, _list)

    @router.get("/getEdoc")
    async def get_edoc(request: Request) -> Response:
        """One file of it."""
        return await _answer(door, request, _fetch)

    return router


_Parts = dict[str, Any]
_Work = Callable[[EdocDoor, _Parts], dict[str, Any]]


async def _answer(door: EdocDoor, request: Request, work: _Work) -> Response:
    """Secret first, then the body, then the work in a thread; whatever goes wrong in the axes'
    form."""
    try:
        _check_secret(door, request)
        parts = await _parts(request)
        told = await run_in_threadpool(work, door, parts)
    except LedgerError as error:
        return _refusal(error)
    return JSONResponse({"success": True, "message": "OK", **told})


def _check_secret(door: EdocDoor, request: Request) -> None:
    names = request.headers.get(SYSTEM_ID, ""), request.headers.get(SECRET_KEY, "")
    if not all(names) or not door.admits(*names):
        raise Unauthenticated("edoc-secret-refused", "SystemId and SecretKey do not fit")


async def _parts(request: Request) -> _Parts:
    if request.method == "GET":
        return dict(request.query_params)
    multipart = request.headers.get("content-type", "").startswith("multipart/form-data")
    most = _MOST_REQUEST if multipart else _MOST_JSON
    length = request.headers.get("content-length", "")
    # Forms are spooled to the disk while they come in: how much that will be is known before.
    if not length.isascii() or not length.isdigit() or int(length) > most:
        raise TooLarge("edxml-too-large", f"a request says its length, at most {most} bytes")
    if not multipart:
        return _json(await request.body())
    try:
        async with request.form(max_files=1, max_fields=8) as form:
            return {
                name: await value.read() if isinstance(value, UploadFile) else value
                for name, value in form.items()
            }
    except HTTPException as error:
        raise InvalidInput("edoc-request-malformed", str(error.detail)) from error


def _json(body: bytes) -> _Parts:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput("edoc-request-malformed", "the body is no JSON") from error
    if not isinstance(value, dict):
        raise InvalidInput("edoc-request-malformed", "the body is no JSON object")
    return value


def _send(door: EdocDoor, parts: _Parts) -> dict[str, Any]:
    file = parts.get(FILE_FIELD)
    if not isinstance(file, bytes):
        raise InvalidInput("edoc-request-malformed", "no file", pointer=f"/{FILE_FIELD}")
    said = read_edxml(file)
    wanted = _kind(parts.get(KIND_FIELD) or EdocKind.EDOC)
    kind = EdocKind.STATUS
    if isinstance(said, EdxmlDocument):
        kind = EdocKind.of(said.document.business_doc_type)
    # Most software calls everything edoc; what the file says is what it is.
    if wanted not in (kind, EdocKind.EDOC):
        raise InvalidInput(
            "edoc-request-malformed", f"the file is {kind}", pointer=f"/{KIND_FIELD}"
        )
    return {"docId": door.submit(said) if isinstance(said, EdxmlDocument) else door.report(said)}


def _update(door: EdocDoor, parts: _Parts) -> dict[str, Any]:
    note = parts.get("description")
    if note is not None and (not isinstance(note, str) or not 0 < len(note.strip()) <= MOST_NOTE):
        raise InvalidInput(
            "edoc-request-malformed", f"1 to {MOST_NOTE} characters", pointer="/description"
        )
    action = read_code(_text(parts, "status"), "/status")
    door.step(_text(parts, "docId"), action, note.strip() if note else None)
    return {}


def _list(door: EdocDoor, parts: _Parts) -> dict[str, Any]:
    kind = _kind(parts.get(KIND_FIELD) or EdocKind.EDOC)
    since = read_date(_text(parts, "fromDate"), "/fromDate")
    until = read_date(_text(parts, "toDate"), "/toDate")
    entries = door.received(kind, since, until)
    return {
        "count": len(entries),
        "data": [
            {
                "docId": entry.doc_id,
                "messageType": entry.kind,
                "from": entry.sender,
                "to": entry.recipient,
                "status": entry.status,
            }
            for entry in entries
        ],
    }


def _fetch(door: EdocDoor, parts: _Parts) -> dict[str, Any]:
    doc_id = _text(parts, "docId")
    return {"data": {"docId": doc_id, "edxml": door.fetch(doc_id).decode()}}


def _kind(text: Any) -> EdocKind:
    if text not in tuple(EdocKind):
        raise InvalidInput(
            "edoc-request-malformed", f"no kind {text!r:.40}", pointer=f"/{KIND_FIELD}"
        )
    return EdocKind(text)


def _text(parts: _Parts, name: str) -> str:
    value = parts.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MOST_NOTE:
        raise InvalidInput("edoc-request-malformed", "this is required", pointer=f"/{name}")
    return value


def _refusal(error: LedgerError) -> Response:
    fault, status = _fault_of(error)
    # What is wrong on our side is told to the log; here it is only said that something is.
    said = fault.vi if status >= 500 else f"{error} [{error.code}]"
    return JSONResponse(
        {
            "success": False,
            "message": fault.vi,
            "data": {
                "docId": None,
                "status": "error",
                "errorCode": fault.value,
                "errorDesc": said,
            },
        },
        status,
    )


def _fault_of(error: LedgerError) -> tuple[AxisFault, int]:
    known = _FAULTS.get(error.code)
    if isinstance(error, Unauthenticated):
        return AxisFault.CREDENTIALS_WRONG, 401
    if isinstance(error, Unavailable):
        return AxisFault.AXIS_FAILED, 503
    if isinstance(error, NotFound):
        return known or AxisFault.PROCESSING_FAILED, 404
    if isinstance(error, Forbidden):
        return known or AxisFault.PROCESSING_FAILED, 403
    if isinstance(error, InvalidInput):
        return known or AxisFault.EDXML_MALFORMED, 413 if isinstance(error, TooLarge) else 400
    return known or AxisFault.PROCESSING_FAILED, 409
