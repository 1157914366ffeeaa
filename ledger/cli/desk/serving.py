"""The desk's process: its rounds in one thread, the portal in the main one."""

from __future__ import annotations

import contextlib
import json
import threading
from pathlib import Path

import uvicorn

from api.desk.app import create_desk_app
from api.desk.rounds import Rounds
from ledger.cli.desk.opening import open_desk
from ledger.cli.listening import HttpServer, listen
from ledger.cli.logs import log_to
from ledger.cli.output import Steps
from ledger.cli.signals import stop_on_signals


def serve(folder: Path, host: str, port: int, names: tuple[str, ...], *, as_json: bool) -> None:
    """Run until a signal. Raises what keeps it from starting."""
    steps = Steps(silent=as_json)
    with contextlib.ExitStack() as stack:
        desk = stack.enter_context(open_desk(folder))
        listener = stack.enter_context(listen(host, port))
        log_to(folder / "desk.log")
        rounds = Rounds(desk)
        server = HttpServer(
            uvicorn.Config(
                create_desk_app(desk, rounds, names),
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=10,
                server_header=False,
            )
        )
        url = f"http://{host}:{listener.getsockname()[1]}"

        def tell() -> None:
            if server.ready.wait(30.0) and as_json:
                print(json.dumps({"url": url}), flush=True)
            elif server.ready.is_set():
                steps.say(f"portal     {url}")
                steps.say("Ctrl-C stops it; what is signed is handed in at the next start.")

        with stop_on_signals(lambda: setattr(server, "should_exit", True)):
            rounds.start()
            stack.callback(rounds.join)
            stack.callback(rounds.stop)
            threading.Thread(target=tell, name="ready", daemon=True).start()
            server.run(sockets=[listener])
