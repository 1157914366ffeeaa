"""Writing a message: its files come chunk by chunk, the form then names them."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.desk.page import ROOM, language_of, redirect, render
from api.desk.sessions import Session
from api.desk.views import lacks_of
from api.desk.visit import DeskHere, Worker, check_token, drafts_of
from api.web.words import load_words
from ledger.desk.admitting import shortfalls_in
from ledger.desk.desk import Desk, new_draft_id
from ledger.desk.draft import Draft
from ledger.desk.drafts import Drafts, Growing
from ledger.desk.following_up import answering, replacing
from ledger.desk.partners import list_partners
from ledger.errors import InvalidInput, LedgerError

router = APIRouter()

CHUNK_BYTES = 2 * 1024 * 1024
_MAIN = "desk/sending.js"
_FIELDS = (
    "draft", "replaces", "update", "answers", "subject", "number", "notation", "type", "date",
    "due", "priority", "despite", "file_code",
)  # fmt: skip
_TYPES = ("Công văn", "Quyết định", "Thông báo", "Kế hoạch", "Báo cáo", "Tờ trình", "Giấy mời")


@router.get("/write")
def write_page(request: Request, session: Worker, desk: DeskHere) -> Response:
    """An empty form; `?replaces=`, `?update=` or `?answers=` name a document it refers to."""
    asked = {name: request.query_params.get(name, "") for name in ("replaces", "update", "answers")}
    return _form(request, session, desk, {**asked, "draft": new_draft_id()}, ())


@router.post("/write")
async def write(request: Request, session: Worker, desk: DeskHere) -> Response:
    """Decide to send it. It is on its way from here, whatever happens to browser and desk."""
    form = await request.form()
    check_token(request, session, form)
    drafts = drafts_of(request)
    asked = {name: str(value) for name, value in form.items() if isinstance(value, str)}
    try:
        sent = await run_in_threadpool(_prepare, desk, drafts, form)
    except LedgerError as error:
        growing = drafts.list_files(asked.get("draft", ""))
        asked["to"] = ",".join(str(value) for value in form.getlist("to"))
        return _form(request, session, desk, asked, growing, error)
    drafts.drop(asked["draft"])
    request.app.state.rounds.wake()
    return redirect(f"/messages/{sent}")


@router.post("/drafts/{draft}/files")
async def add_file(request: Request, draft: str, session: Worker) -> Response:
    """Begin a file: `name` and `size` in the query."""
    check_token(request, session, {})
    query = request.query_params
    size = query.get("size", "")
    if not size.isascii() or not size.isdigit():
        raise InvalidInput("desk-text-malformed", "no size", pointer="/size")
    found = drafts_of(request).add_file(draft, query.get("name", ""), int(size[:20]))
    return _tell(found)


@router.get("/drafts/{draft}/files/{number}")
def get_file(request: Request, draft: str, number: int, _: Worker) -> Response:
    """How much of it is there."""
    return _tell(drafts_of(request).get_file(draft, number))


@router.put("/drafts/{draft}/files/{number}/{at}")
async def put_chunk(
    request: Request, draft: str, number: int, at: int, session: Worker
) -> Response:
    """A chunk that begins at that place."""
    check_token(request, session, {})
    chunk = await request.body()
    drafts = drafts_of(request)
    return _tell(await run_in_threadpool(drafts.append, draft, number, at, chunk))


def _prepare(desk: Desk, drafts: Drafts, form: FormData) -> str:
    files = tuple(str(value) for value in form.getlist("file"))
    if not all(one.isascii() and one.isdigit() and len(one) < 5 for one in files):
        raise InvalidInput("document-malformed", "no such files", pointer="/files")
    draft_id = _text(form, "draft")
    draft = Draft(
        id=draft_id,
        subject=_text(form, "subject"),
        notation=_text(form, "notation"),
        document_type=_text(form, "type"),
        recipients=tuple(str(value) for value in form.getlist("to")),
        files=drafts.files(draft_id, [int(one) for one in files]),
        number=_text(form, "number") or None,
        promulgated=_day(form, "date"),
        priority=int(_text(form, "priority")) if _text(form, "priority") in tuple("01234") else 0,
        due_date=_day(form, "due"),
        despite=_text(form, "despite") or None,
        file_code=_text(form, "file_code") or None,
    )
    with desk.store.read() as tx:
        if _text(form, "replaces"):
            draft = replacing(tx, draft, _text(form, "replaces"), update=False)
        elif _text(form, "update"):
            draft = replacing(tx, draft, _text(form, "update"), update=True)
        if _text(form, "answers"):
            draft = answering(tx, draft, _text(form, "answers"))
    return desk.prepare(draft).message.message.hex()


def _form(
    request: Request,
    session: Session,
    desk: Desk,
    asked: dict[str, str],
    files: Any,
    error: LedgerError | None = None,
) -> Response:
    words = load_words(language_of(request), ROOM)
    with desk.store.read() as tx:
        partners = list_partners(tx)
    return render(
        request,
        "write.html",
        session,
        200 if error is None else 400,
        main=_MAIN,
        asked={**dict.fromkeys(_FIELDS, ""), **asked},
        chosen=asked.get("to", "").split(","),
        files=[one for one in files if one.there == one.size],
        partners=partners,
        types=_TYPES,
        chunk_bytes=CHUNK_BYTES,
        error=error,
        lacks=lacks_of(shortfalls_in(error) if error else (), words),
        error_text=words.sentences.get(f"error.{error.code}", "") if error else "",
    )


def _text(form: FormData, name: str) -> str:
    return " ".join(str(form.get(name) or "").split())


def _day(form: FormData, name: str) -> date | None:
    text = _text(form, name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("desk-text-malformed", "no such date", pointer=f"/{name}") from error


def _tell(found: Growing) -> Response:
    return JSONResponse(
        {
            "number": found.number,
            "name": found.name,
            "size": found.size,
            "there": found.there,
        },
        headers={"Cache-Control": "no-store"},
    )
