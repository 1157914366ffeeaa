"""`provenance desk up`: the desk at work, with its portal, in the foreground."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.desk.opening import FOLDER, DeskDir
from ledger.cli.options import AsJson
from ledger.cli.output import fail_in_one_line
from ledger.cli.signals import interrupt_on_signals


@fail_in_one_line
def up(
    port: Annotated[
        int, typer.Option(help="Port of the portal; 0 takes a free one.", min=0, max=65535)
    ] = 8090,
    host: Annotated[
        str, typer.Option(help="Address to listen on; beyond this machine, behind TLS only.")
    ] = "127.0.0.1",
    name: Annotated[
        list[str] | None,
        typer.Option(help="A name the portal is reached by besides this machine; repeatable."),
    ] = None,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Send, fetch and acknowledge all the time, and serve clerks the portal."""
    interrupt_on_signals()
    from ledger.cli.desk.serving import serve

    serve(desk, host, port, tuple(name or ()), as_json=as_json)
