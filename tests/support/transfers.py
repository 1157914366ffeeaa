"""A document from one side to the other through a running product, both of which may be killed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger.envelope.content import Layout
from ledger.envelope.data_key import DATA_KEY_BYTES
from ledger.storage.blob_store import chunks_of
from tests.support.installation import Installation
from tests.support.strangers import wait_until
from tests.support.transfer_client import peak_memory

_PIECE = 4 * 1024 * 1024
_SECONDS = 600.0


@dataclass
class Transfer:
    """A document of `size` bytes on its way. `kills` counts what was ended by SIGKILL, and where;
    `server_mb` and `client_mb` are the most that one process of each side ever needed."""

    folder: Path
    size: int
    installation: Installation = field(init=False)
    kills: list[str] = field(default_factory=list)
    server_mb: float = 0.0
    client_mb: float = 0.0
    _port: int = 0
    _secret: str = ""

    def __post_init__(self) -> None:
        self.installation = Installation(self.folder / "data")

    def start(self) -> None:
        """The product, at the same address every time."""
        if not self._port:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self._port = free.getsockname()[1]
        self.installation.start("--no-demo", "--port", str(self._port))
        key_file = Path(self.installation.ready["admin_key_file"])
        self._secret = key_file.read_text(encoding="ascii").strip()

    def write_document(self) -> None:
        """Bytes that no file system can shrink."""
        (self.folder / "data.key").write_bytes(os.urandom(DATA_KEY_BYTES))
        piece = bytearray(os.urandom(_PIECE))
        with (self.folder / "document").open("wb") as file:
            for number in range(0, self.size, _PIECE):
                piece[:8] = number.to_bytes(8, "big")
                file.write(piece[: self.size - number])

    def send(self, *, kill: bool) -> dict[str, Any]:
        """Seal it and hand it in; with `kill`, both sides are ended in the middle, several
        times."""
        half, blob = self.size // 2, Layout(self.size).blob_size
        count = chunks_of(blob)
        steps: list[tuple[str, Callable[[], bool]]] = [
            ("client, sealing", lambda: _size(self.folder / "sealed.new") >= half),
            ("client, uploading", lambda: self._chunks() >= count // 4),
            ("server, uploading", lambda: self._chunks() >= count // 2),
            ("client, uploading", lambda: self._chunks() >= count * 3 // 4),
            ("server, completing", lambda: self._chunks() >= count),
        ]
        done = self._run("send", steps if kill else [])
        (self.folder / "sent.json").write_text(json.dumps(done))
        return done

    def fetch(self, *, kill: bool) -> dict[str, Any]:
        """Fetch and open it."""
        blob, part = Layout(self.size).blob_size, self.folder / "fetched.part"
        steps: list[tuple[str, Callable[[], bool]]] = [
            ("client, fetching", lambda: _size(part) >= blob // 3),
            ("server, fetching", lambda: _size(part) >= blob * 2 // 3),
            ("client, opening", lambda: _size(self.folder / "opened.new") >= self.size // 2),
        ]
        return self._run("fetch", steps if kill else [])

    def stop(self) -> None:
        """End the product in order."""
        if self.installation.process is not None:
            self._look_at_server()
            self.installation.stop()

    def _run(self, what: str, steps: list[tuple[str, Callable[[], bool]]]) -> dict[str, Any]:
        client = self._client(what)
        for name, is_time in steps:
            if not _wait(client, is_time):
                continue  # it was done before we looked
            self.kills.append(name)
            if name.startswith("client"):
                self.client_mb = max(self.client_mb, peak_memory(client.pid))
                client.kill()
                client.communicate()
                client = self._client(what)
            else:
                self._look_at_server()
                self.installation.kill()
                wait_until(lambda: not self.installation.children(), 20, "the product ends")
                self.start()
        out, _ = client.communicate(timeout=_SECONDS)
        assert client.returncode == 0, out
        done: dict[str, Any] = json.loads(out)
        self.client_mb = max(self.client_mb, done["mb"])
        return done

    def _client(self, what: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.support.transfer_client", what]
        arguments = [self.installation.url, self._secret, str(self.folder)]
        return subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True)

    def _look_at_server(self) -> None:
        process = self.installation.process
        assert process is not None
        self.server_mb = max(self.server_mb, peak_memory(process.pid))

    def _chunks(self) -> int:
        uploads = self.installation.data / "blobs" / "uploads"
        return sum(path.name.isdigit() for path in uploads.glob("*/*"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _wait(client: subprocess.Popen[str], is_time: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _SECONDS
    while client.poll() is None:
        if is_time():
            return True
        assert time.monotonic() < deadline, "nothing happens any more"
        time.sleep(0.001)
    return False
