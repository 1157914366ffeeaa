"""Problem details (RFC 9457) for every error, with GS1 exception types on the EPCIS resources.

Outside `/epcis` the `type` is `/problems/{code}`, which can be opened; inside it is the
`epcisException:…` that EPCIS 2.0 (12.6) names for the status. Both carry our stable `code` and its
advice. What is wrong on our side is told to the log under the request id, never to the caller: a
5xx problem has a fixed detail.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from ledger import metrics
from ledger.epcis.problems import find_exception_type
from ledger.error_codes import CODES
from ledger.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    LedgerError,
    Misconfigured,
    NotAcceptable,
    NotFound,
    QuotaExceeded,
    Superseded,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
    UriTooLong,
    VerificationFailed,
)

PROBLEM_JSON = "application/problem+json"
EPCIS_PREFIX = "/epcis"

_log = structlog.get_logger("api")

STATUSES: dict[type[LedgerError], int] = {
    InvalidInput: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    NotAcceptable: 406,
    Conflict: 409,
    Superseded: 412,
    TooLarge: 413,
    UriTooLong: 414,
    UnsupportedMedia: 415,
    VerificationFailed: 422,
    QuotaExceeded: 429,
    Misconfigured: 500,
    Unavailable: 503,
}
"""HTTP status of each class of error; the nearest class in the tree decides."""

EPCIS_EXCEPTIONS: dict[int, str] = {
    400: "ValidationException",
    401: "SecurityException",
    403: "SecurityException",
    404: "NoSuchNameException",
    406: "NotAcceptableException",
    409: "ResourceAlreadyExistsException",
    413: "CaptureLimitExceededException",
    414: "URITooLongException",
    415: "UnsupportedMediaTypeException",
    429: "CaptureLimitExceededException",
    500: "ImplementationException",
    501: "ImplementationException",
    503: "ImplementationException",
}
"""EPCIS 2.0 exception of each status, in agreement with `ledger.epcis.problems`, which names those
inside a capture job. 405 and 422 have none and keep our own type."""

_OURS = "Something on our side did not work; nothing was decided about your data."
_RETRY_UNAVAILABLE = 2


def status_of(error: LedgerError) -> int:
    """The status of the nearest class in the error tree."""
    for kind in type(error).__mro__:
        if kind in STATUSES:
            return STATUSES[kind]
    return 500


def problem(
    path: str,
    status: int,
    code: str,
    detail: str,
    *,
    pointer: str | None = None,
    advice: str | None = None,
    request_id: str | None = None,
    errors: Sequence[dict[str, Any]] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """One problem answer. `path` decides which family of types is spoken."""
    metrics.PROBLEMS.labels(code).inc()
    body: dict[str, Any] = {
        "type": _type_of(path, status, code),
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "advice": advice if advice is not None else CODES[code],
    }
    if pointer is not None:
        body["pointer"] = pointer
    if errors:
        body["errors"] = list(errors)
    if request_id is not None:
        body["requestId"] = request_id
    return Response(
        orjson.dumps(body),
        status_code=status,
        media_type=PROBLEM_JSON,
        headers={"cache-control": "no-store", **(headers or {})},
    )


def _type_of(path: str, status: int, code: str) -> str:
    if path.startswith(EPCIS_PREFIX) and status in EPCIS_EXCEPTIONS:
        own = find_exception_type(code)
        if own is not None:
            return own
        return f"epcisException:{EPCIS_EXCEPTIONS[status]}"
    return f"/problems/{code}"


def from_error(path: str, error: LedgerError, request_id: str | None) -> Response:
    """The problem of one of our own errors."""
    status = status_of(error)
    detail, pointer, advice = error.detail, error.pointer, error.advice
    if status >= 500:
        _log.warning("unavailable", request_id=request_id, code=error.code, detail=error.detail)
        detail, pointer, advice = _OURS, None, CODES[error.code]
    return problem(
        path,
        status,
        error.code,
        detail,
        pointer=pointer,
        advice=advice,
        request_id=request_id,
        headers=_headers_of(error),
    )


def _headers_of(error: LedgerError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"www-authenticate": 'Bearer realm="provenance"'}
    if isinstance(error, QuotaExceeded):
        retry_after = error.context.get("retry_after", 1)
        assert isinstance(retry_after, int | float)
        return {"retry-after": str(max(1, -int(-retry_after // 1)))}
    if isinstance(error, Unavailable):
        return {"retry-after": str(_RETRY_UNAVAILABLE)}
    return {}


def from_bug(path: str, error: Exception, request_id: str | None) -> Response:
    """The problem of an error nobody foresaw: logged with its trace, answered without a word of it.

    The trace is spelled here, because pretty log renderers print local variables, and one of those
    may be an API key.
    """
    trace = "".join(traceback.format_exception(error))
    _log.error("bug", request_id=request_id, path=path, trace=trace)
    return problem(path, 500, "internal-error", _OURS, request_id=request_id)


def request_id_of(request: Request) -> str | None:
    """The id the middleware gave this request."""
    found = request.scope.get("request_id")
    return found if isinstance(found, str) else None


async def on_ledger_error(request: Request, error: Exception) -> Response:
    """Exception handler for the whole error tree."""
    assert isinstance(error, LedgerError)
    return from_error(request.url.path, error, request_id_of(request))


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Exception handler for what the router itself refuses."""
    assert isinstance(error, HTTPException)
    code, detail = {
        400: ("request-malformed", "the request could not be read"),
        404: ("path-unknown", "there is nothing at this path"),
        405: ("method-not-allowed", f"{request.method} is not offered here"),
    }.get(error.status_code, ("internal-error", _OURS))
    status = error.status_code if code != "internal-error" else 500
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if status == 405:
        headers["allow"] = ", ".join(_allowed(request))
    return problem(
        request.url.path,
        status,
        code,
        detail,
        request_id=request_id_of(request),
        headers=headers,
    )


def _allowed(request: Request) -> list[str]:
    """Methods of every route at this path; the router itself names those of the first only."""
    methods: set[str] = set()
    for route in request.app.router.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))


async def on_invalid_request(request: Request, error: Exception) -> Response:
    """Exception handler for parameters and bodies that do not fit their schema: 400, not 422."""
    assert isinstance(error, RequestValidationError)
    if any(fault["type"] == "json_invalid" for fault in error.errors()):
        return problem(
            request.url.path,
            400,
            "json-malformed",
            "the body is not JSON",
            request_id=request_id_of(request),
        )
    faults = [
        {"pointer": _pointer(fault["loc"]), "detail": fault["msg"]} for fault in error.errors()
    ]
    first = faults[0] if faults else {"pointer": "", "detail": "the request does not fit"}
    return problem(
        request.url.path,
        400,
        "request-malformed",
        f"{first['pointer'] or '/'}: {first['detail']}",
        pointer=first["pointer"],
        request_id=request_id_of(request),
        errors=faults[:100],
    )


def _pointer(location: Sequence[int | str]) -> str:
    """RFC 6901 pointer into the body; for a parameter its place and name."""
    steps = location[1:] if location and location[0] == "body" else location
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
