"""The running product: HTTP, worker, chain and intake under one process.

This process serves HTTP in its main thread, runs the worker in another, and supervises the local
chain and the intake processes; the kernel ends those children should it die. The way down is in
order: no request is cut, jobs in hand are finished, the worker gives its lease back, the chain
leaves a snapshot.
"""

from __future__ import annotations

import contextlib
import gc
import json
import socket
import sys
import threading
from collections.abc import Iterator

import structlog
import uvicorn

from api.main import create_app
from ledger.app import App
from ledger.cli.intake_processes import IntakeProcesses
from ledger.cli.lane import Lane
from ledger.cli.listening import HttpServer, listen
from ledger.cli.logs import log_to
from ledger.cli.memory import keep_small
from ledger.cli.output import Steps, print_qr
from ledger.cli.signals import stop_on_signals
from ledger.cli.story import load_story
from ledger.config import Settings
from ledger.errors import LedgerError
from ledger.services.installation import make_directory
from ledger.worker import Worker

_log = structlog.get_logger(__name__)

_TRUST_SECONDS = 10.0
_NEW_OBJECTS = 50_000
_SWITCH_SECONDS = 0.001
"""Threads of this process hand the interpreter over more often than by default (5 ms): one that
computes must not hold up the one that answers."""


def serve(settings: Settings, *, demo: bool, as_json: bool) -> None:
    """Run until a signal. Raises what keeps it from starting."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    keep_small()
    steps = Steps(silent=as_json)
    with contextlib.ExitStack() as stack:
        # The port first: taken, nothing else need be started.
        listener = stack.enter_context(listen(settings.host, settings.port))
        settings = _reachable(settings.model_copy(update={"port": listener.getsockname()[1]}))
        make_directory(settings.data_dir)
        log_to(settings.data_dir / "provenance.log")
        app = stack.enter_context(App.start(settings, steps.run))
        if settings.worker:
            stack.enter_context(working(app))
        lane = stack.enter_context(contextlib.closing(Lane()))
        intake = stack.enter_context(IntakeProcesses(settings, lane.address))
        if settings.intake_processes:
            # Handed back before the intake ends, so that the last events still find a way.
            stack.callback(app.group_commit.hand_to, app.group_commit.hand_to(lane.store))
        if settings.mqtt_url is not None:
            stack.enter_context(_hearing(app, settings.mqtt_url))
        server = HttpServer(
            uvicorn.Config(
                create_app(app),
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=10,
                server_header=False,
                date_header=False,
            )
        )
        opening = _Opening(server, app, steps, demo=demo, as_json=as_json)

        def stop() -> None:
            app.stopping.set()
            server.should_exit = True

        with stop_on_signals(stop):
            intake.start()
            opening.start()
            stack.callback(opening.join)
            stack.callback(app.stopping.set)
            # What is loaded now stays: the collector need not walk it while requests wait. The
            # few hundred that do wait are no garbage either; looking for some at every seventh of
            # them costs a tenth of the rate.
            gc.collect()
            gc.freeze()
            gc.set_threshold(_NEW_OBJECTS, 20, 20)
            server.run(sockets=[listener])
            app.stopping.set()
            opening.join()
        if opening.failure is not None:
            raise opening.failure
        steps.say("stopping")
        with contextlib.suppress(LedgerError):
            app.write_trust()


@contextlib.contextmanager
def working(app: App) -> Iterator[None]:
    """A worker in a thread beside the block."""
    worker = Worker(app, lease_seconds=app.settings.lease_seconds)
    thread = threading.Thread(target=worker.run, name="worker")
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join()


@contextlib.contextmanager
def _hearing(app: App, url: str) -> Iterator[None]:
    """Readings from the MQTT broker beside the block. Raises Misconfigured."""
    # Loaded where there is a broker: ten megabytes otherwise.
    from ledger.services.mqtt_readings import Broker, MqttReadings

    readings = MqttReadings(
        Broker.parse(url),
        app.settings.mqtt_topic,
        f"provenance-{app.log_id.hex()[:16]}",
        app.receiving.receive,
    )
    readings.start()
    try:
        yield
    finally:
        readings.close()


class _Opening(threading.Thread):
    """Once HTTP answers: wait for the operator's enrolment, load the story, say where we are; then
    keep the trust file up to date."""

    def __init__(
        self, server: HttpServer, app: App, steps: Steps, *, demo: bool, as_json: bool
    ) -> None:
        super().__init__(name="opening")
        self._server = server
        self._app = app
        self._steps = steps
        self._demo = demo
        self._as_json = as_json
        self.failure: Exception | None = None

    def run(self) -> None:
        """The foreground must end, not hang half open: what goes wrong here stops it."""
        while not self._server.ready.wait(0.05):
            if self._app.stopping.is_set():
                return
        try:
            self._open()
        except Exception as error:
            if self._app.stopping.is_set():
                return  # the failure is that we are being stopped
            self.failure = error
            self._server.should_exit = True
            return
        self._keep_trust()

    def _open(self) -> None:
        app, steps, settings = self._app, self._steps, self._app.settings
        steps.run("operator enrolled", app.wait_until_active)
        address = settings.base_url
        if self._demo:
            address += steps.run("demo story", lambda: load_story(app))
        ready = {
            "url": settings.base_url,
            "admin_key_file": str(app.write_admin_key().absolute()),
            "trust_file": str(app.write_trust().absolute()),
        }
        if self._as_json:
            print(json.dumps(ready), flush=True)
            return
        print_qr(address)
        steps.say(f"page       {address}")
        steps.say(f"admin key  {ready['admin_key_file']}")
        steps.say(f"trust      {ready['trust_file']}")
        if settings.base_url.startswith("http://127."):
            steps.say("phones     reach it when started with --host 0.0.0.0")
        steps.say("Ctrl-C stops everything.")

    def _keep_trust(self) -> None:
        """Write the trust file again when there are new heads, for verifiers without a network."""
        written = self._heads()
        while not self._app.stopping.wait(_TRUST_SECONDS):
            try:
                if (heads := self._heads()) != written:
                    self._app.write_trust()
                    written = heads
            except LedgerError as error:
                _log.warning("trust file not renewed", code=error.code, detail=error.detail)

    def _heads(self) -> int:
        with self._app.db.read() as tx:
            newest = tx.anchors.latest_confirmed()
        return newest.size if newest is not None else 0


def _reachable(settings: Settings) -> Settings:
    """With the address other machines reach us at where we listen on all: a QR code of 0.0.0.0
    would lead a phone nowhere."""
    if settings.public_url is not None or settings.host not in ("0.0.0.0", "::"):  # noqa: S104
        return settings
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a datagram socket: chooses a route, sends nothing
            address = str(probe.getsockname()[0])
        except OSError:
            address = "127.0.0.1"
    return settings.model_copy(update={"public_url": f"http://{address}:{settings.port}"})
