"""`provenance worker`: one more worker, or intake process, of an installation.

Any number of workers may run on any machines that share the database and reach the chain; one holds
the lease, the others stand by and take over within seconds of its death. `--intake` instead works
through captured documents in PROVENANCE_INTAKE_PROCESSES processes, beside others that do.
"""

from __future__ import annotations

import threading
from typing import Annotated

import typer

from ledger.cli.options import DATA, DatabaseUrl, DataDir, settings_of
from ledger.cli.output import Steps, fail_in_one_line, show_json
from ledger.cli.signals import interrupt_on_signals, stop_on_signals


@fail_in_one_line
def worker(
    data: DataDir = DATA,
    database: DatabaseUrl = None,
    intake: Annotated[
        bool, typer.Option("--intake", help="Work through captures, not on log and chain.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON line once it works.")
    ] = False,
) -> None:
    """Run a standby worker or one more intake process."""
    interrupt_on_signals()
    settings = settings_of(data_dir=data, database_url=database)
    from ledger.app import App
    from ledger.cli.intake import run_processes
    from ledger.cli.logs import log_to
    from ledger.offline import open_intake
    from ledger.worker import Worker

    log_to(None)
    told = {"working": "intake" if intake else "worker"}
    steps = Steps(silent=as_json)
    if intake:
        stop = threading.Event()
        with open_intake(settings):
            pass  # what keeps it from working is said here, not by a child again and again
        with stop_on_signals(stop.set):
            show_json(told) if as_json else steps.say("working through captures; Ctrl-C stops")
            run_processes(settings, stop)
        return
    with App.connect(settings) as app:
        one = Worker(app, lease_seconds=settings.lease_seconds)
        with stop_on_signals(one.stop):
            show_json(told) if as_json else steps.say("standing by or working; Ctrl-C stops")
            one.run()
