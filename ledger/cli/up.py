"""`provenance up`: the whole product in the foreground, one supervised process tree.

Ready, it prints its address, a QR code and where the keys are; with `--json` one line
`{"url", "admin_key_file", "trust_file"}` and nothing else. Ctrl-C or SIGTERM stops everything in
order and is success; before it is ready, the start is undone and the exit code is 130.
"""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.options import DATA, DatabaseUrl, DataDir, settings_of
from ledger.cli.output import fail_in_one_line
from ledger.cli.signals import interrupt_on_signals


@fail_in_one_line
def up(
    data: DataDir = DATA,
    port: Annotated[
        int,
        typer.Option(help="Port; 0 takes a free one.", envvar="PROVENANCE_PORT", min=0, max=65535),
    ] = 8080,
    host: Annotated[
        str, typer.Option(help="Address to listen on.", envvar="PROVENANCE_HOST")
    ] = "127.0.0.1",
    database: DatabaseUrl = None,
    demo: Annotated[bool, typer.Option(help="Load the demo story at the first start.")] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON line once ready, nothing else.")
    ] = False,
) -> None:
    """Start the whole product in the foreground."""
    interrupt_on_signals()
    settings = settings_of(data_dir=data, host=host, port=port, database_url=database)
    from ledger.cli.serving import serve

    serve(settings, demo=demo, as_json=as_json)
