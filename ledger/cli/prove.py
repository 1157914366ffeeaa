"""`provenance prove`: fetch the proof of a record from a server, to be checked anywhere.

Exit codes: 0 written; 4 written, but not anchored yet (`--wait` waits for it); 5 no such record.
"""

from __future__ import annotations

import json
import time
from enum import StrEnum
from typing import Annotated

import typer

from ledger.cli.lookup import get_record_ids
from ledger.cli.options import URL, AsJson, KeyFile, Output, ServerUrl
from ledger.cli.output import EXIT_PENDING, fail_in_one_line, show_json, write_output
from ledger.cli.server import Server, connect, escape
from ledger.errors import InvalidInput

_PAUSE = 0.2


class Format(StrEnum):
    """Forms of a proof."""

    BUNDLE = "bundle"
    TLOG_PROOF = "tlog-proof"
    COSE = "cose"


_ACCEPT = {
    Format.BUNDLE: "application/vnd.provenance.bundle+json",
    Format.TLOG_PROOF: "text/x.tlog-proof",
    Format.COSE: "application/scitt-receipt+cose",
}


@fail_in_one_line
def prove(
    name: Annotated[str, typer.Argument(help="Record id, or eventID with a key that may read.")],
    output: Output = None,
    form: Annotated[
        Format, typer.Option("--format", help="Everything in one file, or one of the standards.")
    ] = Format.BUNDLE,
    url: ServerUrl = URL,
    key_file: KeyFile = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait until it is anchored.")] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Fetch the proof of a record."""
    if as_json and output is None:
        raise InvalidInput("output-missing", "--json prints facts about the proof, not the proof")
    server = connect(url, key_file)
    record = get_record_ids(server, name)[0]
    state = _wait(server, record, wait)
    proof = server.get(f"/records/{escape(record)}/proof", _ACCEPT[form]).body
    if form is Format.BUNDLE:
        # The bundle itself knows best: it may have been anchored since we asked.
        state = "anchored" if json.loads(proof).get("anchor") is not None else state
    write_output(output, proof)
    if as_json:
        show_json(
            {
                "record": record,
                "format": form.value,
                "file": str(output),
                "bytes": len(proof),
                "state": state,
            }
        )
    elif output is not None:
        print(f"{output}: {form.value} of {record}, {state}")
    if state != "anchored":
        raise typer.Exit(EXIT_PENDING)


def _wait(server: Server, record: str, seconds: float) -> str:
    deadline = time.monotonic() + seconds
    while True:
        state = str(server.get(f"/records/{escape(record)}").json()["state"])
        if state == "anchored" or time.monotonic() >= deadline:
            return state
        time.sleep(_PAUSE)
