"""Lanes past FastAPI's layers, for hot routes that take one JSON body.

A lane answers with the very function that FastAPI knows and describes, and with its models; only
what FastAPI does between, which costs more than most of the work, is left out. A request whose body
is not said to be plain `application/json` goes the long way, which says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.auth import get_caller
from api.deps import app_of
from api.negotiation import JSON
from api.problems import on_invalid_request, on_ledger_error
from api.schemas import wire
from ledger import canonical
from ledger.app import App
from ledger.errors import LedgerError
from ledger.services.caller import Caller
from ledger.services.caller import Scope as KeyScope

B = TypeVar("B", bound=wire.Request)

_PLAIN = (b"content-type", JSON.encode())


class JsonLane(Generic[B]):
    """`POST path` with a body of that model, from callers with that scope. `answer` sets the
    status on the response it is given, as it does for FastAPI; 200 is the default."""

    def __init__(
        self,
        path: str,
        model: type[B],
        scope: KeyScope,
        answer: Callable[[B, Caller, App, Response], wire.Answer],
    ) -> None:
        self.path = path
        self._model = model
        self._scope = scope
        self._answer = answer
        self._route = Route(path, answer, methods=["POST"])

    def takes(self, scope: Scope) -> bool:
        """Whether a request to this path goes this way."""
        return scope["method"] == "POST" and _PLAIN in scope["headers"]

    async def run(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. `scope["route"]` names it for the metrics."""
        scope["route"] = self._route
        request = Request(scope, receive)
        try:
            caller = await get_caller(request)
            caller.require(self._scope)
            body = await request.body()
            response = await run_in_threadpool(self._respond, body, caller, app_of(request))
        except LedgerError as error:
            response = await on_ledger_error(request, error)
        except RequestValidationError as error:
            response = await on_invalid_request(request, error)
        await response(scope, receive, send)

    def _respond(self, body: bytes, caller: Caller, ledger: App) -> Response:
        response = Response(media_type=JSON)
        answer = self._answer(self._read(body), caller, ledger, response)
        response.body = answer.model_dump_json(by_alias=True).encode()
        response.headers["content-length"] = str(len(response.body))
        return response

    def _read(self, body: bytes) -> B:
        """What the strict reader lets pass, as it was sent: it is signed, and not to be changed."""
        if not body:
            raise RequestValidationError(
                [{"type": "missing", "loc": ("body",), "msg": "Field required"}]
            )
        canonical.parse(body)
        try:
            return self._model.model_validate_json(body)
        except ValidationError as error:
            faults: list[dict[str, Any]] = [
                {**fault, "loc": ("body", *fault["loc"])}
                for fault in error.errors(include_url=False, include_input=False)
            ]
            raise RequestValidationError(faults) from error
