"""The product under measurement: started as a user starts it, spoken to over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from ledger.chain.process import leashed

_START_SECONDS = 90.0
_KEPT_SECONDS = 3.0
"""A server hangs up on a connection that is idle for a little longer."""


@dataclass(slots=True)
class Product:
    """One running installation and a keep-alive connection to it."""

    url: str
    key: str
    data: Path
    process: subprocess.Popen[str]
    _connection: http.client.HTTPConnection | None = None
    _asked: float = 0.0

    @classmethod
    @contextmanager
    def start(
        cls, data: Path, database: str | None = None, *, worker_apart: bool = False
    ) -> Iterator[Self]:
        """`provenance up` on this directory until the block ends; with `worker_apart` beside a
        `provenance worker`, in the installation that `provenance init` has made."""
        program = str(Path(sys.executable).parent / "provenance")
        command = [program, "up", "--data", str(data)]
        place = ["--data", str(data), *(["--database", database] if database else [])]
        environment = dict(os.environ)
        if worker_apart:
            # Nothing is captured there: no process need wait for it.
            environment |= {"PROVENANCE_WORKER": "false", "PROVENANCE_INTAKE_PROCESSES": "0"}
            subprocess.run([program, "init", *place], check=True, stdout=subprocess.DEVNULL)
        command += ["--port", "0", "--no-demo", "--json"]
        if database is not None:
            command += ["--database", database]
        with (
            tempfile.TemporaryFile("w+") as errors,
            subprocess.Popen(
                leashed(command),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=environment,
            ) as process,
            ExitStack() as beside,
        ):
            assert process.stdout is not None
            try:
                line = process.stdout.readline()
                if not line:
                    errors.seek(0)
                    raise RuntimeError(f"the product did not start: {errors.read()[-2000:]}")
                ready = json.loads(line)
                if worker_apart:
                    worker = subprocess.Popen(
                        leashed([program, "worker", *place]),
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                    )
                    beside.callback(worker.wait, 60)
                    beside.callback(worker.terminate)
                key = Path(ready["admin_key_file"]).read_text(encoding="ascii").strip()
                yield cls(ready["url"], key, data, process)
            finally:
                process.terminate()
                process.wait(60)

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        media_type: str = "application/json",
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers, body of one answer."""
        if self._connection is None or time.monotonic() > self._asked + _KEPT_SECONDS:
            parts = urlsplit(self.url)
            self._connection = http.client.HTTPConnection(parts.netloc, timeout=120)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": media_type}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        received = answer.read()
        self._asked = time.monotonic()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, received

    def get(self, path: str) -> Any:
        """The JSON at that path."""
        status, _, body = self.request("GET", path)
        assert status == 200, f"{path}: {status} {body[:300]!r}"
        return json.loads(body)

    def send(self, method: str, path: str, value: Any = None) -> Any:
        """The JSON that answers to this JSON."""
        body = None if value is None else json.dumps(value).encode()
        status, _, answer = self.request(method, path, body)
        assert status in (200, 201), f"{path}: {status} {answer[:300]!r}"
        return json.loads(answer)

    def capture(self, document: bytes, media_type: str = "application/json") -> str:
        """Hand in a document; the path of its job."""
        status, headers, body = self.request("POST", "/epcis/capture", document, media_type)
        assert status == 202, f"capture: {status} {body[:300]!r}"
        return urlsplit(headers["location"]).path

    def wait_until_provable(self, leaves: int, seconds: float = 600.0) -> float:
        """Until the chain has confirmed a log of that many leaves; the moment it was seen."""
        deadline = time.monotonic() + seconds
        while True:
            # also where it is not ready: a busy machine may cost the worker its lease for a moment
            state = json.loads(self.request("GET", "/readyz")[2])
            now = time.monotonic()
            if state["anchoredSize"] >= leaves:
                return now
            assert now < deadline, f"not provable in {seconds} s: {state}"
            time.sleep(0.05)

    def log_size(self) -> int:
        """Leaves in the log."""
        return int(self.get("/readyz")["logSize"])

    def memory(self) -> float:
        """Proportional set size of the product's processes beside the chain, in MB."""
        return sum(_pss(pid) for pid in _tree(self.process.pid) if not _is_chain(pid)) / 1e6

    def http_memory(self) -> float:
        """The same of the process that answers alone."""
        return _pss(self.process.pid) / 1e6


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for thread in Path(f"/proc/{pid}/task").iterdir():
        children = (thread / "children").read_text(encoding="ascii").split()
        for child in children:
            yield from _tree(int(child))


def _is_chain(pid: int) -> bool:
    command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return os.path.basename(command[0]) in (b"anvil", b"node", b"geth")


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
