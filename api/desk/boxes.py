"""Lists of documents: what came, what went, what is looked for, what is overdue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desk.faults import faults_of, marks_of
from api.desk.page import ROOM, language_of, render
from api.desk.sessions import Session
from api.desk.views import line_of
from api.desk.visit import DeskHere, SignedIn, Worker
from api.web.words import load_words
from ledger.clock import unix_seconds
from ledger.desk.desk import Desk
from ledger.desk.finding import (
    PAGE,
    Wanted,
    count_overdue,
    count_waiting,
    find_legs,
    read_state,
)
from ledger.desk.messages import Stage, in_stage
from ledger.desk.role import DeskRole
from ledger.errors import InvalidInput
from ledger.exchange.rules import LegState

router = APIRouter()

_MOST_SKIPPED = 100_000
_FIELDS = ("text", "number", "state", "other", "box", "since", "until")


@router.get("/")
def inbox(request: Request, session: SignedIn, desk: DeskHere) -> Response:
    """What came; for auditors the register without content."""
    if session.person.role is DeskRole.AUDITOR:
        return _list(request, session, desk, "audit", Wanted())
    return _list(request, session, desk, "inbox", Wanted(outgoing=False))


@router.get("/outbox")
def outbox(request: Request, session: Worker, desk: DeskHere) -> Response:
    """What was sent, and what waits to be."""
    return _list(request, session, desk, "outbox", Wanted(outgoing=True))


@router.get("/overdue")
def overdue(request: Request, session: Worker, desk: DeskHere) -> Response:
    """What should have happened by now."""
    now = unix_seconds(desk.clock.now())
    return _list(request, session, desk, "overdue", Wanted(overdue_at=now))


@router.get("/audit")
def audit(request: Request, session: SignedIn, desk: DeskHere) -> Response:
    """Everything without content: no subject, no file, no name of a file."""
    return _list(request, session, desk, "audit", Wanted())


@router.get("/search")
def search(request: Request, session: Worker, desk: DeskHere) -> Response:
    """What is looked for, by subject, number, agency, state, date."""
    asked = {name: str(value).strip() for name, value in request.query_params.items()}
    faults: Mapping[str, str] = {}
    wanted = Wanted()
    try:
        wanted = Wanted(
            outgoing={"in": False, "out": True}.get(asked.get("box", "")),
            text=asked.get("text", "")[:200],
            number=asked.get("number", "")[:50],
            other=asked.get("other", "")[:200],
            state=read_state(asked["state"]) if asked.get("state") else None,
            since=_day(asked, "since"),
            until=_day(asked, "until"),
        )
    except InvalidInput as error:
        words = load_words(language_of(request), ROOM)
        faults = faults_of(error, words, {f"/{name}": name for name in _FIELDS})
    return _list(request, session, desk, "search", wanted, asked=asked, faults=faults)


def _list(
    request: Request,
    session: Session,
    desk: Desk,
    box: str,
    wanted: Wanted,
    *,
    asked: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> Response:
    words = load_words(language_of(request), ROOM)
    skip = _skip(request)
    with desk.store.read() as tx:
        found = find_legs(tx, wanted, skip, PAGE + 1)
        waiting = in_stage(tx, Stage.SEALED) if box == "outbox" else []
        counts = count_waiting(tx)
        overdue_count = count_overdue(tx, unix_seconds(desk.clock.now()))
    values: dict[str, Any] = {
        "box": box,
        "lines": [line_of(one, words, desk.clock.now()) for one in found[:PAGE]],
        "waiting": [(one.message.hex(), one.document_id.text, one.subject) for one in waiting],
        "fresh": sum(
            counts.get(state, 0)
            for state in (LegState.ARRIVED, LegState.HANDED_OVER, LegState.RECALL_REQUESTED)
        ),
        "asked": {**dict.fromkeys(_FIELDS, ""), **(asked or {})},
        "faults": faults or {},
        "marks": lambda field: marks_of(faults or {}, field),
        "states": [state.name for state in LegState if state is not LegState.NONE],
        "newer": _with_skip(request, skip - PAGE) if skip else "",
        "older": _with_skip(request, skip + PAGE) if len(found) > PAGE else "",
        "overdue_count": overdue_count,
    }
    return render(request, "box.html", session, **values)


def _skip(request: Request) -> int:
    text = request.query_params.get("skip", "0")
    return min(int(text), _MOST_SKIPPED) if text.isascii() and text.isdigit() else 0


def _with_skip(request: Request, skip: int) -> str:
    return "?" + str(request.url.include_query_params(skip=max(0, skip)).query)


def _day(asked: Mapping[str, str], name: str) -> date | None:
    text = asked.get(name, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            "desk-text-malformed", f"{text:.20} is no date like 2026-03-01", pointer=f"/{name}"
        ) from error
