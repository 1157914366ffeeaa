"""`provenance epcis`: what can be said of EPCIS documents without any server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.options import AsJson
from ledger.cli.output import EXIT_FAILED, fail_in_one_line, show_json
from ledger.errors import Misconfigured

if TYPE_CHECKING:
    from ledger.epcis.event_hash import EventHash
    from ledger.epcis.event_list import EventList

app = typer.Typer(help="Read EPCIS documents.", no_args_is_help=True)

Document = Annotated[
    Path, typer.Argument(metavar="FILE", help="An EPCIS document or one bare event.")
]


@app.command(name="hash")
@fail_in_one_line
def hash_events(file: Document, as_json: AsJson = False) -> None:
    """The event hash of each event, in document order.

    `ni:///sha-256;…?ver=CBV2.0`, computed from what the event says and not from how it is written.
    With `--json` one entry per event: `{"hash", "hash_list_order"}`. `hash` orders the last lists
    of an event as the reference implementation does and is the one used as eventID;
    `hash_list_order` orders them as the table of the CBV does. Either is right; most events have
    one hash in both.
    """
    hashes = _hashes(_read(file))
    if as_json:
        show_json([one._asdict() for one in hashes])
        return
    for one in hashes:
        print(one.hash)
        if one.hash_list_order != one.hash:
            print(f"{one.hash_list_order}  (list order of the CBV table)")


@app.command()
@fail_in_one_line
def check(file: Document, as_json: AsJson = False) -> None:
    """Compare each eventID that is an event hash with its event.

    Both orders of lists are accepted. With `--json` one entry per event:
    `{"event_id", "outcome", "hash", "hash_list_order"}`, where the outcome is `pass`, `fail`, or
    `skipped` for an event whose id is no hash. Exit code 1 if any is not that of its event.
    """
    from ledger.epcis.event_hash import is_event_hash

    found = _read(file)
    told = []
    for event, one in zip(found.events, _hashes(found), strict=True):
        event_id = str(event.get("eventID", ""))
        outcome = "skipped"
        if is_event_hash(event_id):
            outcome = "pass" if event_id in one else "fail"
        told.append({"event_id": event_id, "outcome": outcome, **one._asdict()})
    if as_json:
        show_json(told)
    else:
        for entry in told:
            print(f"{entry['outcome']:8} {entry['event_id'] or entry['hash']}")
    if any(entry["outcome"] == "fail" for entry in told):
        raise typer.Exit(EXIT_FAILED)


def _read(file: Path) -> EventList:
    from ledger.epcis.event_list import read_any_events

    try:
        data = file.read_bytes()
    except OSError as error:
        raise Misconfigured("file-unreadable", f"{file}: {error.strerror}") from error
    return read_any_events(data)


def _hashes(found: EventList) -> list[EventHash]:
    from ledger.epcis.event_hash import hash_event

    return [hash_event(event, found.context, found.ignored) for event in found.events]
