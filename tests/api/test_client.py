"""The client against a real server, also one whose answers get lost."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.client.ledger_client import LedgerClient, StoredEvent
from ledger.client.retrying import Patience
from ledger.errors import Conflict, InvalidInput, NotFound, Unauthenticated, Unavailable
from ledger.proof.trust import parse_trust
from tests.support.epcis_events import event
from tests.support.flaky_http import Flaky, Trouble, flaky
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

QUICK = Patience(seconds=20, first_wait=0.01, longest_wait=0.05)


@pytest.fixture
def proxy(server: RunningApp) -> Iterator[Flaky]:
    with flaky(server.url) as running:
        yield running


@pytest.fixture
def producer(server: RunningApp, proxy: Flaky) -> Iterator[LedgerClient]:
    with LedgerClient(proxy.url, key=server.producer_key, patience=QUICK) as client:
        yield client


def anonymous() -> dict[str, Any]:
    """An event that brings no eventID."""
    found = event()
    del found["eventID"]
    item = f"https://id.gs1.org/01/09521234001058/21/{uuid.uuid4().hex[:16]}"
    return {**found, "epcList": [item]}


def records(server: RunningApp, stored: StoredEvent) -> list[str]:
    """The records that carry this eventID."""
    path = stored.event_id.replace("%", "%25").replace("/", "%2F").replace("?", "%3F")
    answer = server.producer.get(f"/epcis/events/{path}").raise_for_status()
    return re.findall(r"</records/([^>]*)/proof>", answer.headers["link"])


def test_capture_whose_answer_is_lost_is_stored_once(
    server: RunningApp, proxy: Flaky, producer: LedgerClient
) -> None:
    proxy.troubles = [Trouble.LOST_ANSWER, Trouble.LOST_REQUEST, Trouble.LOST_ANSWER]
    stored = producer.capture_event(anonymous())
    assert proxy.asked == 4
    assert stored.event_id.startswith("ni:///sha-256;")
    assert records(server, stored) == [stored.record_id]


@pytest.mark.parametrize("trouble", [Trouble.TOO_MANY, Trouble.AWAY, Trouble.GATEWAY])
def test_capture_put_off_is_asked_again(
    proxy: Flaky, producer: LedgerClient, trouble: Trouble
) -> None:
    proxy.troubles = [trouble]
    assert producer.capture_event(anonymous()).record_id
    assert proxy.asked == 2


def test_capture_beyond_the_patience_is_unknown_and_may_be_repeated(
    server: RunningApp, proxy: Flaky
) -> None:
    impatient = Patience(seconds=0.1, first_wait=1)
    again = anonymous()
    with LedgerClient(proxy.url, key=server.producer_key, patience=impatient) as client:
        proxy.troubles = [Trouble.LOST_ANSWER] * 20
        for _ in range(2):
            with pytest.raises(Unavailable):
                client.capture_event(again)
        proxy.troubles = []
        stored = client.capture_event(again)
    assert records(server, stored) == [stored.record_id]


def test_capture_many_as_one_job_and_again_names_the_same_records(
    proxy: Flaky, producer: LedgerClient
) -> None:
    events = [anonymous() for _ in range(20)]
    proxy.troubles = [Trouble.LOST_ANSWER]
    job = producer.wait_for_job(producer.capture_events(events))
    again = producer.wait_for_job(producer.capture_events(events).id)
    assert job.is_success
    assert len(job.events) == 20
    assert set(again.events) == set(job.events)


def test_capture_many_with_a_bad_one_names_it(producer: LedgerClient) -> None:
    events = [anonymous(), event(action="PAINT")]
    job = producer.wait_for_job(producer.capture_events(events))
    assert (job.is_success, job.events, job.errors[0]["index"]) == (False, [], 1)
    job = producer.wait_for_job(producer.capture_events(events, proceed=True))
    assert len(job.events) == 1


def test_what_is_decided_is_not_asked_again(
    server: RunningApp, proxy: Flaky, producer: LedgerClient
) -> None:
    with pytest.raises(InvalidInput) as caught:
        producer.capture_event(event(action="PAINT"))
    assert caught.value.pointer == "/action"
    first = event()
    producer.capture_event(first)
    with pytest.raises(Conflict):
        producer.capture_event({**first, "bizStep": "packing"})
    with pytest.raises(NotFound):
        producer.get_job("none")
    assert proxy.asked == 4
    with LedgerClient(server.url) as stranger, pytest.raises(Unauthenticated):
        stranger.capture_event(first)
    with LedgerClient(server.url, key="pk_" + "a" * 32) as stranger, pytest.raises(Unauthenticated):
        stranger.capture_event(first)


def test_proof_waited_for_verifies_offline(server: RunningApp, producer: LedgerClient) -> None:
    stored = producer.capture_event(anonymous())
    bundle = producer.wait_for_proof(stored.record_id, 30)
    report = LedgerClient.verify(bundle, parse_trust(server.app.write_trust().read_bytes()))
    assert report.verdict.value.startswith("intact"), report.to_json()


def test_proof_of_nothing_is_unknown(producer: LedgerClient) -> None:
    with pytest.raises(NotFound):
        producer.get_proof(f"urn:uuid:{uuid.uuid4()}")


def examples() -> list[str]:
    return re.findall(r"```python\n(.*?)```", Path("docs/client.md").read_text("utf-8"), re.DOTALL)


def test_documented_transfer_names_what_there_is() -> None:
    _, code = examples()
    names: dict[str, Any] = {}
    lines = code.splitlines()
    exec("\n".join(line for line in lines if line.startswith("from ")), names)
    called = set(re.findall(r"(?<![.\w])([A-Za-z_]\w*)\(", code))
    assert called <= set(names)


def test_documented_example_runs(server: RunningApp) -> None:
    code, _ = examples()
    names: dict[str, Any] = {}
    exec(compile(code, "docs/client.md", "exec"), names)
    record_landing = names["record_landing"]
    older = server.app.write_trust()
    first = record_landing(server.url, server.producer_key, older)
    assert first == "could not check", "nothing in that trust file knows the record's head"
    again = record_landing(server.url, server.producer_key, server.app.write_trust())
    assert again.startswith("intact")


def test_url_that_is_none_refused() -> None:
    with pytest.raises(InvalidInput):
        LedgerClient("ledger.example")
