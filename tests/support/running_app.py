"""The whole product in this process: chain, database, worker, intake and HTTP on a free port."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from api.main import create_app
from ledger.app import App
from ledger.client.ledger_client import LedgerClient
from ledger.client.retrying import Patience
from ledger.config import Settings
from ledger.identity.organization import OrgId
from ledger.services.membership import NewOrganization
from ledger.storage.organizations import OrganizationState
from ledger.worker import Worker

_PATIENCE_SECONDS = 180.0
"""Only a test that fails waits so long."""
_QUICK = Patience(seconds=20, first_wait=0.01, longest_wait=0.05)
ALL = ("capture", "read", "status", "admin")


@dataclass
class RunningApp:
    """A running server, its organizations and a client for each role."""

    app: App
    url: str
    operator_key: str
    producer_key: str
    rival_key: str
    producer_org: str
    _clients: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def client(self, key: str | None) -> httpx.Client:
        """A client with this API key, or without one."""
        headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
        client = httpx.Client(base_url=self.url, headers=headers, timeout=30)
        return self._clients.enter_context(client)

    def ledger_client(self, key: str | None, url: str | None = None) -> LedgerClient:
        """The client we give to others, perhaps through another address."""
        client = LedgerClient(url or self.url, key=key, patience=_QUICK)
        return self._clients.enter_context(client)

    @cached_property
    def visitor(self) -> httpx.Client:
        """Anyone: no key."""
        return self.client(None)

    @cached_property
    def operator(self) -> httpx.Client:
        """The operator's administrator."""
        return self.client(self.operator_key)

    @cached_property
    def producer(self) -> httpx.Client:
        """A producer's system: captures and reads."""
        return self.client(self.producer_key)

    @cached_property
    def rival(self) -> httpx.Client:
        """Another producer, with every scope in its own organization."""
        return self.client(self.rival_key)

    @cached_property
    def reader(self) -> httpx.Client:
        """The producer's auditor: reads only."""
        return self.client(_mint(self.app, self.producer_org, "read"))

    @cached_property
    def manager(self) -> httpx.Client:
        """The producer's administrator, with every scope."""
        return self.client(_mint(self.app, self.producer_org, *ALL))

    @cached_property
    def keeper(self) -> httpx.Client:
        """The producer's quality officer: withdraws."""
        return self.client(_mint(self.app, self.producer_org, "status", "read"))

    def wait_until_active(self, org: str) -> None:
        """Until the chain has confirmed the organization."""
        self.wait_until(lambda: _state(self.app, OrgId.parse(org)) is OrganizationState.ACTIVE)

    def wait_until_anchored(self, path: str, leaves: int = 0) -> None:
        """Until the record at this path is on chain, and the log has so many leaves at least."""
        self.wait_until(
            lambda: (
                self.visitor.get(path).json()["state"] == "anchored"
                and self.app.log_reading.size() >= leaves
            )
        )

    def wait_until(self, is_done: Callable[[], bool]) -> None:
        """Ask again and again, for minutes if need be."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not is_done():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.05)


@contextlib.contextmanager
def running_app(
    directory: Path, database_url: str | None = None, **settings_too: Any
) -> Iterator[RunningApp]:
    """Start everything, admit two producers, and stop everything afterwards."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(contextlib.closing(socket.socket()))
        listener.bind(("127.0.0.1", 0))
        listener.listen(2048)
        settings = Settings(
            data_dir=directory,
            database_url=database_url,
            port=listener.getsockname()[1],
            block_period=0.2,
            webhook_loopback=True,
            **settings_too,
        )
        app = stack.enter_context(App.start(settings))
        worker = Worker(app, lease_seconds=settings.lease_seconds)
        _in_background(stack, "worker", worker.run, worker.stop)
        intake = _Intake(app)
        _in_background(stack, "intake", intake.run, intake.stop)
        config = uvicorn.Config(
            create_app(app), log_config=None, access_log=False, server_header=False
        )
        server = uvicorn.Server(config)
        _in_background(
            stack,
            "http",
            lambda: server.run(sockets=[listener]),
            lambda: setattr(server, "should_exit", True),
        )
        app.wait_until_active()
        producer = app.membership.found(OrgId.random(), NewOrganization(name="Hộ bà Bùi Thị Mây"))
        rival = app.membership.found(OrgId.random(), NewOrganization(name="Hợp tác xã Bên Kia"))
        running = RunningApp(
            app=app,
            url=settings.base_url,
            operator_key=app.write_admin_key().read_text().strip(),
            producer_key=_mint(app, producer.org.text, "capture", "read"),
            rival_key=_mint(app, rival.org.text, *ALL),
            producer_org=producer.org.text,
        )
        stack.enter_context(running._clients)
        for org in (producer.org, rival.org):
            running.wait_until_active(org.text)
        yield running


class _Intake:
    """Works through capture jobs, as the intake processes do."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._stop = threading.Event()

    def run(self) -> None:
        while not self._stop.is_set():
            if not self._app.capturing.run_next("test-intake", 30):
                self._stop.wait(0.02)

    def stop(self) -> None:
        self._stop.set()


def _in_background(
    stack: contextlib.ExitStack, name: str, run: Callable[[], None], stop: Callable[[], None]
) -> None:
    thread = threading.Thread(target=run, name=name)
    thread.start()
    stack.callback(thread.join)
    stack.callback(stop)


def _mint(app: App, org: str, *scopes: str) -> str:
    _, secret = app.membership.mint_key(OrgId.parse(org), scopes, label="test")
    return secret


def _state(app: App, org: OrgId) -> OrganizationState:
    return app.membership.get_organization(org).state
