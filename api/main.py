"""The web application: routes, error handlers and the gate around them."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api import problems
from api.deps import Budget, Budgets
from api.middleware import Gate, is_digital_link_path
from api.openapi import describe
from api.routes import (
    alerts,
    blobs,
    capture,
    chain,
    dead_letters,
    devices,
    encryption_keys,
    erasures,
    event_queries,
    events,
    exchange,
    exchange_evidence,
    exchange_statistics,
    exchange_webhooks,
    files,
    health,
    labels,
    leg_bundle,
    links,
    local_codes,
    log,
    mandates,
    masterdata,
    named_queries,
    opendata,
    organizations,
    page_tokens,
    personal_ids,
    prefixes,
    qr,
    query_stream,
    recalls,
    records,
    resolver,
    sharing,
    sheets,
    submissions,
    subscriptions,
    timestamps,
    trace,
    uploads,
    verify,
    vocabularies,
)
from api.trailing_slash import without_trailing_slash
from api.web import pages, portal, static
from ledger.app import App
from ledger.config import Settings
from ledger.errors import LedgerError
from ledger.services.filing import MOST_BYTES
from ledger.sheets.archive import MAX_BYTES

_SMALL = 64 * 1024
_EVENT = 4 * 1024 * 1024
_LABELS = 4 * 1024 * 1024
"""Ten thousand labels with their names."""
_LINKS = 512 * 1024
"""A hundred links with long titles and targets."""
_MESSAGES = 4 * 1024 * 1024
"""A message to two hundred recipients, or two hundred steps, with their evidence."""
_LANES = {lane.path: lane for lane in exchange.LANES}
_BURST_SECONDS = 4.0
"""A budget saved up may be spent at once: a page asks for many proofs and then for none."""


class Application(FastAPI):
    """FastAPI behind the gate, with lanes past it for the hot paths.

    `POST /epcis/events`, whatever begins with a GS1 key and what agencies hand in are answered by
    the very functions that FastAPI knows and describes; only the layers between are left out, which
    cost more than the work itself.
    """

    def __init__(self, ledger: App) -> None:
        super().__init__(
            title="Provenance Ledger",
            version="1.0.0",
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
        )
        settings = ledger.settings
        self.state.ledger = ledger
        rate = float(settings.requests_per_second)
        visitor_rate = float(settings.visitor_requests_per_second)
        self.state.budgets = Budgets(
            keys=Budget(rate, _BURST_SECONDS * rate),
            visitors=Budget(visitor_rate, _BURST_SECONDS * visitor_rate),
        )
        self._gate = Gate(
            self._dispatch, limit_of=_BodyLimits(settings), headers_of=_LimitHeaders(settings)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Everything passes the gate."""
        await self._gate(without_trailing_slash(scope), receive, send)

    def openapi(self) -> dict[str, Any]:
        """See `api.openapi`."""
        return describe(self)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["path"] == events.EVENTS_PATH
            and scope["method"] == "POST"
        ):
            scope["app"] = self
            await events.capture_lane(scope, receive, send)
        elif (
            scope["type"] == "http"
            and scope["method"] in ("GET", "OPTIONS")
            and is_digital_link_path(scope["path"])
        ):
            scope["app"] = self
            await resolver.resolver_lane(scope, receive, send)
        elif (
            scope["type"] == "http"
            and (lane := _LANES.get(scope["path"])) is not None
            and lane.takes(scope)
        ):
            scope["app"] = self
            await lane.run(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(ledger: App) -> Application:
    """The application over these services. The caller opens and closes them."""
    app = Application(ledger)
    # The routes themselves, not their routers: one flat list, no search within a search.
    for room in (
        events,
        exchange,
        named_queries,
        subscriptions,
        dead_letters,
        query_stream,
        event_queries,
        page_tokens,
        vocabularies,
        capture,
        devices,
        sheets,
        submissions,
        masterdata,
        files,
        records,
        sharing,
        opendata,
        verify,
        log,
        chain,
        organizations,
        personal_ids,
        encryption_keys,
        uploads,
        blobs,
        erasures,
        prefixes,
        links,
        labels,
        trace,
        local_codes,
        recalls,
        exchange_webhooks,
        mandates,
        leg_bundle,
        exchange_evidence,
        exchange_statistics,
        alerts,
        timestamps,
        qr,
        health,
        pages,
        portal,
        static,
        resolver,
    ):
        app.router.routes.extend(room.router.routes)
    app.add_exception_handler(LedgerError, problems.on_ledger_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, problems.on_invalid_request)
    return app


async def _on_http_exception(request: Request, error: Exception) -> Response:
    """Nothing at this path: for people a page, for programs a problem like any other."""
    is_missing = isinstance(error, HTTPException) and error.status_code == 404
    if is_missing and "text/html" in request.headers.get("accept", ""):
        return await run_in_threadpool(pages.missing_page, request)
    return await problems.on_http_exception(request, error)


class _BodyLimits:
    """How large a body may be, by path."""

    def __init__(self, settings: Settings) -> None:
        self._limits = {
            "/epcis/capture": settings.capture_bytes,
            "/epcis/events": min(_EVENT, settings.capture_bytes),
            "/submissions": settings.capture_bytes,
            "/files": MOST_BYTES,
            "/sheets/captures": MAX_BYTES,
            "/sheets/checks": MAX_BYTES,
            "/verify": verify.MOST_BYTES,
            labels.PREFIX: _LABELS,
            "/exchange/messages": _MESSAGES,
            "/exchange/steps": _MESSAGES,
        }

    def __call__(self, path: str) -> int:
        found = self._limits.get(path)
        if found is not None:
            return found
        if path.startswith(uploads.PREFIX):
            return uploads.MOST_BYTES
        return _LINKS if path.startswith(links.PREFIX + "/") else _SMALL


class _LimitHeaders:
    """What a 413 on the EPCIS resources must tell (EPCIS 2.0 12.5)."""

    def __init__(self, settings: Settings) -> None:
        self._headers = capture.limit_headers(settings)

    def __call__(self, path: str) -> dict[str, str]:
        return self._headers if path.startswith(problems.EPCIS_PREFIX) else {}
