"""Writing a message: its files come chunk by chunk, the form then names them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.desk.draft_form import POINTERS, read_draft, text_of
from api.desk.faults import faults_of, marks_of
from api.desk.page import ROOM, language_of, redirect, render
from api.desk.sessions import Session
from api.desk.views import lacks_of
from api.desk.visit import DeskHere, Worker, check_token, drafts_of
from api.web.words import load_words
from ledger.desk.admitting import shortfalls_in
from ledger.desk.desk import Desk, new_draft_id
from ledger.desk.drafts import Drafts, Growing
from ledger.desk.finding import resolve_message
from ledger.desk.following_up import answering, replacing
from ledger.desk.legs import legs_of
from ledger.desk.partners import find_partner, list_partners
from ledger.desk.registers import office_date
from ledger.desk.store import Transaction
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
    with desk.store.read() as tx:
        recipients = _recipients(tx, asked)
    asked["draft"] = new_draft_id()
    return _form(request, session, desk, asked, recipients, ())


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
        recipients = [str(value) for value in form.getlist("to")]
        kept = [one for one in growing if str(one.number) in form.getlist("file")]
        return _form(request, session, desk, asked, recipients, kept, error)
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
    draft = read_draft(form, drafts, office_date(desk.clock.now()))
    with desk.store.read() as tx:
        if text_of(form, "replaces"):
            draft = replacing(tx, draft, text_of(form, "replaces"), update=False)
        elif text_of(form, "update"):
            draft = replacing(tx, draft, text_of(form, "update"), update=True)
        if text_of(form, "answers"):
            draft = answering(tx, draft, text_of(form, "answers"))
    return desk.prepare(draft).message.message.hex()


def _recipients(tx: Transaction, asked: dict[str, str]) -> Sequence[str]:
    """Who had the document that this one takes the place of, or sent the one it answers."""
    document = asked["replaces"] or asked["update"]
    if asked["answers"]:
        return [resolve_message(tx, asked["answers"]).document_id.organ_id]
    legs = legs_of(tx, resolve_message(tx, document).message) if document else []
    found = [find_partner(tx, leg.key.recipient) for leg in legs]
    return [one.organ_id for one in found if one is not None]


def _form(
    request: Request,
    session: Session,
    desk: Desk,
    asked: dict[str, str],
    recipients: Sequence[str],
    files: Sequence[Growing],
    error: LedgerError | None = None,
) -> Response:
    words = load_words(language_of(request), ROOM)
    with desk.store.read() as tx:
        partners = list_partners(tx)
    faults = faults_of(error, words, POINTERS) if error else {}
    values: dict[str, Any] = {
        "asked": {**dict.fromkeys(_FIELDS, ""), **asked},
        "chosen": recipients,
        "files": [one for one in files if one.there == one.size],
        "partners": partners,
        "types": _TYPES,
        "chunk_bytes": CHUNK_BYTES,
        "error": error,
        "lacks": lacks_of(shortfalls_in(error) if error else (), words),
        "error_text": words.sentences.get(f"error.{error.code}", "") if error else "",
        "faults": faults,
        "marks": lambda field: marks_of(faults, field),
    }
    status = 200 if error is None else 400
    return render(request, "write.html", session, status, main=_MAIN, **values)


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
