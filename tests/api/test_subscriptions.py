"""Subscriptions over a running server, with a real receiver at the other end."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.test_named_queries import keep
from tests.support.epcis_events import GTIN, bare_event
from tests.support.receiver import Receiver, receiver
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain


@pytest.fixture
def received() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def lot_query(server: RunningApp) -> tuple[str, str]:
    """A lot and where the query for its events is."""
    lot = f"S-{secrets.token_hex(4)}"
    uri = f"https://id.gs1.org/01/{GTIN}/10/{lot}"
    return lot, keep(server, {"MATCH_anyEPCClass": [uri]})


def subscribe(server: RunningApp, query: str, **controls: Any) -> httpx.Response:
    return server.producer.post(f"{query}/subscriptions", json=controls)


def post(server: RunningApp, lot: str, **changes: Any) -> str:
    answer = server.producer.post("/epcis/events", json=bare_event(lot=lot, **changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["eventID"])


def settled(server: RunningApp, location: str) -> dict[str, Any]:
    """The subscription once it is noted that everything was taken, a moment after it was."""
    deadline = time.monotonic() + 20
    while True:
        shown: dict[str, Any] = server.producer.get(location).json()
        if shown["waiting"] == 0:
            return shown
        assert time.monotonic() < deadline, shown
        time.sleep(0.05)


def test_stream_notifies_of_what_fits_signed_and_in_order(
    server: RunningApp, received: Receiver
) -> None:
    lot, query = lot_query(server)
    post(server, lot)  # recorded before: not told
    answer = subscribe(server, query, dest=received.url, stream=True, signatureToken="t0ken")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert answer.headers["location"] == f"{query}/subscriptions/{told['subscriptionID']}"
    assert told["stream"] is True
    assert "schedule" not in told
    assert "t0ken" not in answer.text
    post(server, "ANOTHER-LOT")
    first = post(server, lot)
    received.wait(1)
    second = post(server, lot)
    received.wait(2)
    assert received.event_ids() == [first, second]
    for one in received.taken:
        signature = hmac.new(b"t0ken", one.body, "sha256").hexdigest()
        assert one.headers["gs1-signature"] == f"sha256={signature}"
        assert one.results["subscriptionID"] == told["subscriptionID"]
        assert one.results["queryName"] == query.rpartition("/")[2]
    shown = settled(server, answer.headers["location"])
    assert shown["lastNotifiedAt"] >= shown["createdAt"]
    assert (shown["waiting"], shown["dead"]) == (0, 0)


def test_receiver_that_fails_gets_everything_afterwards_in_order(
    server: RunningApp, received: Receiver
) -> None:
    lot, query = lot_query(server)
    received.statuses = [503, 500]
    location = subscribe(server, query, dest=received.url, stream=True).headers["location"]
    sent = [post(server, lot) for _ in range(3)]
    while len(received.event_ids()) < 3:
        received.wait(len(received.taken) + 1)
    assert received.event_ids() == sent
    assert len(received.refused) == 2
    assert settled(server, location)["dead"] == 0


def test_schedule_reports_when_due_even_if_empty(server: RunningApp, received: Receiver) -> None:
    lot, query = lot_query(server)
    answer = subscribe(
        server, query, dest=received.url, schedule={"second": "0/1"}, reportIfEmpty=True
    )
    assert answer.json()["schedule"] == {"second": "0/1"}
    assert "stream" not in answer.json()
    received.wait(1)
    assert received.event_ids() == []
    name = post(server, lot)
    while name not in received.event_ids():
        received.wait(len(received.taken) + 1)
    server.producer.delete(answer.headers["location"])
    assert received.event_ids() == [name]


def test_initial_record_time_in_the_past_tells_what_was_before(
    server: RunningApp, received: Receiver
) -> None:
    lot, query = lot_query(server)
    before = post(server, lot)
    subscribe(
        server, query, dest=received.url, stream=True, initialRecordTime="2020-01-01T00:00:00Z"
    ).raise_for_status()
    received.wait(1)
    assert received.event_ids() == [before]


def test_identifiers_spelled_as_the_subscriber_wants(
    server: RunningApp, received: Receiver
) -> None:
    lot, query = lot_query(server)
    answer = server.producer.post(
        f"{query}/subscriptions",
        json={"dest": received.url, "stream": True},
        headers={"GS1-EPC-Format": "Always_EPC_URN"},
    )
    assert answer.json()["epcFormat"] == "Always_EPC_URN"
    post(server, lot)
    (one,) = received.wait(1)
    (event,) = one.results["resultsBody"]["eventList"]
    assert event["quantityList"][0]["epcClass"].startswith("urn:epc:class:lgtin:")


def test_unsubscribed_is_told_no_more(server: RunningApp, received: Receiver) -> None:
    lot, query = lot_query(server)
    location = subscribe(server, query, dest=received.url, stream=True).headers["location"]
    post(server, lot)
    received.wait(1)
    assert server.producer.get(f"{query}/subscriptions").json()[0]["dest"] == received.url
    assert server.producer.delete(location).status_code == 204
    assert server.producer.delete(location).status_code == 404
    assert server.producer.get(location).status_code == 404
    assert server.producer.get(f"{query}/subscriptions").json() == []
    with receiver() as other:
        subscribe(server, query, dest=other.url, stream=True)
        post(server, lot)
        other.wait(1)
    assert len(received.taken) == 1


def test_deleted_query_drops_its_subscribers(server: RunningApp, received: Receiver) -> None:
    _, query = lot_query(server)
    location = subscribe(server, query, dest=received.url, stream=True).headers["location"]
    assert server.producer.delete(query).status_code == 204
    assert server.producer.get(location).status_code == 404


@pytest.mark.parametrize(
    "controls",
    [
        {},
        {"stream": True, "schedule": {"hour": "1"}},
        {"schedule": {"hour": "25"}},
        {"schedule": {}},
        {"stream": True, "secret": "x"},
        {"stream": True, "dest": "https://10.0.0.1/hook"},
        {"stream": True, "dest": "https://169.254.169.254/latest/meta-data"},
        {"stream": True, "dest": "http://8.8.8.8/hook"},
        {"stream": True, "dest": "gopher://client.example.com/"},
    ],
)
def test_subscription_that_cannot_be_refused(
    server: RunningApp, received: Receiver, controls: dict[str, Any]
) -> None:
    _, query = lot_query(server)
    answer = subscribe(server, query, **{"dest": received.url, **controls})
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"] == "epcisException:SubscriptionControlsException"
    assert server.producer.get(f"{query}/subscriptions").json() == []


def test_subscription_to_an_unknown_query_or_of_others_refused(
    server: RunningApp, received: Receiver
) -> None:
    _, query = lot_query(server)
    controls = {"dest": received.url, "stream": True}
    assert subscribe(server, "/epcis/queries/none", **controls).status_code == 404
    assert server.rival.post(f"{query}/subscriptions", json=controls).status_code == 404
    assert server.visitor.post(f"{query}/subscriptions", json=controls).status_code == 401


def test_options_of_a_subscription_tell_its_smallest_record_time(
    server: RunningApp, received: Receiver
) -> None:
    lot, query = lot_query(server)
    since = "2020-01-01T00:00:00.000Z"
    location = subscribe(
        server, query, dest=received.url, stream=True, initialRecordTime="2020-01-01T07:00:00+07:00"
    ).headers["location"]
    post(server, lot)
    received.wait(1)
    told = server.producer.options(location)
    assert told.status_code == 204
    assert told.headers["allow"] == "GET, DELETE, OPTIONS"
    assert told.headers["gs1-epcis-version"] == "2.0"
    shown = settled(server, location)
    assert shown["initialRecordTime"] == since
    assert shown["minRecordTime"] > since  # it has been executed
    assert told.headers["gs1-query-min-record-time"] > since
    assert server.rival.options(location).status_code == 404
    assert server.visitor.options(location).status_code == 401


def test_min_record_time_begins_with_the_initial_one(
    server: RunningApp, received: Receiver
) -> None:
    _, query = lot_query(server)
    made = subscribe(
        server,
        query,
        dest=received.url,
        schedule={"dayOfMonth": "1", "hour": "0", "minute": "0", "second": "0"},
        initialRecordTime="2020-01-01T00:00:00Z",
    )
    for told in (made, server.producer.get(made.headers["location"])):
        assert told.json()["minRecordTime"] == told.json()["initialRecordTime"]
        assert told.json()["initialRecordTime"] == "2020-01-01T00:00:00.000Z"
        assert "lastNotifiedAt" not in told.json()


def test_schedule_that_brings_nothing_is_silent_unless_asked(
    server: RunningApp, received: Receiver
) -> None:
    _, query = lot_query(server)
    location = subscribe(server, query, dest=received.url, schedule={"second": "0/1"}).headers[
        "location"
    ]
    before = server.producer.get(location).json()["minRecordTime"]
    deadline = time.monotonic() + 20
    while server.producer.get(location).json()["minRecordTime"] == before:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert received.taken == []
    shown = server.producer.get(location).json()
    assert shown["reportIfEmpty"] is False
    assert "lastNotifiedAt" not in shown


@pytest.mark.parametrize(
    ("controls", "pointer"),
    [
        ({"stream": True, "schedule": {"hour": "1"}}, ""),
        ({"reportIfEmpty": True}, ""),
        ({"stream": False}, ""),
        ({"stream": "true"}, "/stream"),
        ({"stream": True, "reportIfEmpty": "no"}, "/reportIfEmpty"),
        ({"stream": True, "initialRecordTime": "2020-01-01"}, "/initialRecordTime"),
        ({"stream": True, "initialRecordTime": 5}, "/initialRecordTime"),
        ({"stream": True, "signatureToken": ""}, "/signatureToken"),
        ({"stream": True, "minRecordTime": "2020-01-01T00:00:00Z"}, "/minRecordTime"),
        ({"schedule": {"dayOfWeek": "0"}}, "/schedule/dayOfWeek"),
        ({"schedule": {"dayOfWeek": "8"}}, "/schedule/dayOfWeek"),
        ({"schedule": {"second": "[10-5]"}}, "/schedule/second"),
        ({"schedule": {"year": "2026"}}, "/schedule/year"),
        ({"schedule": {"dayOfMonth": "30", "month": "2"}}, "/schedule"),
        ({"schedule": "0 1 * * *"}, "/schedule"),
    ],
)
def test_refused_controls_name_their_place(
    server: RunningApp, received: Receiver, controls: dict[str, Any], pointer: str
) -> None:
    _, query = lot_query(server)
    answer = subscribe(server, query, **{"dest": received.url, **controls})
    assert answer.status_code == 400, answer.text
    problem = answer.json()
    assert problem["type"] == "epcisException:SubscriptionControlsException"
    assert problem["code"] == "subscription-controls-malformed"
    assert problem["pointer"] == pointer
