"""The tile log over a running server, read the way a stock tlog client reads it."""

from __future__ import annotations

import pytest

from ledger.merkle.checkpoint import check_checkpoint
from ledger.merkle.entries import parse_entries
from ledger.merkle.hashes import leaf_hash, tree_root
from ledger.merkle.note import NoteKey
from ledger.merkle.tiles import entries_path, tile_path
from tests.support.epcis_events import bare_event, document, event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain


def test_log_rebuilt_from_its_entries_has_the_signed_root(server: RunningApp) -> None:
    body = document([event() for _ in range(300)])
    server.producer.post("/epcis/capture", json=body).raise_for_status()
    last = server.producer.post("/epcis/events", json=bare_event()).raise_for_status()
    server.wait_until_anchored(f"/records/{last.json()['recordID']}", leaves=300)

    key = NoteKey.parse(server.visitor.get("/trust").json()["log"]["key"])
    answer = server.visitor.get("/log/checkpoint")
    assert answer.headers["content-type"].startswith("text/plain")
    checkpoint = check_checkpoint(answer.content, key)
    hashes: list[bytes] = []
    for index in range((checkpoint.size + 255) // 256):
        width = min(256, checkpoint.size - 256 * index)
        bundle = server.visitor.get(f"/log/{entries_path(index, width)}").raise_for_status()
        assert "immutable" in bundle.headers["cache-control"]
        entries = parse_entries(bundle.content)
        assert {len(entry) for entry in entries} == {64}
        leaves = [leaf_hash(entry) for entry in entries]
        tile = server.visitor.get(f"/log/{tile_path(0, index, width)}").raise_for_status()
        assert tile.headers["content-type"] == "application/octet-stream"
        assert tile.content == b"".join(leaves)
        hashes += leaves
    assert checkpoint.size == len(hashes) > 256
    assert tree_root(hashes) == checkpoint.root
    upper = server.visitor.get(f"/log/{tile_path(1, 0, checkpoint.size // 256)}")
    assert upper.content[:32] == tree_root(hashes[:256])


def test_partial_tile_stays_readable_at_its_old_width(server: RunningApp) -> None:
    server.producer.post("/epcis/events", json=bare_event()).raise_for_status()
    assert len(server.visitor.get("/log/tile/0/000.p/1").content) == 32


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/x999/x999/999",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/entries/x999/999",
        "tile/entries/000.p/",
        "tile/entries/..%2F..%2Fcheckpoint",
        "tile/9",
        "nothing",
    ],
)
def test_tile_that_is_not_there_is_a_404(server: RunningApp, path: str) -> None:
    answer = server.visitor.get(f"/log/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "immutable" not in answer.headers["cache-control"]


def test_log_may_be_read_from_other_origins(server: RunningApp) -> None:
    assert server.visitor.get("/log/checkpoint").headers["access-control-allow-origin"] == "*"
