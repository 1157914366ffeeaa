"""`/epcis/queries/{name}/events` as a WebSocket: results of a named query as they come to be, or
when a schedule is due (EPCIS 2.0, 12.8).

Each message is an EPCISQueryDocument. A stream begins with its connection (or at
`initialRecordTime`) and ends with it; who must not miss anything subscribes instead, or connects
again with the time of the last event seen.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.auth import get_caller
from api.deps import app_of
from api.negotiation import check_gs1_versions, choose_epc_format
from api.problems import on_ledger_error
from ledger.app import App
from ledger.clock import format_time
from ledger.epcis.query import Query
from ledger.epcis.query_document import batches, query_document
from ledger.epcis.schedule import FIELDS
from ledger.epcis.subscription import Timing
from ledger.epcis.translation import EpcFormat, translate
from ledger.errors import LedgerError, NotFound, QuotaExceeded
from ledger.services.caller import Caller, Scope
from ledger.services.following import Owner

router = APIRouter(tags=["EPCIS queries"])

MOST_STREAMS = 200
"""Open streams of one process."""
_POLL_SECONDS = 0.25
_ADMIT_SECONDS = 10.0
"""A revoked key loses its streams within so many seconds."""
_LOOK_SECONDS = 2.0
"""So does a query that was deleted while its schedule is not due."""


@router.websocket("/epcis/queries/{name}/events")
async def stream_events(websocket: WebSocket, name: str) -> None:
    """Send what the query finds until either side has enough."""
    request = Request({**websocket.scope, "type": "http", "method": "GET"})
    try:
        with _one_more(request):
            stream = await _open(request, name)
            await websocket.accept(headers=stream.headers())
            await stream.run(websocket, request)
    except LedgerError as error:
        response = await on_ledger_error(request, error)
        with suppress(RuntimeError, WebSocketDisconnect):
            await websocket.send_denial_response(response)


async def _open(request: Request, name: str) -> _Stream:
    """Everything that can be wrong is found before the connection is accepted."""
    caller = await _admit(request)
    check_gs1_versions(request.headers)
    epc_format = choose_epc_format(request.headers)
    timing = Timing.read(_controls(request))
    app = app_of(request)
    row = await run_in_threadpool(app.subscribing.get_query, caller, name)
    since = timing.initial_record_time
    granted = await run_in_threadpool(app.following.last_grant, caller.org)
    position = await run_in_threadpool(app.following.beginning, since)
    return _Stream(
        app,
        caller,
        row.name,
        row.definition,
        timing,
        epc_format,
        granted,
        position,
        since or app.clock.now(),
    )


async def _admit(request: Request) -> Caller:
    caller = await get_caller(request)
    caller.require(Scope.READ)
    return caller


def _controls(request: Request) -> dict[str, Any]:
    """The parameters of the address as a subscription says the same."""
    given = dict(request.query_params)
    truths = {"true": True, "false": False}
    controls: dict[str, Any] = {
        name: truths.get(given[name], given[name])
        for name in ("stream", "reportIfEmpty")
        if name in given
    }
    if "initialRecordTime" in given:
        controls["initialRecordTime"] = given["initialRecordTime"]
    schedule = {name: given[name] for name in FIELDS if name in given}
    return {**controls, **({"schedule": schedule} if schedule else {})}


class _Stream:
    """One open stream."""

    def __init__(
        self,
        app: App,
        caller: Caller,
        name: str,
        definition: dict[str, Any],
        timing: Timing,
        epc_format: EpcFormat,
        granted: int,
        position: int,
        since: datetime,
    ) -> None:
        self._app = app
        self._caller = caller
        self._name = name
        self._definition = definition
        self._query = Query.from_json(definition)
        self._timing = timing
        self._epc_format = epc_format
        self._granted = granted
        self._position = position
        self._since = since
        self._id = str(uuid.uuid4())

    def headers(self) -> list[tuple[bytes, bytes]]:
        """What the handshake tells: from which record time on events are given."""
        return [(b"gs1-query-min-record-time", format_time(self._since).encode())]

    async def run(self, websocket: WebSocket, request: Request) -> None:
        closed = asyncio.create_task(_until_closed(websocket))
        admitted = time.monotonic()
        try:
            while not closed.done():
                if time.monotonic() - admitted > _ADMIT_SECONDS:
                    self._caller = await _admit(request)
                    admitted = time.monotonic()
                await run_in_threadpool(self._check_kept)
                for message in await self._wait(closed):
                    await websocket.send_text(message)
        except LedgerError as error:
            with suppress(RuntimeError):
                await websocket.close(1008, error.code)
        except (WebSocketDisconnect, RuntimeError):
            return  # the other side has gone while we spoke
        finally:
            closed.cancel()

    async def _wait(self, closed: asyncio.Task[None]) -> list[str]:
        """The next messages; none when there is nothing yet."""
        schedule = self._timing.schedule
        if schedule is None:
            found = await run_in_threadpool(self._next)
            if not found:
                await asyncio.wait({closed}, timeout=_POLL_SECONDS)
            return self._told(found) if found else []
        now = self._app.clock.now()
        due = schedule.next_after(now)
        assert due is not None, "a schedule that is never due is not read"
        while (left := (due - self._app.clock.now()).total_seconds()) > 0:
            await asyncio.wait({closed}, timeout=min(left, _LOOK_SECONDS))
            if closed.done() or left > _LOOK_SECONDS:
                return []  # come back later: key and query are asked for again in between
        found = await run_in_threadpool(self._all)
        return self._told(found) if found or self._timing.report_if_empty else []

    def _check_kept(self) -> None:
        """Raise NotFound `query-unknown` once the query was deleted, even if another has taken its
        name."""
        row = self._app.subscribing.get_query(self._caller, self._name)
        if row.definition != self._definition:
            raise NotFound("query-unknown", "the query was deleted")

    def _next(self) -> list[dict[str, Any]]:
        """What grants and log bring next."""
        following = self._app.following
        owner = Owner(self._caller.org, self._caller.roles)
        news = following.granted(owner.org, self._granted, self._position)
        stretch = following.read(self._position)
        self._granted, self._position = news.following, stretch.following
        return [
            event
            for found in (news, stretch)
            for event in following.matching(owner, self._query, found, self._since)
        ]

    def _all(self) -> list[dict[str, Any]]:
        """What they have brought until now."""
        found: list[dict[str, Any]] = []
        end, granted = self._app.following.size(), -1
        while self._position < end or self._granted > granted:
            granted = self._granted
            found += self._next()
        return found

    def _told(self, events: list[dict[str, Any]]) -> list[str]:
        at = format_time(self._app.clock.now())
        told = [translate(event, self._epc_format) for event in events]
        return [
            orjson.dumps(query_document(part, at, self._name, self._id)).decode()
            for part in batches(told)
        ]


async def _until_closed(websocket: WebSocket) -> None:
    """What a client says on a stream is not listened to."""
    with suppress(RuntimeError):
        while (await websocket.receive())["type"] != "websocket.disconnect":
            pass


@contextmanager
def _one_more(request: Request) -> Iterator[None]:
    """Raises QuotaExceeded `quota-streams`."""
    state = request.app.state
    state.streams = getattr(state, "streams", 0) + 1
    try:
        if state.streams > MOST_STREAMS:
            raise QuotaExceeded("quota-streams", f"more than {MOST_STREAMS} streams are open")
        yield
    finally:
        state.streams -= 1
