"""The `provenance` command: one file per subcommand, assembled here.

Exit codes: 0 done (for `verify` and `audit`: intact, nothing found); 1 a check failed; 2 bad usage,
input or set-up; 3 could not be found out; 4 pending; 5 unknown; 6 refused; 130 interrupted.
"""

from __future__ import annotations

import typer

from ledger.cli.migrate import migrate
from ledger.cli.up import up
from ledger.cli.verify import verify

app = typer.Typer(
    name="provenance",
    help="Product traceability and document exchange that nobody can quietly change.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(migrate)
app.command()(up)
app.command()(verify)


def run() -> None:
    """Entry point of the console script."""
    app()
