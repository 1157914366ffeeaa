"""The `provenance` command: one file per subcommand, assembled here.

Exit codes:

====  ==============================================================================
0     done; for `verify` intact, for `audit` nothing found
1     a check failed: does not match, withdrawn, recalled; an audit with findings
2     bad usage, bad input, or a machine or setting that prevents the start
3     could not be found out: server, chain or database did not answer
4     pending: accepted, and not there yet
5     unknown: well-formed, and not in the ledger
6     refused: not allowed, or contradicting what is recorded
70    a fault of this program
130   interrupted
====  ==============================================================================

Heavy imports stand inside the commands, so that `--help` is quick and Ctrl-C never meets half an
import.
"""

from __future__ import annotations

import sys
from importlib import metadata
from typing import Annotated

import typer

from ledger.cli import chain, document, epcis, gs1, key, log, network, org, recall, sheet
from ledger.cli.audit import audit
from ledger.cli.capture import capture
from ledger.cli.desk import main as desk
from ledger.cli.export import export
from ledger.cli.init import init
from ledger.cli.label import label
from ledger.cli.logs import log_nowhere
from ledger.cli.migrate import migrate
from ledger.cli.output import EXIT_INTERRUPTED
from ledger.cli.prove import prove
from ledger.cli.show import show
from ledger.cli.trace import trace
from ledger.cli.up import up
from ledger.cli.verify import verify
from ledger.cli.worker import worker

app = typer.Typer(
    name="provenance",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"provenance {metadata.version('provenance-ledger')}")
        raise typer.Exit


@app.callback()
def begin(
    version: Annotated[  # noqa: ARG001 - its callback has answered
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Product traceability and document exchange that nobody can quietly change."""
    log_nowhere()


app.command()(up)
app.command()(init)
app.add_typer(org.app, name="org")
app.add_typer(key.app, name="key")
app.command()(capture)
app.add_typer(sheet.app, name="sheet")
app.command()(show)
app.command()(trace)
app.command()(label)
app.command()(verify)
app.command()(prove)
app.add_typer(recall.app, name="recall")
app.add_typer(log.app, name="log")
app.add_typer(chain.app, name="chain")
app.command()(audit)
app.command()(worker)
app.command()(migrate)
app.command()(export)
app.add_typer(network.app, name="network")
app.add_typer(desk.app, name="desk")
app.add_typer(gs1.app, name="gs1")
app.add_typer(epcis.app, name="epcis")
app.add_typer(document.app, name="document")


def run() -> None:
    """Entry point of the console script."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
