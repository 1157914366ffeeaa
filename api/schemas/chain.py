"""JSON-RPC 2.0 as the relay speaks it. Requests are read by hand: the protocol wants faults
answered in its own form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from api.schemas.wire import Answer

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
NOT_RELAYED = -32601


class RpcError(Answer):
    """Why a call has no result."""

    code: int
    message: str
    data: Any = None


class RpcAnswer(Answer):
    """The answer to one call: `result`, or `error`."""

    jsonrpc: str = Field(default="2.0")
    id: int | str | None = None
    result: Any = None
    error: RpcError | None = None


@dataclass(frozen=True, slots=True)
class RpcCall:
    """One well-formed call."""

    id: int | str | None
    method: str
    params: Sequence[Any]


def read_call(value: Any) -> RpcCall | None:
    """The call in this JSON value, or None when it is none (JSON-RPC 2.0, section 4)."""
    if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
        return None
    number, method, params = value.get("id"), value.get("method"), value.get("params", [])
    if isinstance(number, bool) or not isinstance(number, int | str | None):
        return None
    if not isinstance(method, str) or not isinstance(params, list):
        return None
    return RpcCall(number, method, params)


def result(number: int | str | None, value: Any) -> dict[str, Any]:
    """A successful answer."""
    return {"jsonrpc": "2.0", "id": number, "result": value}


def fault(number: int | str | None, code: int, message: str, data: Any = None) -> dict[str, Any]:
    """An unsuccessful answer."""
    error: dict[str, Any] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": number, "error": error}
