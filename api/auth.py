"""Bearer key → Caller; the scope a route needs stands in its signature.

A secret is looked up by its SHA-256 and remembered for two seconds, so a revocation takes effect
within two seconds everywhere and at once in the process that did it. The secret itself is never
logged, never echoed and never part of an error.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.deps import app_of, budgets_of
from ledger.errors import Unauthenticated
from ledger.services.caller import Caller, Scope

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="apiKey",
    bearerFormat="pk_ and 32 letters or digits",
    description="An API key of an organization: `Authorization: Bearer pk_…`.",
)
SECURITY: list[dict[str, list[str]]] = [{"apiKey": []}]
"""OpenAPI security of a route that authenticates by hand."""
OPTIONAL_SECURITY: dict[str, list[dict[str, list[str]]]] = {"security": [{}]}
"""Added to a route whose `Visitor` may come without a key: the alternative of no security."""

_LONGEST_SECRET = 200


def read_secret(request: Request) -> str | None:
    """The bearer secret, or None when no Authorization header was sent.

    Raises Unauthenticated `api-key-missing` for any other scheme or form (RFC 6750 2.1).
    """
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, secret = header.partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret or len(secret) > _LONGEST_SECRET:
        raise Unauthenticated("api-key-missing", "the Authorization header carries no bearer key")
    return secret


async def find_caller(request: Request) -> Caller | None:
    """Who asks, or None for an anonymous request. A refused key is an error, never anonymous."""
    secret = read_secret(request)
    if secret is None:
        return None
    membership = app_of(request).membership
    caller = membership.find_remembered(secret)
    if caller is None:
        # The database may be slow or away; the event loop must not wait for it.
        caller = await run_in_threadpool(membership.authenticate, secret)
    budgets_of(request).keys.spend(caller.key_id)
    return caller


async def get_caller(request: Request) -> Caller:
    """Who asks. Raises Unauthenticated when nobody says so."""
    caller = await find_caller(request)
    if caller is None:
        raise Unauthenticated("api-key-missing", "this needs an API key")
    return caller


def caller_with(scope: Scope) -> Callable[..., Awaitable[Caller]]:
    """A dependency that admits keys with this scope only."""

    async def admit(request: Request, _: Annotated[object, Security(bearer)]) -> Caller:
        caller = await get_caller(request)
        caller.require(scope)
        return caller

    return admit


async def _admit_anyone(request: Request, _: Annotated[object, Security(bearer)]) -> Caller | None:
    return await find_caller(request)


async def _admit_known(request: Request, _: Annotated[object, Security(bearer)]) -> Caller:
    return await get_caller(request)


Captor = Annotated[Caller, Depends(caller_with(Scope.CAPTURE))]
Reader = Annotated[Caller, Depends(caller_with(Scope.READ))]
Admin = Annotated[Caller, Depends(caller_with(Scope.ADMIN))]
StatusKeeper = Annotated[Caller, Depends(caller_with(Scope.STATUS))]
KnownCaller = Annotated[Caller, Depends(_admit_known)]
Visitor = Annotated[Caller | None, Depends(_admit_anyone)]
