"""A server's problem (RFC 9457) as one of our errors."""

from __future__ import annotations

import json
from typing import NoReturn

from ledger.error_codes import CODES
from ledger.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    LedgerError,
    NotAcceptable,
    NotFound,
    QuotaExceeded,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
    VerificationFailed,
)

_CLASSES: dict[int, type[LedgerError]] = {
    400: InvalidInput,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    406: NotAcceptable,
    409: Conflict,
    413: TooLarge,
    415: UnsupportedMedia,
    422: VerificationFailed,
    429: QuotaExceeded,
}


def raise_problem(status: int, body: bytes) -> NoReturn:
    """Raise what the problem says; never more sure than its status.

    An answer without a problem of ours is Unavailable `server-answer-malformed`; a code this
    version does not know is `server-refused` with the same class.
    """
    kind = _CLASSES.get(status, Unavailable)
    try:
        problem = json.loads(body)
        code, detail = str(problem["code"]), str(problem["detail"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable(
            "server-answer-malformed", f"HTTP {status} without a problem of ours"
        ) from error
    pointer, advice = problem.get("pointer"), problem.get("advice")
    if code not in CODES:
        code, detail = "server-refused", f"{detail} [{code}]"
    raise kind(
        code,
        detail,
        pointer=pointer if isinstance(pointer, str) else None,
        advice=advice if isinstance(advice, str) else None,
    )
