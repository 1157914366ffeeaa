"""`provenance recall`: recall goods over HTTP, approve, end and follow recalls."""

from __future__ import annotations

import contextlib
import json
import mimetypes
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.options import URL, AsJson, KeyFile, ServerUrl, SigningKey, TrustFile
from ledger.cli.output import fail_in_one_line, show_json
from ledger.cli.server import Server, connect, escape
from ledger.digest import Digest
from ledger.errors import InvalidInput

if TYPE_CHECKING:
    from ledger.client.own_declarations import OwnDeclarations

app = typer.Typer(no_args_is_help=True, help="Recall goods and follow recalls.")

Id = Annotated[str, typer.Argument(help="Id of the recall.")]


@app.command("start")
@fail_in_one_line
def start(
    subjects: Annotated[list[str], typer.Argument(help="Digital Links of lots or items.")],
    reason: Annotated[str, typer.Option(help="Why, in public.")],
    notice: Annotated[
        Path | None, typer.Option(help="The notice document, a PDF or picture: kept and declared.")
    ] = None,
    signing_key: SigningKey = None,
    trust: TrustFile = None,
    url: ServerUrl = URL,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Recall goods and everything they went into."""
    server = connect(url, key_file)
    body: dict[str, Any] = {"subjects": subjects, "reason": reason}
    if notice is not None:
        body["notice"] = _keep(server, notice)
    if signing_key is None:
        _show(_post(server, "/recalls", body), as_json)
        return
    digest = Digest.from_hex(body["notice"]) if notice is not None else None
    with _own(url, key_file, signing_key, trust) as own:
        recall = own.recall(subjects, reason, digest).id
    _show_own(server, recall, as_json)


@app.command("approve")
@fail_in_one_line
def approve(
    recall: Id,
    signing_key: SigningKey = None,
    trust: TrustFile = None,
    url: ServerUrl = URL,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Approve a recall, or its end, as the second person of an authority."""
    server = connect(url, key_file)
    if signing_key is None:
        _show(_post(server, f"/recalls/{escape(recall)}/approval", {}), as_json)
        return
    with _own(url, key_file, signing_key, trust) as own:
        own.approve(recall)
    _show_own(server, recall, as_json)


@app.command("sign")
@fail_in_one_line
def sign(
    recall: Id,
    signing_key: SigningKey = None,
    trust: TrustFile = None,
    url: ServerUrl = URL,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Sign with the organization's own key what of a recall is still unsigned."""
    if signing_key is None:
        raise InvalidInput("private-key-malformed", "--signing-key names no file")
    with _own(url, key_file, signing_key, trust) as own:
        own.sign(recall)
    _show_own(connect(url, key_file), recall, as_json)


@app.command("lift")
@fail_in_one_line
def lift(
    recall: Id,
    reason: Annotated[str, typer.Option(help="Why, in public.")],
    signing_key: SigningKey = None,
    trust: TrustFile = None,
    url: ServerUrl = URL,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """End a recall."""
    server = connect(url, key_file)
    if signing_key is None:
        path = f"/recalls/{escape(recall)}/lift"
        _show(_post(server, path, {"reason": reason}), as_json)
        return
    with _own(url, key_file, signing_key, trust) as own:
        own.lift(recall, reason)
    _show_own(server, recall, as_json)


@app.command("show")
@fail_in_one_line
def show(
    recall: Id, url: ServerUrl = URL, key_file: KeyFile = None, as_json: AsJson = False
) -> None:
    """Show a recall and how far it has come."""
    _show(connect(url, key_file).get(f"/recalls/{escape(recall)}").json(), as_json)


@app.command("inbox")
@fail_in_one_line
def inbox(url: ServerUrl = URL, key_file: KeyFile = None, as_json: AsJson = False) -> None:
    """List the recalls that concern your organization."""
    found = connect(url, key_file).get("/recalls/inbox").json()
    if as_json:
        show_json(found)
        return
    for notice in found:
        known = notice["acknowledgedAt"] or "not acknowledged"
        print(f"{notice['recall']['id']}  {notice['recall']['state']}  {known}")


@app.command("acknowledge")
@fail_in_one_line
def acknowledge(
    recall: Id, url: ServerUrl = URL, key_file: KeyFile = None, as_json: AsJson = False
) -> None:
    """Say that your organization knows of a recall."""
    connect(url, key_file).post(f"/recalls/{escape(recall)}/acknowledgement", b"", {})
    if as_json:
        show_json({"recall": recall, "acknowledged": True})


@contextlib.contextmanager
def _own(
    url: str, key_file: Path | None, signing_key: Path, trust: Path | None
) -> Iterator[OwnDeclarations]:
    from ledger.cli.own_key import open_own_key
    from ledger.client.own_declarations import OwnDeclarations

    with open_own_key(url, key_file, signing_key, trust) as own:
        yield OwnDeclarations(own)


def _show_own(server: Server, recall: str, as_json: bool) -> None:
    _show(server.get(f"/recalls/{escape(recall)}").json(), as_json)


def _post(server: Server, path: str, body: dict[str, Any]) -> Any:
    return server.post(path, json.dumps(body).encode(), {"Content-Type": "application/json"}).json()


def _keep(server: Server, path: Path) -> str:
    """Hand the notice in; the digest it is kept under."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInput("file-unreadable", f"{path}: {error.strerror}") from error
    media_type = mimetypes.guess_type(path.name)[0] or "application/pdf"
    kept = server.post("/files", data, {"Content-Type": media_type}).json()
    digest: str = kept["sha256"]
    return digest


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(found)
        return
    print(f"recall   {found['id']}")
    print(f"state    {found['state']}")
    print(f"by       {found['name'] or found['organization']}")
    print(f"reason   {found['reason']}")
    declared = sum(target["declared"] for target in found["targets"])
    print(f"on chain {declared} of {len(found['targets'])} declarations")
    for goods in found["goods"]:
        print(f"  {goods}")
