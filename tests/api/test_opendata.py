"""Open data: a day made, served, checked offline, and made again with the same bytes."""

from __future__ import annotations

import csv
import hashlib
import secrets
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest

from ledger.clock import FixedClock
from ledger.errors import NotFound, Unavailable
from ledger.opendata.dataset import begin_of, cut_off
from ledger.proof.bundle import MEDIA_TYPE, parse_bundle
from tests.support.epcis_events import bare_event
from tests.support.masterdata import party
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

PRIVATE = {"bizTransactionList": [{"type": "po", "bizTransaction": "urn:example:po:5150"}]}


@pytest.fixture
def tomorrow(server: RunningApp, monkeypatch: pytest.MonkeyPatch) -> Iterator[date]:
    """Today, looked at from two hours after its end; nothing published of it."""
    today = server.app.clock.now().date()
    clock = FixedClock(begin_of(today) + timedelta(days=1, hours=2))
    monkeypatch.setattr(server.app.publishing, "_clock", clock)
    folder = server.app.settings.opendata_path
    shutil.rmtree(folder, ignore_errors=True)
    yield today
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def recorded(server: RunningApp) -> list[str]:
    """Record ids of an event and a party, anchored."""
    event = server.producer.post("/epcis/events", json=bare_event(**PRIVATE)).json()
    path = f"/masterdata/parties/t-{secrets.token_hex(6)}"
    item = server.producer.put(path, json=party(gln=None)).json()
    for stored in (event, item):
        server.wait_until_anchored(f"/records/{stored['recordID']}")
    return [event["recordID"], item["recordID"]]


def _get(server: RunningApp, day: date, name: str) -> bytes:
    return server.visitor.get(f"/opendata/{day}/{name}").raise_for_status().content


def test_day_is_served_and_every_proof_holds(
    server: RunningApp, tomorrow: date, recorded: list[str]
) -> None:
    assert server.app.publishing.find_due() == tomorrow
    made = server.app.publishing.publish(tomorrow)
    assert server.app.publishing.find_due() is None
    catalog = server.visitor.get("/opendata/")
    assert catalog.headers["access-control-allow-origin"] == "*"
    (dataset,) = catalog.json()["dcat:dataset"]
    files: dict[str, Any] = {one["dct:title"]: one for one in dataset["dcat:distribution"]}
    assert set(files) == {
        "events.jsonld",
        "events.csv",
        "masterdata.json",
        "proofs.zip",
        "checkpoint",
    }
    for name, described in files.items():
        content = _get(server, tomorrow, name)
        assert len(content) == described["dcat:byteSize"]
        digest = hashlib.sha256(content).hexdigest()
        assert digest == described["spdx:checksum"]["spdx:checksumValue"]
    archive = zipfile.ZipFile(BytesIO(_get(server, tomorrow, "proofs.zip")))
    assert len(archive.namelist()) == made.records >= 2
    for record_id in recorded:
        name = f"{record_id.rpartition(':')[2]}.bundle.json"
        bundle = archive.read(name)
        report = server.visitor.post(
            "/verify", content=bundle, headers={"content-type": MEDIA_TYPE}
        ).json()
        assert report["verdict"] in ("intact", "intact, with notice"), report
        assert b"urn:example:po:5150" not in bundle
    rows = list(csv.DictReader(StringIO(_get(server, tomorrow, "events.csv").decode())))
    assert len(rows) == made.events
    (row,) = [row for row in rows if row["record_id"] == recorded[0]]
    assert row["organization"] == "Hộ bà Bùi Thị Mây"
    bundle_of_row = parse_bundle(archive.read(f"{recorded[0].rpartition(':')[2]}.bundle.json"))
    assert bundle_of_row.view.commitment().hex() == row["commitment"]


def test_events_are_a_document_that_can_be_captured_elsewhere(
    server: RunningApp, tomorrow: date, recorded: list[str]
) -> None:
    import orjson

    from ledger.epcis.document import Limits, iter_events, read_document
    from ledger.epcis.event import Event

    server.app.publishing.publish(tomorrow)
    content = _get(server, tomorrow, "events.jsonld")
    assert b"urn:example:po:5150" not in content
    document = read_document(content, limits=Limits(10**9, 10**6))
    events = list(iter_events(document, server.app.clock.now()))
    assert events
    assert all(isinstance(event, Event) for event in events)
    items = orjson.loads(_get(server, tomorrow, "masterdata.json"))
    (item,) = [one for one in items if one["recordID"] == recorded[1]]
    assert "phone" not in item["item"]
    checkpoint = _get(server, tomorrow, "checkpoint").decode()
    assert checkpoint.startswith(server.app.origin)


def test_day_made_again_has_the_same_bytes(
    server: RunningApp, tomorrow: date, recorded: list[str]
) -> None:
    assert recorded
    first = server.app.publishing.publish(tomorrow)
    assert server.app.publishing.publish(tomorrow) == first
    shutil.rmtree(server.app.settings.opendata_path)
    assert server.app.publishing.publish(tomorrow) == first


def test_day_that_is_not_over_is_not_published(server: RunningApp) -> None:
    today = server.app.clock.now().date()
    with pytest.raises(Unavailable) as caught:
        server.app.publishing.publish(today)
    assert caught.value.code == "opendata-not-ready"
    assert cut_off(today) > server.app.clock.now()


def test_interrupted_day_leaves_nothing(
    server: RunningApp, tomorrow: date, recorded: list[str]
) -> None:
    assert recorded
    with pytest.raises(Unavailable):
        server.app.publishing.publish(tomorrow, lambda: False)
    assert list(server.app.settings.opendata_path.iterdir()) == []
    with pytest.raises(NotFound):
        server.app.publishing.find(tomorrow)


def test_day_without_records_is_empty(server: RunningApp, tomorrow: date) -> None:
    made = server.app.publishing.publish(tomorrow - timedelta(days=3))
    assert (made.records, made.events) == (0, 0)
    assert _get(server, made.day, "masterdata.json").strip() == b"[\n]"


@pytest.mark.parametrize(
    "path",
    ["2026-01-01/events.csv", "x/events.csv", "2026-01-01/admin.key", "..%2f/manifest.json"],
)
def test_other_path_is_unknown(server: RunningApp, path: str) -> None:
    assert server.visitor.get(f"/opendata/{path}").status_code == 404
