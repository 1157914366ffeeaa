"""One request of the portal: whose desk, who is signed in, in which language, with what role.

Whatever changes something is a POST or PUT with the session's token, from a page of our own.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import Request

from api.desk.sessions import COOKIE, Session, Sessions
from ledger.desk.desk import Desk
from ledger.desk.drafts import Drafts
from ledger.desk.people import find_person
from ledger.desk.role import DeskRole
from ledger.errors import Forbidden, Unauthenticated

TOKEN = "token"  # noqa: S105 - the name of a form's field
TOKEN_HEADER = "x-desk-token"  # noqa: S105 - the name of a header
_HIDDEN = "null"


def desk_of(request: Request) -> Desk:
    """The desk this application serves."""
    found = request.app.state.desk
    assert isinstance(found, Desk), "the application has a desk"
    return found


def sessions_of(request: Request) -> Sessions:
    """Who is signed in."""
    found = request.app.state.sessions
    assert isinstance(found, Sessions), "the application has sessions"
    return found


def drafts_of(request: Request) -> Drafts:
    """What is being written."""
    found = request.app.state.drafts
    assert isinstance(found, Drafts), "the application has drafts"
    return found


def session_of(request: Request) -> Session:
    """Who asks. Somebody taken off the list, or given another role, is another person at once.
    Raises Unauthenticated `desk-signed-out`."""
    session = sessions_of(request).find(request.cookies.get(COOKIE))
    if session is not None:
        with desk_of(request).store.read() as tx:
            person = find_person(tx, session.person.login)
        if person == session.person:
            return session
    raise Unauthenticated("desk-signed-out", "nobody is signed in")


def worker_of(request: Request) -> Session:
    """Who asks, if they may see content. Raises Forbidden `desk-role-missing`."""
    session = session_of(request)
    if session.person.role is DeskRole.AUDITOR:
        raise Forbidden("desk-role-missing", "auditors see no content")
    return session


def leader_of(request: Request) -> Session:
    """Who asks, if a leader."""
    session = session_of(request)
    if session.person.role is not DeskRole.LEADER:
        raise Forbidden("desk-role-missing", "this is a leader's to do")
    return session


def check_origin(request: Request) -> None:
    """That a page of our own sends this. Raises Forbidden `desk-request-foreign`."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", _HIDDEN)
    own = request.headers.get("host", "")
    # Our pages tell nobody where they are (no-referrer), so their forms come with a hidden origin;
    # browsers too old to say which site a request is from are left to the token.
    foreign = site not in ("same-origin", "none", None)
    if foreign or (origin != _HIDDEN and urlsplit(origin).netloc != own):
        raise Forbidden("desk-request-foreign", "another site sent this")


def check_token(request: Request, session: Session, form: Mapping[str, object]) -> None:
    """That the form is one we gave to this session. Raises Forbidden `desk-request-foreign`."""
    check_origin(request)
    given = form.get(TOKEN) or request.headers.get(TOKEN_HEADER) or ""
    if not isinstance(given, str) or not secrets.compare_digest(given, session.token):
        raise Forbidden("desk-request-foreign", "the form is not of this session")


DeskHere = Annotated[Desk, Depends(desk_of)]
SignedIn = Annotated[Session, Depends(session_of)]
Worker = Annotated[Session, Depends(worker_of)]
Leader = Annotated[Session, Depends(leader_of)]
