"""A client of an integration axis (LGSP, VXP): hand over edXML, fetch it, tell statuses.

An axis signs nothing and repeats nothing: whether a document was taken is known only from the
answer. So sending is tried once; where the answer is lost it is Unavailable `axis-answer-lost`, and
whoever asks again first looks whether it is there.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import date
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

from ledger.errors import (
    InvalidInput,
    LedgerError,
    NotFound,
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
from ledger.exchange.edxml.leaves import MAX_BYTES
from ledger.exchange.edxml.spelling import spell_date

_MOST_ANSWER = 2 * MAX_BYTES
_TIMEOUT = 60.0

_CLASSES: dict[AxisFault, tuple[type[LedgerError], str]] = {
    AxisFault.CREDENTIALS_WRONG: (Unauthenticated, "axis-credentials-refused"),
    AxisFault.RECIPIENT_UNKNOWN: (NotFound, "axis-recipient-unknown"),
    AxisFault.RECIPIENT_LOCKED: (NotFound, "axis-recipient-unknown"),
    AxisFault.AXIS_FAILED: (Unavailable, "axis-unavailable"),
}


class AxisClient:
    """One agency's access to one axis. Safe to share among threads."""

    def __init__(
        self,
        url: str,
        system_id: str,
        secret_key: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = _TIMEOUT,
    ) -> None:
        """`headers` are further ones that an axis asks for, a Bearer token above all; `timeout` in
        seconds. Raises InvalidInput `server-url-malformed`."""
        if not url.startswith(("http://", "https://")):
            raise InvalidInput("server-url-malformed", f"{url!r:.120} is no http or https address")
        own = {SYSTEM_ID: system_id, SECRET_KEY: secret_key, "Accept": "application/json"}
        self._http = httpx.Client(
            base_url=url.rstrip("/"), headers={**(headers or {}), **own}, timeout=timeout
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, body: bytes, kind: EdocKind) -> str:
        """Hand over an edXML file; the axis's id of it. Raises Unauthenticated
        `axis-credentials-refused`, NotFound `axis-recipient-unknown`, InvalidInput `axis-refused`,
        Unavailable `axis-unavailable` where it was not taken and `axis-answer-lost` where that is
        not known."""
        answer = self._post(
            "/v1/sendEdoc",
            files={FILE_FIELD: ("document.edxml", body, "application/xml")},
            data={KIND_FIELD: kind.value},
        )
        inner = answer.get("data")
        doc_id = answer.get("docId") or (inner.get("docId") if isinstance(inner, dict) else None)
        if not isinstance(doc_id, str) or not doc_id:
            raise Unavailable("axis-answer-malformed", "it was taken, and no docId was given")
        return doc_id

    def update_status(self, doc_id: str, status: str) -> None:
        """Tell what became of a document. May be repeated. Raises as `send`."""
        self._post("/v1/updateStatus", json={"docId": doc_id, "status": status})

    def received(self, kind: EdocKind, since: date, until: date) -> list[EdocEntry]:
        """What lies ready for the agency, by day of arrival, both included. Raises as `send`."""
        answer = self._get(
            "/v1/syncReceivedEdocList",
            {
                KIND_FIELD: kind.value,
                "fromDate": spell_date(since),
                "toDate": spell_date(until),
            },
        )
        entries = answer.get("data")
        if not isinstance(entries, list):
            raise Unavailable("axis-answer-malformed", "there is no list in the answer")
        return [_entry(entry) for entry in entries]

    def fetch(self, doc_id: str) -> bytes:
        """The edXML file of an id, to be read by `ledger.exchange.edxml.reading`. Raises as
        `send`."""
        data = self._get("/v1/getEdoc", {"docId": doc_id}).get("data")
        text = data.get("edxml") if isinstance(data, dict) else None
        if not isinstance(text, str) or not text:
            raise Unavailable("axis-answer-malformed", "there is no edXML in the answer")
        if text.lstrip("\ufeff \r\n\t").startswith("<"):
            return text.encode()
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise Unavailable("axis-answer-malformed", "the edXML is no text") from None

    def _post(self, path: str, **sent: Any) -> dict[str, Any]:
        try:
            response = self._http.post(path, **sent)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unavailable("axis-unavailable", str(error) or type(error).__name__) from error
        except httpx.TransportError as error:
            # The request may have come through.
            raise Unavailable("axis-answer-lost", str(error) or type(error).__name__) from error
        return _read(response)

    def _get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        try:
            return _read(self._http.get(path, params=query))
        except httpx.TransportError as error:
            raise Unavailable("axis-unavailable", str(error) or type(error).__name__) from error


def _read(response: httpx.Response) -> dict[str, Any]:
    """The answer, where the axis says it went well. A gateway before the axis answers in plain
    text."""
    try:
        answer = orjson.loads(response.content) if len(response.content) < _MOST_ANSWER else None
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        if response.status_code in (401, 403):
            raise Unauthenticated("axis-credentials-refused", f"HTTP {response.status_code}")
        raise Unavailable(
            "axis-answer-malformed", f"HTTP {response.status_code} without an answer of an axis"
        )
    if response.is_success and answer.get("success") is True:
        return answer
    raise _refusal(response.status_code, answer)


def _refusal(status: int, answer: dict[str, Any]) -> LedgerError:
    inner = answer.get("data")
    told = inner if isinstance(inner, dict) else {}
    code = str(told.get("errorCode") or answer.get("errorCode") or "")
    said = str(told.get("errorDesc") or answer.get("message") or f"HTTP {status}")
    if code in tuple(AxisFault):
        fault = AxisFault(code)
        kind, name = _CLASSES.get(fault, (InvalidInput, "axis-refused"))
        return kind(name, f"{fault.vi}: {said:.200} (errorCode {code})")
    if status in (401, 403):
        return Unauthenticated("axis-credentials-refused", f"{said:.200}")
    if status >= 500:
        return Unavailable("axis-unavailable", f"{said:.200}")
    return InvalidInput("axis-refused", f"{said:.200} (errorCode {code or 'none'})")


def _entry(value: Any) -> EdocEntry:
    if not isinstance(value, dict) or not isinstance(value.get("docId"), str):
        raise Unavailable("axis-answer-malformed", "an entry of the list has no docId")
    return EdocEntry(
        value["docId"],
        str(value.get("messageType") or ""),
        str(value.get("from") or ""),
        str(value.get("to") or ""),
        str(value.get("status") or ""),
    )
