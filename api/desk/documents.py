"""One document: what it says, its files, every event with its evidence, what can be done now."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from api.desk.erasing import ERASE, approve_erasure, erasure_view
from api.desk.faults import FILE_POINTERS, faults_of, marks_of
from api.desk.page import ROOM, language_of, redirect, render
from api.desk.spelling import spell_size, spell_time
from api.desk.views import (
    event_line,
    exception_of,
    findings_of,
    forms_of,
    lacks_of,
    line_of,
    recall_line,
)
from api.desk.visit import DeskHere, SignedIn, Worker, check_token, desk_of
from api.web.dates import spell_date
from api.web.words import Words, load_words
from ledger.clock import unix_seconds
from ledger.desk.admitting import reason_for, shortfalls_in, shortfalls_of
from ledger.desk.clerking import Clerking
from ledger.desk.erasures import find_certificate
from ledger.desk.finding import Found, Story, get_story
from ledger.desk.hand_ins import find_hand_in
from ledger.desk.legs import LegRow, legs_of
from ledger.desk.messages import Stage, get_message
from ledger.desk.people import Person
from ledger.desk.role import DeskRole
from ledger.digest import Digest
from ledger.errors import Forbidden, InvalidInput, LedgerError, NotFound, Unavailable

router = APIRouter()

_REFRESH_SECONDS = 3

_TYPED = ("arrival", "whom", "reason", "order", "note", "despite", "file_code", "kept_until")
_POINTERS = {
    "/assignTo": "whom",
    "/keptUntil": "kept_until",
    **{f"/{name}": name for name in _TYPED},
    **FILE_POINTERS,
}

Do = Callable[[Clerking, bytes, Person, FormData], LegRow]


@dataclass(frozen=True, slots=True)
class Attempt:
    """An action that failed, and what had been typed for it."""

    action: str
    error: LedgerError
    typed: Mapping[str, str]


def _reason(form: FormData) -> int:
    text = str(form.get("reason") or "")
    if not text.isdigit() or len(text) > 5:
        raise InvalidInput("desk-text-malformed", "choose a reason", pointer="/reason")
    return int(text)


def _note(form: FormData) -> str | None:
    return " ".join(str(form.get("note") or "").split())[:500] or None


def _line(form: FormData, name: str) -> str | None:
    return " ".join(str(form.get(name) or "").split()) or None


def _number(form: FormData) -> int | None:
    text = str(form.get("arrival") or "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:11]) < 10**10:
        raise InvalidInput("desk-text-malformed", "no arrival number", pointer="/arrival")
    return int(text)


_ACTIONS: dict[str, Do] = {
    "RECEIVE": lambda desk, leg, who, form: desk.receive(
        leg, who.clerk, _number(form), _line(form, "despite"), _line(form, "file_code")
    ),
    "REFUSE": lambda desk, leg, who, form: desk.refuse(leg, who.clerk, _reason(form), _note(form)),
    "ASSIGN": lambda desk, leg, who, form: desk.assign(leg, who.clerk, str(form.get("whom") or "")),
    "BEGIN": lambda desk, leg, who, _: desk.begin(leg, who.clerk),
    "FINISH": lambda desk, leg, who, form: desk.finish(
        leg, who.clerk, _note(form), _line(form, "file_code")
    ),
    "REQUEST_RECALL": lambda desk, leg, who, form: desk.request_recall(
        leg, who.clerk, _reason(form), str(form.get("order") or ""), _note(form)
    ),
    "ACCEPT_RECALL": lambda desk, leg, who, _: desk.accept_recall(leg, who.clerk),
    "REFUSE_RECALL": lambda desk, leg, who, form: desk.refuse_recall(
        leg, who.clerk, _reason(form), _note(form)
    ),
    "WITHDRAW": lambda desk, leg, who, form: desk.withdraw(
        leg, who.clerk, _reason(form), _note(form)
    ),
}


@router.get("/documents/{leg}")
def document_page(request: Request, leg: str, session: SignedIn, desk: DeskHere) -> Response:
    """The document as this person may see it."""
    with desk.store.read() as tx:
        story = get_story(tx, _leg(leg))
    return _show(request, session, story)


@router.post("/documents/{leg}/{action}")
async def act(request: Request, leg: str, action: str, session: Worker, desk: DeskHere) -> Response:
    """Do one thing to it. What goes wrong is told on its page."""
    form = await request.form()
    check_token(request, session, form)
    do = _ACTIONS.get(action)
    if do is None and action != ERASE:
        raise NotFound("path-unknown", "there is nothing at this path")
    if action == "ASSIGN" and session.person.role is not DeskRole.LEADER:
        raise Forbidden("desk-role-missing", "this is a leader's to do")
    found = _leg(leg)
    try:
        if do is None:
            await run_in_threadpool(approve_erasure, desk, found, session.person, form)
        else:
            await run_in_threadpool(do, desk.clerking, found, session.person, form)
    except LedgerError as error:
        with desk.store.read() as tx:
            story = get_story(tx, found)
        typed = {name: str(form.get(name) or "") for name in _TYPED}
        return _show(request, session, story, Attempt(action, error, typed))
    return redirect(f"/documents/{leg}")


@router.get("/documents/{leg}/files/{part}")
def get_file(leg: str, part: str, _: Worker, desk: DeskHere) -> Response:
    """One file, to be saved: nothing that came from outside is ever shown as a page of ours."""
    with desk.store.read() as tx:
        story = get_story(tx, _leg(leg))
    manifest = story.message.manifest
    for one in manifest.parts if manifest is not None else ():
        if one.id == part:
            name = quote(one.name, safe="")
            return FileResponse(
                desk.content.get(one.digest),
                media_type="application/octet-stream",
                headers={
                    "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
                    "Content-Security-Policy": "default-src 'none'; sandbox",
                    "Cache-Control": "no-store",
                },
            )
    raise NotFound("desk-content-missing", "no such file of this document")


@router.get("/documents/{leg}/evidence.json")
def get_evidence(leg: str, _: SignedIn, desk: DeskHere) -> Response:
    """All evidence of a leg with salts and signatures: enough to prove it without any server."""
    with desk.store.read() as tx:
        story = get_story(tx, _leg(leg))
    told = {
        "leg": story.leg.id.hex(),
        "message": story.leg.message.hex(),
        "events": [
            {
                "nonce": event.nonce,
                "signer": event.signer,
                "signature": event.signature and "0x" + event.signature.hex(),
                "evidence": event.record,
                "recordSalt": event.salt and event.salt.hex(),
                "block": event.spot and event.spot.block,
                "transaction": event.spot and event.spot.transaction.prefixed,
                "head": event.spot and event.spot.head.hex(),
            }
            for event in story.events
        ],
    }
    name = f"evidence-{story.leg.id.hex()[:16]}.json"
    return Response(
        json.dumps(told, ensure_ascii=False, indent=1),
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


@router.get("/documents/{leg}/bundle.asice")
def get_bundle(leg: str, _: Worker, desk: DeskHere) -> Response:
    """What proves the leg without anybody; it encloses the documents."""
    path = desk.bundling.path_of(_leg(leg))
    return FileResponse(
        path,
        media_type="application/vnd.etsi.asic-e+zip",
        filename=f"{leg[:16]}.asice",
        headers={"Cache-Control": "no-store"},
    )


@router.get("/documents/{leg}/erasure.note")
def get_certificate(leg: str, _: SignedIn, desk: DeskHere) -> Response:
    """What certifies that the document was erased; it names nothing of what it said."""
    with desk.store.read() as tx:
        note = find_certificate(tx, _leg(leg))
    if note is None:
        raise NotFound("desk-certificate-missing", "it was not erased")
    return Response(
        note,
        media_type="text/plain",
        headers={
            "Content-Disposition": f'attachment; filename="erasure-{leg[:16]}.note"',
            "Cache-Control": "no-store",
        },
    )


@router.get("/messages/{message}")
def message_page(request: Request, message: str, session: Worker, desk: DeskHere) -> Response:
    """A message that was sent: on its way to the server, or the legs it became."""
    words = load_words(language_of(request), ROOM)
    try:
        digest = Digest.from_hex(message)
    except InvalidInput as error:
        raise NotFound("desk-document-unknown", "no such message") from error
    with desk.store.read() as tx:
        row = get_message(tx, digest)
        legs = legs_of(tx, digest)
        lines = [line_of(Found(leg, row), words, desk.clock.now()) for leg in legs]
    waits = row.stage is Stage.SEALED
    return render(
        request,
        "message.html",
        session,
        refresh=_REFRESH_SECONDS if waits else None,
        waits=waits,
        subject=row.subject or "",
        number=f"{row.document_id.code_number}/{row.document_id.code_notation}",
        date=spell_date(words.language, row.document_id.promulgation_date.isoformat()),
        lines=lines,
    )


def _show(
    request: Request, session: SignedIn, story: Story, attempt: Attempt | None = None
) -> Response:
    words = load_words(language_of(request), ROOM)
    row, message = story.leg, story.message
    with desk_of(request).store.read() as tx:
        waits = find_hand_in(tx, row.id) is not None
    now = desk_of(request).clock.now()
    erasure = erasure_view(story, session.person, words, unix_seconds(now))
    is_decided = story.erasure is not None and story.erasure.decided_at is not None
    waits = waits or (is_decided and not erasure.erased)
    faults = faults_of(attempt.error, words, _POINTERS) if attempt else {}
    reads = session.person.role is not DeskRole.AUDITOR
    manifest = message.manifest if reads else None
    findings = findings_of(story) if reads else ()
    shortfalls = (shortfalls_in(attempt.error) if attempt else []) or shortfalls_of(findings)
    return render(
        request,
        "document.html",
        session,
        200 if attempt is None else 409,
        attempt=attempt,
        untyped=dict.fromkeys(_TYPED, ""),
        error_text=_sentence(attempt.error, words, waits=waits) if attempt else "",
        waits=waits,
        faults=faults,
        marks=lambda field: marks_of(faults, field),
        reads=reads,
        row=row,
        message=message,
        line=line_of(Found(row, message), words, now),
        manifest=manifest,
        erasure=erasure,
        size=lambda size: spell_size(words, size),
        due_date=spell_date(words.language, message.due_date) if message.due_date else "",
        gone=message.destroyed_at is not None,
        bundled=reads and desk_of(request).bundling.has(row.id),
        destroyed=spell_time(words, message.destroyed_at) if message.destroyed_at else "",
        recalling=recall_line(story, words),
        successor=story.successor.id.hex() if story.successor else "",
        siblings=[line_of(Found(one, message), words, now) for one in story.siblings]
        if reads
        else [],
        events=[event_line(one, story, words) for one in story.events],
        findings={one["id"]: one["verdict"] for one in findings},
        lacks=lacks_of(shortfalls, words),
        file_code=story.file_code,
        exception=exception_of(story) if reads else "",
        forms=forms_of(row, session.person.role, words, reason_for(findings) if shortfalls else 0),
    )


def _sentence(error: LedgerError, words: Words, *, waits: bool) -> str:
    """What went wrong, and what has become of what was wanted: signed and kept, or not done."""
    known = words.sentences.get(f"error.{error.code}", "")
    if (by := error.context.get("held_by")) is not None:
        known = words.say("erase.held", by=by, why=error.context.get("why"))
    if not isinstance(error, Unavailable) or shortfalls_in(error):
        return known
    return f"{known or words.say('error')} {words.say('step.kept' if waits else 'step.undone')}"


def _leg(text: str) -> bytes:
    try:
        return Digest.from_hex(text)
    except InvalidInput as error:
        raise NotFound("desk-document-unknown", "no such document") from error
