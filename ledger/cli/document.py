"""`provenance document`: documents and their signatures, without any server.

Exit codes of `inspect`: 0 the profile accepts the document; 1 it does not; 2 bad usage or input; 3
could not be found out, which says nothing about the document.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import edxml
from ledger.cli.deadlines import deadlines
from ledger.cli.document_statistics import statistics
from ledger.cli.options import AsJson
from ledger.cli.output import EXIT_FAILED, fail_in_one_line, one_line, show_json
from ledger.errors import Misconfigured

if TYPE_CHECKING:
    from ledger.signatures.inspection import Inspection
    from ledger.signatures.verdict import Problem

app = typer.Typer(help="Documents and their signatures.", no_args_is_help=True)
app.add_typer(edxml.app, name="edxml")
app.command()(deadlines)
app.command()(statistics)

_MARKS = {"pass": "+", "fail": "x", "unknown": "?", "skipped": "-"}


@app.callback()
def begin() -> None:
    """Documents and their signatures."""


@app.command()
@fail_in_one_line
def inspect(
    file: Annotated[Path, typer.Argument(help="PDF, ASiC container, time-stamp or signature.")],
    detached: Annotated[
        Path | None, typer.Option(help="The data that a bare time-stamp or signature is over.")
    ] = None,
    request: Annotated[
        Path | None, typer.Option(help="The time-stamp request that a reply must answer.")
    ] = None,
    trust_roots: Annotated[
        Path | None,
        typer.Option(help="Folder of certificates to trust (PEM, DER, X-Road shared-params.xml)."),
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="Judge as of this RFC 3339 time; default: now.")
    ] = None,
    profile: Annotated[
        str, typer.Option(help="What is accepted: default, agency, attachment or strict.")
    ] = "default",
    desk: Annotated[
        Path | None,
        typer.Option(help="Folder of a desk: was the file replaced or recalled since?"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the signatures of a document: integrity, chain, revocation, coverage."""
    from ledger.signatures.inspecting import inspect as run_inspection
    from ledger.signatures.inspecting import read_trust_folder
    from ledger.signatures.profile import get_profile

    asked = get_profile(profile)
    found = run_inspection(
        file,
        detached=detached,
        request=None if request is None else _read(request),
        trust=None if trust_roots is None else read_trust_folder(trust_roots),
        at=None if at is None else _read_moment(at),
    )
    objections = asked.objections(found)
    if desk is not None:
        objections += _standing(desk, found)
    if as_json:
        show_json(_to_json(found, asked.name, objections))
    else:
        _print(file, found, objections)
    if objections:
        raise typer.Exit(EXIT_FAILED)


def _standing(folder: Path, found: Inspection) -> tuple[Problem, ...]:
    """What the desk knows to have become of a document with this very file."""
    from ledger.desk.finding import standings_of_file
    from ledger.desk.folder import DeskFolder
    from ledger.desk.store import Store
    from ledger.signatures.verdict import Problem

    known = DeskFolder(folder)
    known.settings()
    store = Store(known.database)
    try:
        with store.read() as tx:
            standings = [one for one in standings_of_file(tx, found.sha256) if not one.is_current]
            told = {(one.found.message.document_id.text, one.became(tx)) for one in standings}
    finally:
        store.close()
    return tuple(Problem("document-outdated", f"{name}: {became}") for name, became in sorted(told))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misconfigured("file-unreadable", f"{path}: {error.strerror}") from error


def _read_moment(text: str) -> Any:
    """A time with its zone, or a date, which is its first moment in UTC."""
    from ledger.clock import parse_time

    return parse_time(f"{text}T00:00:00Z" if len(text) == len("2026-01-01") else text)


def _to_json(found: Inspection, profile: str, objections: tuple[Problem, ...]) -> dict[str, Any]:
    return {
        **found.to_json(),
        "digest": found.digest.hex(),
        "profile": profile,
        "accepted": not objections,
        "objections": [one.to_json() for one in objections],
    }


def _print(file: Path, found: Inspection, objections: tuple[Problem, ...]) -> None:
    from ledger.clock import format_time
    from ledger.signatures.verdict import RESULTS

    print(f"{file}: {found.verdict}")
    for name in RESULTS:
        result = found.result(name)
        print(f" {_MARKS[result.outcome]} {name}")
        for problem in result.problems:
            print(f"     {one_line(problem.detail)} [{problem.code}]")
    for one in found.signatures:
        signer = "signer unknown" if one.signer is None else one.signer.name
        told = one.proven_time or one.claimed_time
        how = "proven" if one.proven_time else "claimed"
        when = "no time" if told is None else f"{format_time(told)} ({how})"
        print(f" {one.format} {one_line(one.id)}: {one_line(signer)}, {when}")
        print(f"     covers {one_line(', '.join(one.covers)) or 'what was given'}")
    for name in found.unsigned:
        print(f" ! no signature is over {one_line(name)}")
    for problem in objections:
        print(f" ! {one_line(problem.detail)} [{problem.code}]")
