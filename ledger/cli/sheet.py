"""`provenance sheet`: spreadsheet templates out, filled ones in.

Exit codes of `check` and `capture`: 0 nothing is wrong and, for `capture`, everything is stored; 2
something in the file is wrong, each fault told with its cell; 3 no answer; 4 still being read when
the time was up; 6 refused.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli.options import URL, AsJson, KeyFile, Output, ServerUrl
from ledger.cli.output import (
    EXIT_INVALID,
    EXIT_PENDING,
    fail_in_one_line,
    one_line,
    show_json,
    show_table,
    write_output,
)
from ledger.cli.server import Server, connect, escape
from ledger.errors import Misconfigured, UnsupportedMedia

app = typer.Typer(no_args_is_help=True, help="Spreadsheets: templates, dry run, capture.")

File = Annotated[Path, typer.Argument(help="A filled template, .xlsx or .csv.")]
Wait = Annotated[float, typer.Option(help="Seconds to wait for the file to be worked through.")]

_SOONEST, _LATEST = 0.05, 1.0
_MEDIA = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
}
_UNFINISHED = ("waiting", "reading")


@app.command()
@fail_in_one_line
def template(
    name: Annotated[
        str | None, typer.Argument(help="Name of a template; without it, all are listed.")
    ] = None,
    activity: Annotated[
        str | None, typer.Option(help="One activity of it, as CSV instead of a workbook.")
    ] = None,
    output: Output = None,
    url: ServerUrl = URL,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """List templates, or fetch one, filled with what your organization has registered."""
    server = connect(url, key_file)
    if name is None:
        found = server.get("/sheets/templates").json()
        if as_json:
            show_json(found)
            return
        rows = [
            [one["name"], one["title"], ", ".join(each["name"] for each in one["activities"])]
            for one in found
        ]
        show_table(["name", "title", "activities"], rows)
        return
    tail = ".xlsx" if activity is None else f"/{escape(activity)}.csv"
    file = server.get(f"/sheets/templates/{escape(name)}{tail}", accept="*/*").body
    write_output(output, file)


@app.command()
@fail_in_one_line
def check(
    file: File,
    url: ServerUrl = URL,
    key_file: KeyFile = None,
    wait: Wait = 300.0,
    as_json: AsJson = False,
) -> None:
    """Check a filled template without recording anything."""
    _hand_in("/sheets/checks", file, connect(url, key_file), wait, as_json)


@app.command()
@fail_in_one_line
def capture(
    file: File,
    url: ServerUrl = URL,
    key_file: KeyFile = None,
    proceed: Annotated[
        bool, typer.Option("--proceed", help="Store the faultless rows of a faulty file.")
    ] = False,
    wait: Wait = 300.0,
    as_json: AsJson = False,
) -> None:
    """Capture a filled template; the same file again records nothing twice."""
    path = "/sheets/captures?proceed=true" if proceed else "/sheets/captures"
    _hand_in(path, file, connect(url, key_file), wait, as_json)


def _hand_in(path: str, file: Path, server: Server, wait: float, as_json: bool) -> None:
    media = _MEDIA.get(file.suffix.lower())
    if media is None:
        raise UnsupportedMedia(
            "media-type-unsupported",
            f"{file}: not .xlsx or .csv",
            advice="Save the template as .xlsx, or one activity of it as .csv.",
        )
    try:
        body = file.read_bytes()
    except OSError as error:
        raise Misconfigured("file-unreadable", f"{file}: {error.strerror}") from error
    job = server.post(path, body, {"Content-Type": media}).json()
    deadline = time.monotonic() + wait
    pause = _SOONEST
    while job["state"] in _UNFINISHED and time.monotonic() < deadline:
        time.sleep(pause)
        pause = min(pause * 1.5, _LATEST)
        job = server.get(f"/sheets/jobs/{escape(job['id'])}").json()
    if as_json:
        show_json(job)
    else:
        _print(file, job)
    if job["state"] in _UNFINISHED:
        raise typer.Exit(EXIT_PENDING)
    if job["errors"]:
        raise typer.Exit(EXIT_INVALID)


def _print(file: Path, job: dict[str, Any]) -> None:
    counts = [_count(job["rows"], "row"), _count(job["events"], "event")]
    faults = _count(job["errorCount"], "error")
    print(f"{file}: {job['state']}, {', '.join(counts)}, {job['recorded']} recorded, {faults}")
    for kind, listed in (("", job["errors"]), ("warning: ", job["warnings"])):
        for fault in listed:
            where = "!".join(part for part in (fault["sheet"], fault["cell"]) if part)
            print(
                f"provenance: {kind}{where or file}: {one_line(fault['detailVi'])} / "
                f"{one_line(fault['detail'])} [{fault['code']}] {fault['adviceVi']}",
                file=sys.stderr,
            )
    untold = job["errorCount"] - len(job["errors"])
    if untold > 0:
        print(f"provenance: and {untold} more errors, not listed", file=sys.stderr)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
