"""The web application: routes, error handlers and the gate around them."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api import problems
from api.deps import Budget, Budgets
from api.middleware import Gate
from api.openapi import describe
from api.routes import (
    capture,
    chain,
    events,
    health,
    log,
    organizations,
    qr,
    records,
    story,
    verify,
)
from ledger.app import App
from ledger.config import Settings
from ledger.errors import LedgerError

_SMALL = 64 * 1024
_EVENT = 4 * 1024 * 1024
_BUNDLE = 4 * 1024 * 1024 + 1
"""One byte more than the verifier reads, so that it is the verifier that says so."""
_VISITOR_RATE = 50.0
_VISITOR_BURST = 200.0


def create_app(ledger: App) -> FastAPI:
    """The application over these services. The caller opens and closes them."""
    settings = ledger.settings
    app = FastAPI(
        title="Provenance Ledger",
        version="1.0.0",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.ledger = ledger
    rate = float(settings.requests_per_second)
    app.state.budgets = Budgets(
        keys=Budget(rate, max(2 * rate, 1.0)),
        visitors=Budget(_VISITOR_RATE, _VISITOR_BURST),
    )
    # The routes themselves, not their routers: one flat list, no search within a search. The hot
    # path stands first.
    for room in (
        events,
        capture,
        records,
        verify,
        log,
        chain,
        organizations,
        story,
        qr,
        health,
    ):
        app.router.routes.extend(room.router.routes)
    app.add_exception_handler(LedgerError, problems.on_ledger_error)
    app.add_exception_handler(HTTPException, problems.on_http_exception)
    app.add_exception_handler(RequestValidationError, problems.on_invalid_request)
    app.add_middleware(
        Gate,
        limit_of=_BodyLimits(settings),
        headers_of=_LimitHeaders(settings),
    )
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    return app


class _BodyLimits:
    """How large a body may be, by path."""

    def __init__(self, settings: Settings) -> None:
        self._limits = {
            "/epcis/capture": settings.capture_bytes,
            "/epcis/events": min(_EVENT, settings.capture_bytes),
            "/verify": _BUNDLE,
        }

    def __call__(self, path: str) -> int:
        return self._limits.get(path, _SMALL)


class _LimitHeaders:
    """What a 413 on the EPCIS resources must tell (EPCIS 2.0 12.5)."""

    def __init__(self, settings: Settings) -> None:
        self._headers = capture.limit_headers(settings)

    def __call__(self, path: str) -> dict[str, str]:
        return self._headers if path.startswith(problems.EPCIS_PREFIX) else {}
