"""What we are measured beside: Tessera's POSIX server, and the load generator, both Go programs.

They are built once per user into the cache folder.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.chain.geth_binary import cache_folder, find_go
from ledger.chain.process import find_free_port, leashed

TESSERA = "github.com/transparency-dev/tessera/cmd/conformance/posix@v1.0.4"
_LOAD = Path(__file__).parent / "load"


def build_load() -> Path:
    """The load generator of bench/load."""
    source = hashlib.sha256((_LOAD / "main.go").read_bytes()).hexdigest()[:12]
    binary = cache_folder() / f"load-{source}"
    if not binary.exists():
        cache_folder().mkdir(parents=True, exist_ok=True)
        subprocess.run([find_go(), "build", "-o", str(binary), "."], cwd=_LOAD, check=True)
    return binary


def build_tessera() -> Path:
    """Tessera's conformance server."""
    folder = cache_folder() / "tessera-1.0.4"
    binary = folder / "posix"
    if not binary.exists():
        print("building Tessera 1.0.4 …", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "GOBIN": str(folder)}
        subprocess.run([find_go(), "install", TESSERA], env=environment, check=True)
    return binary


def load(
    url: str,
    *,
    clients: int,
    seconds: float,
    bodies: Iterable[bytes],
    headers: Iterable[str] = (),
    get: bool = False,
) -> dict[str, Any]:
    """Post bodies from keep-alive clients, or ask for paths below the URL; the generator's
    report."""
    with tempfile.NamedTemporaryFile("wb", suffix=".bodies") as file:
        for body in bodies:
            file.write(body + b"\n")
        file.flush()
        command = [str(build_load()), "-url", url, "-clients", str(clients)]
        command += ["-seconds", str(seconds), "-bodies", file.name]
        if get:
            command.append("-get")
        for header in headers:
            command += ["-header", header]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    report: dict[str, Any] = json.loads(done.stdout)
    assert not report["exhausted"], "more bodies are needed for a run of this length"
    return report


@contextmanager
def tessera() -> Iterator[str]:
    """A fresh Tessera log; its address."""
    with tempfile.TemporaryDirectory(prefix="tessera-") as folder:
        key = Path(folder, "key")
        key.write_text(_note_key("bench.example/tessera"), encoding="ascii")
        port = find_free_port()
        command = [str(build_tessera()), "-storage_dir", f"{folder}/log"]
        command += ["-listen", f"127.0.0.1:{port}", "-private_key", str(key)]
        with subprocess.Popen(
            leashed(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                url = f"http://127.0.0.1:{port}"
                _wait(f"{url}/checkpoint")
                yield url
            finally:
                process.terminate()


def leaves(count: int) -> Iterator[bytes]:
    """Unique 64-byte leaves, in hexadecimal so that none holds a line break."""
    for number in range(count):
        yield hashlib.sha256(number.to_bytes(8, "big")).hexdigest().encode()


def _note_key(name: str) -> str:
    """A note signing key as golang.org/x/mod/sumdb/note writes it."""
    private = Ed25519PrivateKey.generate()
    public = b"\x01" + private.public_key().public_bytes_raw()
    key_id = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
    seed = base64.b64encode(b"\x01" + private.private_bytes_raw()).decode()
    return f"PRIVATE+KEY+{name}+{key_id.hex()}+{seed}"


def _wait(url: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
