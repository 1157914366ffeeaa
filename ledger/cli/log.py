"""`provenance log`: read the tile log of a server (C2SP tlog-tiles), and check its checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.options import URL, AsJson, Output, ServerUrl
from ledger.cli.output import fail_in_one_line, show_json, write_output
from ledger.cli.server import Server, connect
from ledger.errors import InvalidInput, Misconfigured, NotFound, Unavailable

if TYPE_CHECKING:
    from ledger.merkle.checkpoint import Checkpoint

app = typer.Typer(help="Read the log of a server.", no_args_is_help=True)

Width = Annotated[
    int | None, typer.Option(min=1, max=256, help="Default: all there is at the checkpoint.")
]


@app.command()
@fail_in_one_line
def checkpoint(
    url: ServerUrl = URL,
    trust: Annotated[
        Path | None, typer.Option(help="Check the signature against this trust file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The newest signed checkpoint."""
    from ledger.merkle.checkpoint import check_checkpoint
    from ledger.proof.trust import parse_trust

    note = connect(url, None).get("/log/checkpoint", "text/plain").body
    if trust is not None:
        try:
            anchors = parse_trust(trust.read_bytes())
        except OSError as error:
            raise Misconfigured("file-unreadable", f"{trust}: {error.strerror}") from error
        found = check_checkpoint(note, anchors.key)
    else:
        found = _read_unchecked(note)
    if as_json:
        show_json(
            {
                "origin": found.origin,
                "size": found.size,
                "root": found.root.hex(),
                "checked": trust is not None,
                "note": note.decode(),
            }
        )
        return
    write_output(None, note)


@app.command()
@fail_in_one_line
def tile(
    level: Annotated[int, typer.Argument(min=0, max=7, help="0 holds leaf hashes.")],
    index: Annotated[int, typer.Argument(min=0, help="Counted from 0.")],
    width: Width = None,
    output: Output = None,
    url: ServerUrl = URL,
    as_json: AsJson = False,
) -> None:
    """One tile: its bytes to a file, or its hashes, one a line."""
    from ledger.merkle.tiles import tile_path

    server = connect(url, None)
    wide = _width(server, level, index, width)
    path = tile_path(level, index, wide)
    data = server.get(f"/log/{path}", "application/octet-stream").body
    hashes = [data[at : at + 32].hex() for at in range(0, len(data), 32)]
    _give(path, "hashes", hashes, data, output, as_json)


@app.command()
@fail_in_one_line
def entries(
    index: Annotated[int, typer.Argument(min=0, help="Of the bundle: 256 entries each.")],
    width: Width = None,
    output: Output = None,
    url: ServerUrl = URL,
    as_json: AsJson = False,
) -> None:
    """One entry bundle: its bytes to a file, or its entries, one a line."""
    from ledger.merkle.entries import parse_entries
    from ledger.merkle.tiles import entries_path

    server = connect(url, None)
    path = entries_path(index, _width(server, 0, index, width))
    data = server.get(f"/log/{path}", "application/octet-stream").body
    _give(path, "entries", [entry.hex() for entry in parse_entries(data)], data, output, as_json)


def _give(
    path: str, what: str, lines: list[str], data: bytes, output: Path | None, as_json: bool
) -> None:
    if output is not None:
        write_output(output, data)
    if as_json:
        show_json({"path": path, what: lines})
    elif output is None:
        for line in lines:
            print(line)
    else:
        print(f"{output}: {path}, {len(lines)} {what}")


def _width(server: Server, level: int, index: int, asked: int | None) -> int:
    """As wide as the tile is in the newest checkpoint, unless asked for otherwise."""
    from ledger.merkle.tiles import tile_width

    if asked is not None:
        return asked
    size = _read_unchecked(server.get("/log/checkpoint", "text/plain").body).size
    width = tile_width(level, index, size)
    if width == 0:
        raise NotFound("tile-unknown", f"the log has {size} leaves: no tile {level}/{index} yet")
    return width


def _read_unchecked(note: bytes) -> Checkpoint:
    """What the checkpoint says, whoever signed it. Raises Unavailable: the server's fault."""
    from ledger.merkle.checkpoint import parse_checkpoint

    text, _, _ = note.decode(errors="replace").partition("\n\n")
    try:
        return parse_checkpoint(text + "\n")
    except InvalidInput as error:
        raise Unavailable("server-answer-malformed", f"its checkpoint: {error.detail}") from error
