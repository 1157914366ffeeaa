"""What the commands of the desk share: which folder, who sits there, how it is opened and shown."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.errors import InvalidInput, Misconfigured

if TYPE_CHECKING:
    from ledger.desk.clerking import Clerk
    from ledger.desk.desk import Desk
    from ledger.desk.legs import LegRow
    from ledger.desk.messages import MessageRow
    from ledger.desk.transfer import Progress

DeskDir = Annotated[
    Path,
    typer.Option("--desk", help="Folder of the desk.", envvar="PROVENANCE_DESK"),
]
ClerkName = Annotated[
    str | None,
    typer.Option("--clerk", help="Who does it, for the evidence.", envvar="PROVENANCE_CLERK"),
]
Document = Annotated[
    str,
    typer.Argument(help="Leg (first 8 digits or more), number/notation, or document id."),
]
Despite = Annotated[
    str | None,
    typer.Option(help="Why it goes on without a signature it should bear; stays in the evidence."),
]
FileCode = Annotated[
    str | None,
    typer.Option("--file-code", help="Hồ sơ it is kept in: notation of this year, or whole code."),
]
Note = Annotated[str | None, typer.Option(help="In words, besides the reason.")]

FOLDER = Path("desk")


@contextlib.contextmanager
def open_desk(folder: Path) -> Iterator[Desk]:
    """The desk in that folder. Raises Misconfigured `desk-missing`."""
    from ledger.desk.desk import Desk
    from ledger.desk.folder import DeskFolder
    from ledger.desk.inspecting import inspector

    opened = DeskFolder(folder)
    with Desk.open(opened, inspect=inspector(opened.roots)) as desk:
        yield desk


def clerk_of(name: str | None) -> Clerk:
    """Who sits there."""
    from ledger.desk.clerking import Clerk

    return Clerk(name=name)


def find_leg_id(desk: Desk, text: str) -> bytes:
    """The leg that is meant. Raises NotFound, Conflict."""
    from ledger.desk.finding import resolve_leg

    with desk.store.read() as tx:
        return resolve_leg(tx, text).id


def read_day(text: str | None, name: str) -> date | None:
    """An ISO date. Raises InvalidInput `desk-text-malformed`."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            "desk-text-malformed", f"{text!r:.40} is no date like 2026-03-01", pointer=f"/{name}"
        ) from error


def read_reason(action: str, text: str) -> int:
    """A reason by its number or its name. Raises InvalidInput `exchange-reason-unknown`."""
    from ledger.exchange.reasons import reason_of, reasons_of
    from ledger.exchange.rules import LegAction

    wanted = LegAction[action]
    for reason in reasons_of(wanted):
        if text in (str(reason.number), reason.code):
            return reason.number
    reason_of(wanted, int(text) if text.isdigit() and len(text) < 6 else -1)
    raise AssertionError("reason_of has refused it")


def leg_json(row: LegRow, message: MessageRow) -> dict[str, Any]:
    """A leg as `--json` tells it."""
    from ledger.clock import format_time, from_unix

    return {
        "leg": row.id.hex(),
        "message": row.message.hex(),
        "documentId": message.document_id.text,
        "version": message.version,
        "subject": message.subject,
        "direction": "out" if row.outgoing else "in",
        "other": row.other_name,
        "state": row.leg.state.name,
        "events": row.leg.events,
        "arrivalNumber": row.arrival_number,
        "arrivalDate": row.arrival_date and row.arrival_date.isoformat(),
        "assignedTo": row.assigned_to,
        "changedAt": format_time(from_unix(row.changed_at)),
        "fault": row.fault,
        "doubt": row.doubt,
    }


@contextlib.contextmanager
def progress_bar(*, silent: bool) -> Iterator[Progress]:
    """How far each file is, on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True, quiet=silent)
    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=console,
        transient=True,
    )
    tasks: dict[str, Any] = {}

    def tell(name: str, done: int, total: int) -> None:
        if name not in tasks:
            tasks[name] = bars.add_task(name or "…", total=total)
        bars.update(tasks[name], completed=done)

    with bars:
        yield tell


def read_password(*, confirm: bool = False) -> str:
    """Asked for, or read from standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("password", hide_input=True, confirmation_prompt=confirm))
    return sys.stdin.readline().rstrip("\n")


def read_secret(path: Path | None, variable: str) -> str:
    """A secret from a file or from the environment. Raises Misconfigured `file-unreadable`."""
    if path is None:
        found = os.environ.get(variable)
        if not found:
            raise Misconfigured("desk-key-missing", f"neither --key-file nor {variable}")
        return found.strip()
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise Misconfigured("file-unreadable", f"{path}: {reason}") from error
