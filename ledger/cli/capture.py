"""`provenance capture`: hand EPCIS documents or single events to a running server.

Exit codes: 0 everything is stored; 2 something in the files is wrong, each fault told with the
event's index and pointer; 3 no answer; 4 accepted, still being worked through when the time was
up; 6 refused.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.options import URL, AsJson, KeyFile, ServerUrl, SigningKey, TrustFile
from ledger.cli.output import (
    EXIT_INVALID,
    EXIT_PENDING,
    exit_code,
    fail_in_one_line,
    one_line,
    show_json,
)
from ledger.cli.server import Server, connect, escape
from ledger.errors import LedgerError, Misconfigured

if TYPE_CHECKING:
    from ledger.client.own_key import OwnKey

_SOONEST, _LATEST = 0.05, 1.0


@dataclass
class _Outcome:
    """What became of one file."""

    file: str
    state: str
    capture_id: str | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)


@fail_in_one_line
def capture(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="EPCISDocument in JSON or XML, or one event in JSON; - reads standard input."
        ),
    ],
    url: ServerUrl = URL,
    key_file: KeyFile = None,
    proceed: Annotated[
        bool, typer.Option("--proceed", help="Store the valid events of a faulty document.")
    ] = False,
    wait: Annotated[
        float, typer.Option(help="Seconds to wait for each document to be worked through.")
    ] = 300.0,
    signing_key: SigningKey = None,
    trust: TrustFile = None,
    as_json: AsJson = False,
) -> None:
    """Capture EPCIS documents or events."""
    send = _sender(url, key_file, signing_key, trust, "proceed" if proceed else "rollback", wait)
    outcomes = []
    failure: LedgerError | None = None
    for path in files:
        try:
            outcome = send(path)
        except LedgerError as error:
            failure = error
            outcome = _Outcome(str(path), "failed", errors=[_fault(error)])
        outcomes.append(outcome)
        if not as_json:
            _print(outcome)
        if failure is not None:
            break  # told with what was stored before it; the files after it were not sent
    if as_json:
        show_json({"files": [_to_json(outcome) for outcome in outcomes]})
    if failure is not None:
        raise typer.Exit(exit_code(failure))
    if any(outcome.errors for outcome in outcomes):
        raise typer.Exit(EXIT_INVALID)
    if any(outcome.state == "running" for outcome in outcomes):
        raise typer.Exit(EXIT_PENDING)


def _sender(
    url: str,
    key_file: Path | None,
    signing_key: Path | None,
    trust: Path | None,
    behaviour: str,
    wait: float,
) -> Callable[[Path], _Outcome]:
    """How a file is handed in: for the platform to sign, or signed on this machine."""
    if signing_key is None:
        server = connect(url, key_file)
        return lambda path: _capture(server, path, behaviour, wait)
    if behaviour != "rollback":
        raise Misconfigured("settings-invalid", "what is signed here is taken whole: no --proceed")
    from ledger.cli.own_key import open_own_key

    def sign(path: Path) -> _Outcome:
        with open_own_key(url, key_file, signing_key, trust) as own:
            return _sign(own, path)

    return sign


def _sign(own: OwnKey, path: Path) -> _Outcome:
    from ledger.epcis.document import read_document, read_event
    from ledger.epcis.xml_document import read_xml_document

    body = _read(path)
    if _is_event(body):
        document = read_event(body)
    elif _is_xml(body):
        document = read_xml_document(body)
    else:
        document = read_document(body)
    stored = own.capture_document(document)
    events = [{"eventID": one.event_id, "recordID": one.record_id} for one in stored]
    return _Outcome("-" if str(path) == "-" else str(path), "stored", events=events)


def _is_xml(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _capture(server: Server, path: Path, behaviour: str, wait: float) -> _Outcome:
    body = _read(path)
    name = "-" if str(path) == "-" else str(path)
    headers = {"Content-Type": "application/xml" if _is_xml(body) else "application/ld+json"}
    if _is_event(body):
        stored = server.post("/epcis/events", body, headers).json()
        return _Outcome(name, "stored", events=[stored])
    headers["GS1-Capture-Error-Behaviour"] = behaviour
    job = server.post("/epcis/capture", body, headers).json()
    deadline = time.monotonic() + wait
    pause = _SOONEST
    while job["running"] and time.monotonic() < deadline:
        time.sleep(pause)
        pause = min(pause * 1.5, _LATEST)
        job = server.get(f"/epcis/capture/{escape(job['captureID'])}").json()
    state = "running" if job["running"] else "stored" if job["events"] else "refused"
    return _Outcome(name, state, job["captureID"], job["events"], job["errors"])


def _read(path: Path) -> bytes:
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misconfigured("file-unreadable", str(error.strerror)) from error


def _is_event(body: bytes) -> bool:
    """A bare event and not a document; what is neither, the server shall judge as a document."""
    try:
        value = json.loads(body)
    except ValueError:
        return False
    kind = value.get("type") if isinstance(value, dict) else None
    return isinstance(kind, str) and kind.endswith("Event")


def _fault(error: LedgerError) -> dict[str, Any]:
    told = {"code": error.code, "detail": error.detail, "advice": error.advice}
    return told if error.pointer is None else {**told, "pointer": error.pointer}


def _to_json(outcome: _Outcome) -> dict[str, Any]:
    return {
        "file": outcome.file,
        "state": outcome.state,
        "captureID": outcome.capture_id,
        "events": outcome.events,
        "errors": outcome.errors,
    }


def _print(outcome: _Outcome) -> None:
    if outcome.state != "failed":
        print(f"{outcome.file}: {outcome.state}, {len(outcome.events)} events")
    for event in outcome.events:
        print(f"  {event['recordID']}  {event['eventID']}")
    for fault in outcome.errors:
        index = f"event {fault['index']}: " if "index" in fault else ""
        where = f" (at {fault['pointer']})" if "pointer" in fault else ""
        print(
            f"provenance: {outcome.file}: {index}{one_line(fault['detail'])}{where} "
            f"[{fault['code']}] {fault['advice']}",
            file=sys.stderr,
        )
