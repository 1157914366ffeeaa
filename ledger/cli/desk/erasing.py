"""`provenance desk erase|certificate`: documents that may go, and what certifies that they did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.desk.opening import (
    FOLDER,
    DeskDir,
    Document,
    find_leg_id,
    open_desk,
    read_day,
    read_password,
    read_reason,
)
from ledger.cli.options import AsJson
from ledger.cli.output import fail_in_one_line, show_json
from ledger.errors import NotFound

if TYPE_CHECKING:
    from ledger.desk.erasures import Erasure


@fail_in_one_line
def erase(
    document: Document,
    person: Annotated[
        str, typer.Option(help="Sign-in of who approves; the password is asked for.")
    ],
    reason: Annotated[
        str | None,
        typer.Option(help="Number or name of a coded reason; the second may leave it out."),
    ] = None,
    kept_until: Annotated[
        str | None,
        typer.Option(help="Last day the law has it kept, as 2026-03-01; default: there is none."),
    ] = None,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Approve that a document is erased, for all who were sent it; by the second person it is.

    Two people approve, one of them a leader. Then the leader's key signs it, content and keys are
    destroyed at the server and here, and the server's certificate is kept.
    """
    from ledger.desk.finding import resolve_message
    from ledger.desk.people import check_password

    number = None if reason is None else read_reason("ERASE", reason)
    until = read_day(kept_until, "keptUntil")
    password = read_password()
    with open_desk(desk) as opened:
        with opened.store.read() as tx:
            who = check_password(tx, person, password)
            message = resolve_message(tx, document)
        erasure = opened.erasing.approve(message.message, who, number, until)
    if as_json:
        show_json({"documentId": message.document_id.text, **erasure_json(erasure)})
        return
    print(f"{message.document_id.text}  {describe(erasure)}")


@fail_in_one_line
def certificate(
    document: Document,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it here instead of printing it.")
    ] = None,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Write what certifies that a document was erased: a note signed by the log's key."""
    from ledger.desk.erasures import find_certificate

    with open_desk(desk) as opened:
        leg = find_leg_id(opened, document)
        with opened.store.read() as tx:
            note = find_certificate(tx, leg)
    if note is None:
        raise NotFound("desk-certificate-missing", "it was not erased, or not to the end")
    if output is not None:
        output.write_text(note, encoding="utf-8")
    if as_json:
        show_json({"leg": leg.hex(), "certificate": note if output is None else str(output)})
    else:
        print(note if output is None else output, end="" if output is None else "\n")


def erasure_json(one: Erasure) -> dict[str, Any]:
    """How far an erasure is, as `--json` tells it."""
    from ledger.clock import format_time, from_unix

    def spell(at: int | None) -> str | None:
        return format_time(from_unix(at)) if at else None

    return {
        "reason": one.code,
        "keptUntil": spell(one.kept_until),
        "approvals": [
            {
                "person": by.login,
                "name": by.name,
                "key": (by.purpose.name or "").lower(),
                "approvedAt": spell(by.at),
            }
            for by in one.approvals
        ],
        "decidedAt": spell(one.decided_at),
        "waits": one.waits,
        "erasedAt": spell(one.erased_at),
    }


def describe(one: Erasure) -> str:
    """How far it is, in a line."""
    from ledger.clock import format_time, from_unix

    by = ", ".join(approval.name for approval in one.approvals)
    if one.erased_at is not None:
        return f"erased {format_time(from_unix(one.erased_at))}, {one.code}; approved by {by}"
    if one.decided_at is not None:
        return f"being erased, {one.code}; approved by {by}; waits: {one.waits or 'not tried yet'}"
    return f"erasure approved by {by}, {one.code}; one more person has to approve"
