"""Every document of the conformance data over HTTP: what is valid ends up proven, what is not
leaves nothing behind and is told with a pointer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.identity.organization import OrgId
from ledger.services.membership import NewOrganization
from tests.conformance.test_epcis_documents import (
    STRICTER_THAN_SCHEMA,
    resolve,
    schema_verdicts,
)
from tests.support.running_app import RunningApp, running_app
from tests.support.strangers import check_intact

pytestmark = [pytest.mark.chain, pytest.mark.slow]

SAME_ID_OTHER_CONTENT = {"event-hash/epcisDocHavingEventWithIgnoreFields.jsonld"}
"""Made to compare event hashes: one eventID stands for several events. The first is recorded."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with running_app(tmp_path_factory.mktemp("conformance")) as started:
        yield started


def captors(running: RunningApp, count: int) -> list[httpx.Client]:
    """A client of an organization of its own for each document: some repeat eventIDs of others."""
    clients, orgs = [], []
    for number in range(count):
        row = running.app.membership.found(
            OrgId.random(), NewOrganization(name=f"Đơn vị số {number}")
        )
        _, secret = running.app.membership.mint_key(row.org, ["capture", "read"], label="test")
        orgs.append(row.org)
        clients.append(running.client(secret))
    for org in orgs:
        running.wait_until_active(org.text)
    return clients


def capture(
    client: httpx.Client,
    body: bytes,
    behaviour: str = "rollback",
    media_type: str = "application/ld+json",
) -> dict[str, Any]:
    """The finished job."""
    accepted = client.post(
        "/epcis/capture",
        content=body,
        headers={
            "Content-Type": media_type,
            "GS1-Capture-Error-Behaviour": behaviour,
        },
    )
    assert accepted.status_code == 202, accepted.text
    deadline = time.monotonic() + 30
    while True:
        job: dict[str, Any] = client.get(accepted.headers["location"]).json()
        if not job["running"]:
            return job
        assert time.monotonic() < deadline
        time.sleep(0.02)


def documents(folder: Path, *, valid: bool) -> dict[str, bytes]:
    """Capture documents by file name, as the official schema judges them; refused and accepted
    as the rules of the standard's text want besides."""
    found: dict[str, bytes] = {}
    for file, is_valid in schema_verdicts(folder).items():
        body = (folder / file).read_bytes()
        if json.loads(body).get("type") not in ("EPCISDocument", "EPCISQueryDocument"):
            continue
        if (is_valid and file not in STRICTER_THAN_SCHEMA) == valid:
            found[file] = body
    return found


def records(job: dict[str, Any]) -> list[str]:
    return [event["recordID"] for event in job["events"]]


def prove_all(running: RunningApp, found: list[str]) -> int:
    for record in found:
        running.wait_until_anchored(f"/records/{record}")
    return check_intact(running.url, running.app.write_trust(), found)


def test_valid_documents_captured_and_proven(running: RunningApp, epcis_data: Path) -> None:
    files = documents(epcis_data, valid=True)
    files |= {
        file.name: file.read_bytes()
        for file in sorted((epcis_data / "vn-scenario").glob("*.jsonld"))
    }
    assert len(files) >= 30
    found: list[str] = []
    for (name, body), client in zip(files.items(), captors(running, len(files)), strict=True):
        given = json.loads(body)["epcisBody"]
        given = given.get("queryResults", {}).get("resultsBody", given)
        events = given.get("eventList") or [given["event"]]
        if name in SAME_ID_OTHER_CONTENT:
            job = capture(client, body, "proceed")
            assert {error["code"] for error in job["errors"]} == {"event-id-taken"}, name
            assert len(job["events"]) + len(job["errors"]) == len(events), name
        else:
            job = capture(client, body)
            assert job["success"], (name, job["errors"])
            # An event that stands twice in a document is one record.
            assert len(job["events"]) == len(events), name
        assert job["events"], name
        found += dict.fromkeys(records(job))
    assert prove_all(running, found) == len(found)


def test_invalid_documents_refused_with_a_pointer_and_nothing_stored(
    running: RunningApp, epcis_data: Path
) -> None:
    files = documents(epcis_data, valid=False)
    files |= {
        file.name: file.read_bytes()
        for file in sorted(epcis_data.glob("**/Capture/Invalid/*.json"))
    }
    assert len(files) >= 8
    (client,) = captors(running, 1)
    before = running.app.log_reading.size()
    with running.app.db.read() as tx:
        ((stored,),) = tx.connection.exec_driver_sql("SELECT count(*) FROM records").fetchall()
    for name, body in files.items():
        job = capture(client, body)
        assert not job["success"], name
        assert job["events"] == [], name
        assert job["errors"], name
        for error in job["errors"]:
            assert resolve(json.loads(body), error["pointer"]), (name, error)
    with running.app.db.read() as tx:
        ((after,),) = tx.connection.exec_driver_sql("SELECT count(*) FROM records").fetchall()
    assert after == stored
    assert running.app.log_reading.size() == before
