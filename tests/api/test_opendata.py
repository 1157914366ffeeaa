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
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ledger.cli.main import app as cli
from ledger.clock import FixedClock
from ledger.errors import NotFound, Unavailable
from ledger.exchange.history import Month
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
    # A record that is neither is proven, and in no table.
    month = Month.of(server.app.clock.now() - timedelta(days=40)).text
    statistics = server.producer.post(f"/exchange/statistics/{month}").json()
    server.wait_until_anchored(f"/records/{statistics['recordId']}")
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
        "proofs-0001.zip",
        "checkpoint",
    }
    for name, described in files.items():
        content = _get(server, tomorrow, name)
        assert len(content) == described["dcat:byteSize"]
        digest = hashlib.sha256(content).hexdigest()
        assert digest == described["spdx:checksum"]["spdx:checksumValue"]
    archive = zipfile.ZipFile(BytesIO(_get(server, tomorrow, "proofs-0001.zip")))
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
    assert {one["kind"].partition(".")[0] for one in items} == {"masterdata"}
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


def test_every_proof_of_a_day_holds_without_any_network(
    server: RunningApp, tomorrow: date, recorded: list[str], tmp_path: Path
) -> None:
    made = server.app.publishing.publish(tomorrow)
    trust = tmp_path / "trust.json"
    trust.write_bytes(server.app.trust().encode())
    archive = zipfile.ZipFile(BytesIO(_get(server, tomorrow, "proofs-0001.zip")))
    archive.extractall(tmp_path)
    files = sorted(tmp_path.glob("*.bundle.json"))
    assert len(files) == made.records >= len(recorded)
    for file in files:
        ran = CliRunner().invoke(cli, ["verify", str(file), "--trust", str(trust), "--offline"])
        assert ran.exit_code == 0, ran.output
    damaged = files[0].read_bytes().replace(b'"index":', b'"index":1', 1)
    files[0].write_bytes(damaged)
    ran = CliRunner().invoke(cli, ["verify", str(files[0]), "--trust", str(trust), "--offline"])
    assert ran.exit_code == 1


def test_more_records_than_an_archive_holds_are_in_several(
    server: RunningApp, tomorrow: date, recorded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.services.day_files.BUNDLES_PER_ARCHIVE", 1)
    made = server.app.publishing.publish(tomorrow)
    archives = [file.name for file in made.files if file.name.endswith(".zip")]
    assert len(archives) == made.records >= len(recorded)
    for name in archives:
        content = _get(server, tomorrow, name)
        assert len(zipfile.ZipFile(BytesIO(content)).namelist()) == 1


def test_declaration_is_told_until_the_cut_off_and_not_after(
    server: RunningApp, tomorrow: date, recorded: list[str]
) -> None:
    answer = server.keeper.post(f"/records/{recorded[0]}/withdrawal", json={"reason": "nhầm lô"})
    assert answer.status_code in (200, 201, 202), answer.text
    server.wait_until(
        lambda: (
            server.visitor.get(
                f"/records/{recorded[0]}/proof", headers={"accept": MEDIA_TYPE}
            ).json()["status"]["entries"]
            != []
        )
    )
    server.app.publishing.publish(tomorrow)
    archive = zipfile.ZipFile(BytesIO(_get(server, tomorrow, "proofs-0001.zip")))
    told = [
        parse_bundle(archive.read(f"{one.rpartition(':')[2]}.bundle.json")).status.entries
        for one in recorded
    ]
    assert [len(entries) for entries in told] == [1, 0]


def test_people_get_pages_in_both_languages(
    server: RunningApp, tomorrow: date, recorded: list[str]
) -> None:
    assert recorded
    asked = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    assert "Chưa có ngày nào" in server.visitor.get("/opendata/", headers=asked).text
    made = server.app.publishing.publish(tomorrow)
    page = server.visitor.get("/opendata/", headers=asked)
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert f'href="/opendata/{tomorrow}/"' in page.text
    assert "/opendata/catalog.jsonld" in page.text
    day = server.visitor.get(f"/opendata/{tomorrow}/?lang=en", headers=asked)
    assert f"{made.records} records" in day.text
    for file in made.files:
        assert f'href="/opendata/{tomorrow}/{file.name}"' in day.text
        assert file.sha256 in day.text
    assert "provenance verify" in day.text


def test_machines_get_the_same_as_json_and_csv(
    server: RunningApp, tomorrow: date, recorded: list[str]
) -> None:
    made = server.app.publishing.publish(tomorrow)
    assert server.visitor.get(f"/opendata/{tomorrow}/").json() == made.to_json()
    catalog = server.visitor.get("/opendata/")
    assert catalog.headers["content-type"] == "application/ld+json"
    assert server.visitor.get("/opendata/catalog.jsonld").json() == catalog.json()
    (row,) = csv.DictReader(StringIO(server.visitor.get("/opendata/days.csv").text))
    assert (row["day"], int(row["records"])) == (tomorrow.isoformat(), made.records)
    assert int(row["records"]) >= len(recorded)
    assert row["address"].endswith(f"/opendata/{tomorrow}/")
    assert server.visitor.get(f"/opendata/{tomorrow - timedelta(days=1)}/").status_code == 404
    refused = server.visitor.get("/opendata/", headers={"accept": "image/png"})
    assert refused.status_code == 406


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
