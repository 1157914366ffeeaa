"""`provenance desk send|work|inbox|outbox|search|overdue|show|check|save`: documents."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.desk.erasing import describe, erasure_json
from ledger.cli.desk.opening import (
    FOLDER,
    DeskDir,
    Despite,
    Document,
    FileCode,
    find_leg_id,
    leg_json,
    open_desk,
    progress_bar,
    read_day,
)
from ledger.cli.options import AsJson
from ledger.cli.output import fail_in_one_line, show_json, show_table
from ledger.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.desk.finding import Found, Story


@fail_in_one_line
def send(
    files: Annotated[list[Path], typer.Argument(help="The document, then its attachments.")],
    to: Annotated[list[str], typer.Option(help="Code of a recipient, repeatable.")],
    subject: Annotated[str, typer.Option(help="Trích yếu.")],
    notation: Annotated[str, typer.Option(help="Ký hiệu, e.g. UBND-VX.")],
    document_type: Annotated[str, typer.Option("--type", help="Loại văn bản.")] = "Công văn",
    number: Annotated[
        str | None, typer.Option(help="Số; default: the next of the register.")
    ] = None,
    date: Annotated[str | None, typer.Option(help="Of the document; default: today.")] = None,
    due: Annotated[str | None, typer.Option(help="To be settled by that day.")] = None,
    priority: Annotated[int, typer.Option(min=0, max=4, help="0 ordinary to 4 timed.")] = 0,
    replaces: Annotated[
        str | None, typer.Option(help="The document (leg, number or id) it takes the place of.")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="With --replaces: the next version of the same.")
    ] = False,
    answers: Annotated[
        str | None, typer.Option(help="The document (leg, number or id) it answers.")
    ] = None,
    despite: Despite = None,
    file_code: FileCode = None,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Encrypt, sign and send a document. What is interrupted goes on by `desk work`."""
    from ledger.desk.desk import new_draft_id
    from ledger.desk.draft import Draft, File
    from ledger.desk.following_up import answering, replacing
    from ledger.desk.legs import legs_of

    with open_desk(desk) as opened:
        draft = Draft(
            id=new_draft_id(),
            subject=subject,
            notation=notation,
            document_type=document_type,
            recipients=tuple(to),
            files=tuple(File(path, path.name) for path in files),
            number=number,
            promulgated=read_day(date, "date"),
            priority=priority,
            due_date=read_day(due, "due"),
            despite=despite,
            file_code=file_code,
        )
        with opened.store.read() as tx:
            if replaces is not None:
                draft = replacing(tx, draft, replaces, update=update)
            if answers is not None:
                draft = answering(tx, draft, answers)
        sent = opened.prepare(draft)
        for other in sent.duplicates:
            typer.echo(f"provenance: number and notation were used: {other.text}", err=True)
        waiting: Unavailable | None = None
        try:
            with progress_bar(silent=as_json) as progress:
                sent = opened.send(sent, progress)
        except Unavailable as error:
            waiting = error
        with opened.store.read() as tx:
            legs = legs_of(tx, sent.message.message)
    told = {
        "message": sent.message.message.hex(),
        "documentId": sent.message.document_id.text,
        "stage": sent.message.stage.name,
        "legs": [leg_json(leg, sent.message) for leg in legs],
        "duplicates": [other.text for other in sent.duplicates],
    }
    if as_json:
        show_json(told)
    else:
        print(f"{told['documentId']}  {told['stage']}")
        for leg in legs:
            print(f"{leg.id.hex()}  {leg.leg.state.name:<12} {leg.other_name}")
    if waiting is not None:
        raise waiting


@fail_in_one_line
def work(desk: DeskDir = FOLDER, as_json: AsJson = False) -> None:
    """Do once whatever waits: send, fetch, acknowledge. `desk up` does it all the time."""
    with open_desk(desk) as opened, progress_bar(silent=as_json) as progress:
        done = opened.work(progress)
    told = {
        "sent": done.sent,
        "legsSeen": done.seen,
        "arrived": [row.id.hex() for row in done.arrived],
    }
    if as_json:
        show_json(told)
    else:
        print(f"sent {done.sent}, legs seen {done.seen}, arrived {len(done.arrived)}")


