"""A document of two gigabytes from one side to the other: throughput, and the memory of both sides;
then once more while both are killed in the middle of every stage.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.result import Result, at_most, informs
from ledger.client.spool import hash_file
from tests.support.transfers import Transfer

SIZE = 2 * 1024**3


def transfer(seed: int, size: int = SIZE) -> Result:
    """Both runs, on SQLite and a folder of blobs."""
    mb = size / 1e6
    whole = _run(size, kill=False)
    killed = _run(size, kill=True)
    result = Result("transfer", seed, "sqlite", "anvil")
    result.figures = [
        informs("size of the document", mb, "MB"),
        *(informs(what, mb / seconds, "MB/s") for what, seconds in whole.seconds.items()),
        at_most("peak memory of the API process", whole.transfer.server_mb, "MB", 256),
        at_most("peak memory of the client", whole.transfer.client_mb, "MB", 256),
        informs("kill -9 of either side in a second run", len(killed.transfer.kills), ""),
        at_most("API process, most of any, in that run", killed.transfer.server_mb, "MB", 256),
        at_most("client, most of any, in that run", killed.transfer.client_mb, "MB", 256),
    ]
    return result


class _Run:
    """What one run took."""

    def __init__(self, transfer: Transfer, seconds: dict[str, float]) -> None:
        self.transfer = transfer
        self.seconds = seconds


def _run(size: int, *, kill: bool) -> _Run:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        made = Transfer(folder, size)
        made.write_document()
        made.start()
        try:
            sent = made.send(kill=kill)
            fetched = made.fetch(kill=kill)
        finally:
            made.stop()
        with (folder / "document").open("rb") as first, (folder / "opened").open("rb") as last:
            assert hash_file(last) == hash_file(first), "not what was sent"
    return _Run(
        made,
        {
            "sealed": sent["first"],
            "uploaded and verified": sent["second"],
            "fetched and verified": fetched["first"],
            "opened and verified": fetched["second"],
        },
    )
