"""An MQTT broker: Debian's Mosquitto on a free port, ended with the block."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ledger.chain.process import find_free_port, leashed

_PATIENCE_SECONDS = 10.0


def mosquitto_program() -> str:
    """Its path; skips where it is not installed."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if found is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    return found


@contextmanager
def running_mosquitto(folder: Path) -> Iterator[int]:
    """The port it listens on. Sessions are kept in memory for as long as it runs."""
    program, port = mosquitto_program(), find_free_port()
    settings = folder / "mosquitto.conf"
    settings.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nlog_type error\n", encoding="utf-8"
    )
    with subprocess.Popen(leashed([program, "-c", str(settings)])) as process:
        try:
            _wait(port)
            yield port
        finally:
            process.terminate()


def _wait(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, "mosquitto does not listen"
        time.sleep(0.05)
