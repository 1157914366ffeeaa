"""The problem body and how routes declare which problems they answer with."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.problems import PROBLEM_JSON
from api.schemas.wire import Answer

Responses = dict[int | str, dict[str, Any]]


class Fault(Answer):
    """One of several things wrong with a request."""

    pointer: str = Field(description="Where, as an RFC 6901 pointer or a parameter's place.")
    detail: str


class Problem(Answer):
    """RFC 9457 problem details."""

    type: str = Field(
        description="`epcisException:…` on the EPCIS resources, `/problems/{code}` elsewhere."
    )
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    code: str = Field(description="Stable error code; `/problems/{code}` tells about it.")
    advice: str = Field(description="What to do about it.")
    pointer: str | None = Field(default=None, description="RFC 6901 pointer to the fault.")
    errors: list[Fault] | None = None
    request_id: str | None = Field(default=None, description="Name this to the operator.")


class ErrorCode(Answer):
    """What a stable error code means."""

    code: str
    advice: str


_WHEN = {
    400: "The request is malformed or breaks a rule; `pointer` says where.",
    401: "No API key, or one that is unknown, expired or revoked.",
    403: "The key or its organization may not do this.",
    404: "Well-formed, and not in the ledger.",
    406: "No offered form or version is acceptable to you.",
    409: "Contradicts what is already recorded.",
    412: "The item is no longer, or not yet, at the version you named.",
    413: "The body exceeds a stated limit.",
    414: "The address is longer than it may be.",
    416: "There is nothing at the range of bytes that was asked for.",
    415: "The body's media type is not read here.",
    422: "Understood, and a proof in it does not hold.",
    429: "Too many requests or events; Retry-After says when to go on.",
    500: "A fault on our side.",
    503: "A part we depend on did not answer; nothing was decided.",
}


def problems(*statuses: int, headers: dict[int, dict[str, Any]] | None = None) -> Responses:
    """OpenAPI responses for these statuses, each with the problem body. 500 is always among them;
    `headers` names those a status always carries."""
    declared: Responses = {}
    for status in (*statuses, 500):
        response: dict[str, Any] = {
            "description": _WHEN[status],
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        named = dict((headers or {}).get(status, {}))
        if status in (429, 503):
            named["Retry-After"] = {
                "description": "Seconds to wait.",
                "required": True,
                "schema": {"type": "string", "pattern": "^[0-9]+$"},
            }
        if status == 401:
            named["WWW-Authenticate"] = {"required": True, "schema": {"type": "string"}}
        if named:
            response["headers"] = named
        declared[status] = response
    return declared
