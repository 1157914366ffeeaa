"""One side of a transfer in a process of its own, so that it can be killed.

    python -m tests.support.transfer_client send|fetch URL KEY FOLDER

`send` seals FOLDER/document and hands it in; `fetch` fetches what FOLDER/sent.json names and opens
it to FOLDER/opened. Run again after any end, each goes on. Prints what it did as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from ledger.client.connection import Connection
from ledger.client.retrying import Patience
from ledger.client.sealed_file import open_file, seal_file
from ledger.client.transferring import Transferring
from ledger.digest import Digest
from ledger.envelope.data_key import DataKey

_PATIENCE = Patience(seconds=120, first_wait=0.05, longest_wait=0.5)


def peak_memory(pid: int | str = "self") -> float:
    """The most a process had in memory so far, in MB (VmHWM: of this program alone, which
    ru_maxrss is not after a fork)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def send(connection: Connection, key: DataKey, folder: Path) -> dict[str, object]:
    started = time.monotonic()
    sealed = seal_file(folder / "document", key, folder / "sealed")
    between = time.monotonic()
    Transferring(connection).upload(sealed.path, sealed.blob, sealed.blob_size)
    return {
        "size": sealed.size,
        "digest": sealed.digest.hex(),
        "blob": sealed.blob.hex(),
        "blobSize": sealed.blob_size,
        "first": between - started,
        "second": time.monotonic() - between,
    }


def fetch(connection: Connection, key: DataKey, folder: Path) -> dict[str, object]:
    sent = json.loads((folder / "sent.json").read_bytes())
    started = time.monotonic()
    fetched = folder / "fetched"
    if not fetched.exists():
        Transferring(connection).download(Digest.from_hex(sent["blob"]), fetched, sent["blobSize"])
    between = time.monotonic()
    digest = Digest.from_hex(sent["digest"])
    open_file(fetched, key, folder / "opened", size=sent["size"], digest=digest)
    return {"first": between - started, "second": time.monotonic() - between}


def main() -> int:
    what, url, secret, name = sys.argv[1:]
    folder = Path(name)
    key = DataKey((folder / "data.key").read_bytes())
    connection = Connection(url, key=secret, patience=_PATIENCE, timeout=60)
    done = (send if what == "send" else fetch)(connection, key, folder)
    print(json.dumps({**done, "mb": peak_memory()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
