"""kill -9 of both sides in the middle of a large document: it arrives whole, in little memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.result import at_least, at_most
from ledger.client.spool import hash_file
from tests.support.campaign import scale
from tests.support.campaign_result import write_result
from tests.support.transfers import Transfer

pytestmark = [pytest.mark.chain, pytest.mark.slow]

SIZE = scale(96 * 1024**2, 2 * 1024**3)


def test_document_survives_the_death_of_both_sides(tmp_path: Path) -> None:
    transfer = Transfer(tmp_path, SIZE)
    transfer.write_document()
    transfer.start()
    try:
        sent = transfer.send(kill=True)
        transfer.fetch(kill=True)
    finally:
        transfer.stop()
    with (tmp_path / "document").open("rb") as first, (tmp_path / "opened").open("rb") as last:
        assert hash_file(last) == hash_file(first)
    assert sent["size"] == SIZE
    for side in ("client, uploading", "server, uploading", "client, fetching"):
        assert side in transfer.kills
    left = [path for path in (tmp_path / "data" / "blobs" / "uploads").rglob("*") if path.is_file()]
    assert left == []
    assert transfer.server_mb < 256
    assert transfer.client_mb < 256
    write_result(
        "transfer",
        [
            at_least("document", SIZE / 1024**3, "GiB", 2),
            at_least("processes killed on the way", len(transfer.kills), "", 6),
            at_most("peak memory of the API process", transfer.server_mb, "MB", 256),
            at_most("peak memory of the client", transfer.client_mb, "MB", 256),
        ],
        seed=0,
        database="sqlite",
    )
