"""Headless Chromium from Debian, and the verifier's modules served to it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from api.web.static import STATIC
from tests.browser.lots import tell_story
from tests.browser.visits import LOT, Phone, Visit, visit_in
from tests.support.running_app import RunningApp, running_app

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each test opens its own context.

    Not for the whole session: while Playwright runs, this thread has a running event loop, and
    no test elsewhere could start one.
    """
    executable = shutil.which("chromium")
    assert executable is not None, "install Debian's chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_FLAGS))
        yield browser
        browser.close()


class _Modules(SimpleHTTPRequestHandler):
    def guess_type(self, path: Any) -> str:
        return "text/javascript" if str(path).endswith(".js") else super().guess_type(path)

    def do_GET(self) -> None:
        if self.path == "/":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>modules</title>")
        else:
            super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="package")
def modules_url() -> Iterator[str]:
    """The static files, and an empty page at the root."""
    root = Path(STATIC)
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *args: _Modules(*args, directory=str(root))
    )
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def modules_page(chromium: Browser, modules_url: str) -> Iterator[Page]:
    """An empty page from which the modules can be imported."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(modules_url)
    yield page
    context.close()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """SQLite, the local chain and the whole product."""
    with running_app(tmp_path_factory.mktemp("installation")) as running:
        yield running


@pytest.fixture(scope="package")
def records(server: RunningApp) -> list[str]:
    """The record ids of the steps of `visits.LOT`."""
    return tell_story(server, LOT)


@pytest.fixture(scope="module")
def phone(chromium: Browser) -> Iterator[Phone]:
    """Opens visits; all are closed when the module is done."""
    contexts = []

    def visit(**options: Any) -> Visit:
        contexts.append(chromium.new_context(viewport={"width": 360, "height": 740}, **options))
        return visit_in(contexts[-1], "vi")

    yield visit
    for context in contexts:
        context.close()
