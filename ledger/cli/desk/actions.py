"""`provenance desk receive|refuse|assign|finish|recall|…`: what is done to a document."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.desk.opening import (
    FOLDER,
    ClerkName,
    DeskDir,
    Despite,
    Document,
    FileCode,
    Note,
    clerk_of,
    find_leg_id,
    leg_json,
    open_desk,
    read_reason,
)
from ledger.cli.options import AsJson
from ledger.cli.output import fail_in_one_line, show_json

if TYPE_CHECKING:
    from ledger.desk.clerking import Clerking
    from ledger.desk.legs import LegRow

Reason = Annotated[str, typer.Option(help="Number or name of a coded reason.")]


@fail_in_one_line
def receive(
    document: Document,
    number: Annotated[
        int | None, typer.Option(min=1, help="Số đến; default: the next of the register.")
    ] = None,
    despite: Despite = None,
    file_code: FileCode = None,
    clerk: ClerkName = None,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Check the signatures, enter it in the register of arrivals and tell the sender."""
    who = clerk_of(clerk)
    _do(
        desk,
        document,
        as_json,
        lambda desk, leg: desk.receive(leg, who, number, despite, file_code),
    )


@fail_in_one_line
def refuse(
    document: Document,
    reason: Reason,
    note: Note = None,
    clerk: ClerkName = None,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Refuse it, for one of the reasons the law knows."""
    number, who = read_reason("REFUSE", reason), clerk_of(clerk)
    _do(desk, document, as_json, lambda desk, leg: desk.refuse(leg, who, number, note))


@fail_in_one_line
def assign(
    document: Document,
    whom: Annotated[str, typer.Argument(help="Who is to settle it.")],
    clerk: ClerkName = None,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """A leader says who is to settle it."""
    who = clerk_of(clerk)
    _do(desk, document, as_json, lambda desk, leg: desk.assign(leg, who, whom))


@fail_in_one_line
def begin(
    document: Document, clerk: ClerkName = None, desk: DeskDir = FOLDER, as_json: AsJson = False
) -> None:
    """Say that work on it has begun."""
    who = clerk_of(clerk)
    _do(desk, document, as_json, lambda desk, leg: desk.begin(leg, who))


@fail_in_one_line
def finish(
    document: Document,
    note: Note = None,
    file_code: FileCode = None,
    clerk: ClerkName = None,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Say that it is settled."""
    who = clerk_of(clerk)
    _do(desk, document, as_json, lambda desk, leg: desk.finish(leg, who, note, file_code))


@fail_in_one_line
def recall(
    document: Document,
    reason: Reason,
    order: Annotated[
        str,
        typer.Option(
            help="The document that recalls it: number/notation, its date if not sent here."
        ),
    ],
    note: Note = None,
    clerk: ClerkName = None,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Ask the recipient to give it back and to destroy the copy."""
    number, who = read_reason("REQUEST_RECALL", reason), clerk_of(clerk)
    _do(
        desk,
        document,
        as_json,
        lambda desk, leg: desk.request_recall(leg, who, number, order, note),
    )


@fail_in_one_line
def accept_recall(
    document: Document, clerk: ClerkName = None, desk: DeskDir = FOLDER, as_json: AsJson = False
) -> None:
    """Destroy the copy and attest to that."""
    who = clerk_of(clerk)
    _do(desk, document, as_json, lambda desk, leg: desk.accept_recall(leg, who))


@fail_in_one_line
def refuse_recall(
    document: Document,
    reason: Reason,
    note: Note = None,
    clerk: ClerkName = None,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Keep it although it was recalled, and say why."""
    number, who = read_reason("REFUSE_RECALL", reason), clerk_of(clerk)
    _do(desk, document, as_json, lambda desk, leg: desk.refuse_recall(leg, who, number, note))


@fail_in_one_line
def withdraw(
    document: Document,
    reason: Reason,
    note: Note = None,
    clerk: ClerkName = None,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Take back what has not arrived yet."""
    number, who = read_reason("WITHDRAW", reason), clerk_of(clerk)
    _do(desk, document, as_json, lambda desk, leg: desk.withdraw(leg, who, number, note))


def _do(
    folder: Path, document: str, as_json: bool, action: Callable[[Clerking, bytes], LegRow]
) -> None:
    from ledger.desk.legs import get_leg
    from ledger.desk.messages import get_message

    with open_desk(folder) as opened:
        leg = find_leg_id(opened, document)
        action(opened.clerking, leg)
        with opened.store.read() as tx:
            row = get_leg(tx, leg)
            message = get_message(tx, row.message)
    if as_json:
        show_json(leg_json(row, message))
        return
    number = "" if row.arrival_number is None else f"  {row.arrival_number}"
    print(f"{row.leg.state.name}  {message.document_id.text}{number}")
