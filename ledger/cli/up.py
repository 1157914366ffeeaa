"""`provenance up`: the whole product in the foreground, one supervised process tree.

This process serves HTTP in its main thread, runs the worker in another, and supervises the local
chain and the intake processes; the kernel ends those children should it die. Ctrl-C or SIGTERM
stops everything in order: no request is cut, the worker gives its lease back, the chain snapshots.
"""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from api.main import create_app
from ledger.app import App
from ledger.cli.intake_processes import IntakeProcesses
from ledger.cli.logs import log_to
from ledger.cli.output import Steps, fail_in_one_line, print_qr
from ledger.cli.story import load_story
from ledger.config import Settings
from ledger.errors import Misconfigured
from ledger.worker import Worker


@fail_in_one_line
def up(
    data: Annotated[
        Path,
        typer.Option(help="Directory of database, chain and keys.", envvar="PROVENANCE_DATA_DIR"),
    ] = Path("data"),
    port: Annotated[
        int, typer.Option(help="Port; 0 takes a free one.", envvar="PROVENANCE_PORT")
    ] = 8080,
    host: Annotated[
        str, typer.Option(help="Address to listen on.", envvar="PROVENANCE_HOST")
    ] = "127.0.0.1",
    database: Annotated[
        str | None,
        typer.Option(
            help="sqlite:/// or postgresql:// URL; default SQLite in DIR.",
            envvar="PROVENANCE_DATABASE_URL",
        ),
    ] = None,
    demo: Annotated[bool, typer.Option(help="Load the demo story at the first start.")] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON line once ready, nothing else.")
    ] = False,
) -> None:
    """Start the whole product in the foreground."""
    # Threads of this process hand the interpreter over more often than by default (5 ms): one that
    # computes must not hold up the one that answers.
    sys.setswitchinterval(0.001)
    steps = Steps(silent=as_json)
    listener = _listen(host, port)
    port = listener.getsockname()[1]
    settings = Settings(data_dir=data, host=host, port=port, database_url=database)
    log_to(settings.data_dir / "provenance.log")
    with contextlib.ExitStack() as stack:
        stack.callback(listener.close)
        app = stack.enter_context(App.start(settings, steps.run))
        worker = Worker(app, lease_seconds=settings.lease_seconds)
        thread = threading.Thread(target=worker.run, name="worker")
        thread.start()
        stack.callback(thread.join)
        stack.callback(worker.stop)
        intake = stack.enter_context(IntakeProcesses(settings))
        server = _Server(
            uvicorn.Config(
                create_app(app),
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=10,
                server_header=False,
                date_header=False,
            )
        )
        opening = threading.Thread(
            target=_open, args=(server, app, settings, steps, demo, as_json), name="opening"
        )
        opening.start()
        intake.start()
        server.run(sockets=[listener])
        opening.join()
        steps.say("stopping")


class _Server(uvicorn.Server):
    """Uvicorn, with an event for whoever waits until it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        self.ready.set()


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else is started. Raises Misconfigured `port-in-use`."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise Misconfigured(
            "port-in-use", f"cannot listen on {host}:{port}: {error.strerror}"
        ) from error
    return listener


def _open(
    server: _Server, app: App, settings: Settings, steps: Steps, demo: bool, as_json: bool
) -> None:
    """Once HTTP answers: wait for the operator's enrolment, load the story, say where we are."""
    server.ready.wait()
    try:
        steps.run("operator enrolled", app.wait_until_active)
        address = settings.base_url
        if demo:
            story = steps.run("demo story", lambda: load_story(app))
            address += story
        app.write_admin_key()
        app.write_trust()
    except Exception as error:  # the foreground must end, not hang half open
        print(f"provenance: {error}", file=sys.stderr)
        server.should_exit = True
        return
    ready = {
        "url": settings.base_url,
        "admin_key_file": str(settings.admin_key_path.absolute()),
        "trust_file": str(settings.trust_path.absolute()),
    }
    if as_json:
        print(json.dumps(ready), flush=True)
        return
    print_qr(address)
    steps.say(f"page       {address}")
    steps.say(f"admin key  {ready['admin_key_file']}")
    steps.say(f"trust      {ready['trust_file']}")
    steps.say("Ctrl-C stops everything.")