@fail_in_one_line
def inbox(desk: DeskDir = FOLDER, as_json: AsJson = False) -> None:
    """List what came, what changed last first."""
    _list(desk, as_json=as_json, outgoing=False)


@fail_in_one_line
def outbox(desk: DeskDir = FOLDER, as_json: AsJson = False) -> None:
    """List what was sent, what changed last first."""
    _list(desk, as_json=as_json, outgoing=True)


@fail_in_one_line
def search(
    text: Annotated[str, typer.Argument(help="Part of subject, number or agency.")] = "",
    number: Annotated[str, typer.Option(help="Number, or number/notation.")] = "",
    other: Annotated[str, typer.Option(help="The other agency: part of its name, or code.")] = "",
    state: Annotated[str | None, typer.Option(help="For example RECEIVED.")] = None,
    since: Annotated[str | None, typer.Option(help="Dated that day or later.")] = None,
    until: Annotated[str | None, typer.Option(help="Dated that day or earlier.")] = None,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Find documents."""
    from ledger.desk.finding import read_state

    _list(
        desk,
        as_json=as_json,
        text=text,
        number=number,
        other=other,
        state=None if state is None else read_state(state),
        since=read_day(since, "since"),
        until=read_day(until, "until"),
    )


@fail_in_one_line
def overdue(desk: DeskDir = FOLDER, as_json: AsJson = False) -> None:
    """List what should have arrived, been answered or been settled by now."""
    from ledger.clock import SystemClock, unix_seconds

    _list(desk, as_json=as_json, overdue_at=unix_seconds(SystemClock().now()))


@fail_in_one_line
def show(document: Document, desk: DeskDir = FOLDER, as_json: AsJson = False) -> None:
    """Show a document with all its evidence."""
    from ledger.desk.finding import get_story

    with open_desk(desk) as opened:
        leg = find_leg_id(opened, document)
        with opened.store.read() as tx:
            story = get_story(tx, leg)
    told = _story_json(story)
    if as_json:
        show_json(told)
        return
    for name, value in told.items():
        if name not in ("eventList", "files", "erasure") and value is not None:
            print(f"{name:<14}{value}")
    if story.erasure is not None:
        print(f"{'erasure':<14}{describe(story.erasure)}")
    for file in told["files"]:
        print(f"file          {file['name']}  {file['size']} B  {file['digest']}")
    for event in told["eventList"]:
        block = "" if event["block"] is None else f"  block {event['block']} {event['blockTime']}"
        by = "" if event["actor"] == event["org"] else f"  by mandate: {event['actor']}"
        print(f"  {event['nonce']:>2} {event['action']:<16}{event['time']}{block}{by}")


@fail_in_one_line
def check(
    file: Annotated[Path, typer.Argument(help="A file somebody holds.")],
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Say whether a file went through this desk, and whether it was replaced or recalled since."""
    from ledger.desk.content import digest_of_file
    from ledger.desk.finding import standings_of_file
    from ledger.errors import NotFound, VerificationFailed

    with open_desk(desk) as opened, opened.store.read() as tx:
        found = standings_of_file(tx, digest_of_file(file))
    told: list[dict[str, Any]] = [
        {
            **leg_json(one.found.leg, one.found.message),
            "current": one.is_current,
            "replacedBy": one.successor.id.hex() if one.successor else None,
            "recalledBy": one.recalling.to_json() if one.recalling else None,
        }
        for one in found
    ]
    if as_json:
        show_json(told)
    for one in [] if as_json else told:
        word = "current" if one["current"] else f"replaced or recalled ({one['state']})"
        if one["recalledBy"]:
            word += f" by {one['recalledBy']['documentId']}"
        print(f"{one['documentId']}  {one['leg'][:16]}  {word}")
    if not found:
        raise NotFound("desk-document-unknown", f"{file} did not go through this desk")
    if not all(one.is_current for one in found):
        raise VerificationFailed("desk-file-outdated", f"{file} was replaced or recalled")


@fail_in_one_line
def save(
    document: Document,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write to.")],
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Write the files of a document into a folder."""
    from ledger.desk.clerking import parts_here
    from ledger.desk.content import safe_name
    from ledger.desk.legs import get_leg

    with open_desk(desk) as opened:
        leg = find_leg_id(opened, document)
        with opened.store.read() as tx:
            message = get_leg(tx, leg).message
        output.mkdir(parents=True, exist_ok=True)
        written = []
        for part, path in parts_here(opened.store, opened.content, message):
            target = output / safe_name(part.name, part.id)
            shutil.copyfile(path, target)
            written.append(str(target))
    if as_json:
        show_json(written)
        return
    for name in written:
        print(name)


@fail_in_one_line
def bundle(
    document: Document,
    output: Annotated[Path, typer.Option("--output", "-o", help="Write here, e.g. leg.asice.")],
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Write what proves a document's exchange without any server: `provenance verify` judges it.

    The newest is asked of the server; when that is away, the one kept here is written.
    """
    with open_desk(desk) as opened:
        leg = find_leg_id(opened, document)
        try:
            path = opened.bundling.fetch(leg)
        except Unavailable:
            path = opened.bundling.path_of(leg)
        shutil.copyfile(path, output)
    if as_json:
        show_json({"leg": leg.hex(), "bundle": str(output)})
    else:
        print(output)


def _list(desk: Path, *, as_json: bool, **wanted: Any) -> None:
    from ledger.desk.finding import Wanted, find_legs

    with open_desk(desk) as opened, opened.store.read() as tx:
        found = find_legs(tx, Wanted(**wanted))
    if as_json:
        show_json([leg_json(one.leg, one.message) for one in found])
        return
    show_table(("leg", "number", "date", "agency", "state", "subject"), _rows(found))


def _rows(found: Sequence[Found]) -> list[tuple[str, ...]]:
    return [
        (
            one.leg.id.hex()[:16],
            f"{one.message.document_id.code_number}/{one.message.document_id.code_notation}",
            one.message.document_id.promulgation_date.isoformat(),
            one.leg.other_name,
            one.leg.leg.state.name + (" !" if one.leg.fault else ""),
            one.message.subject or "",
        )
        for one in found
    ]


def _story_json(story: Story) -> dict[str, Any]:
    from ledger.clock import format_time, from_unix

    manifest = story.message.manifest
    return {
        **leg_json(story.leg, story.message),
        "replacedBy": story.successor.id.hex() if story.successor else None,
        "fileCode": story.file_code,
        "recalledBy": story.recalling.document_id.text if story.recalling else None,
        "erasure": story.erasure and erasure_json(story.erasure),
        "certified": story.certificate is not None,
        "files": [
            {
                "name": part.name,
                "size": part.size,
                "mediaType": part.media_type,
                "digest": part.digest.hex(),
            }
            for part in (manifest.parts if manifest is not None else ())
        ],
        "eventList": [
            {
                "nonce": event.nonce,
                "action": event.action.name,
                "state": event.state.name,
                "time": format_time(
                    event.evidence.event_time if event.evidence else from_unix(event.time)
                ),
                "org": "0x" + event.org.hex() if event.signed else None,
                "actor": event.signed.actor.text if event.signed else None,
                "signer": event.signer,
                "evidence": event.evidence.id.text if event.evidence else None,
                "reason": event.signed.reason if event.signed else 0,
                "block": event.spot and event.spot.block,
                "blockTime": event.spot and format_time(from_unix(event.spot.time)),
            }
            for event in story.events
        ],
    }
