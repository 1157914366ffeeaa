"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desk.page import redirect, render
from api.desk.sessions import COOKIE
from api.desk.visit import DeskHere, SignedIn, check_origin, check_token, sessions_of
from ledger.desk.people import check_password
from ledger.errors import LedgerError, QuotaExceeded, Unauthenticated

router = APIRouter()


@router.get("/sign-in")
def sign_in_page(request: Request) -> Response:
    """The form."""
    return render(request, "sign_in.html", None, failed="")


@router.post("/sign-in")
async def sign_in(request: Request, desk: DeskHere) -> Response:
    """Look at sign-in and password, and begin a session."""
    check_origin(request)
    form = await request.form()
    login = str(form.get("login") or "").strip().lower()[:40]
    sessions = sessions_of(request)
    try:
        sessions.count_try(login)
        with desk.store.read() as tx:
            person = check_password(tx, login, str(form.get("password") or ""))
    except (Unauthenticated, QuotaExceeded) as error:
        return _refused(request, error)
    sessions.forget_tries(login)
    session = sessions.begin(person)
    response = redirect("/")
    response.set_cookie(
        COOKIE,
        session.name,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


@router.post("/sign-out")
async def sign_out(request: Request, session: SignedIn) -> Response:
    """End the session."""
    check_token(request, session, await request.form())
    sessions_of(request).end(session.name)
    response = redirect("/sign-in")
    response.delete_cookie(COOKIE)
    return response


def _refused(request: Request, error: LedgerError) -> Response:
    status = 429 if isinstance(error, QuotaExceeded) else 401
    return render(request, "sign_in.html", None, status, failed=error.code)
