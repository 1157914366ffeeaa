"""Named queries as WebSockets."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from ledger.identity.organization import OrgId
from ledger.services.membership import NewOrganization
from tests.api.test_subscriptions import lot_query, post
from tests.support.epcis_events import bare_event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain


@contextmanager
def opened(
    server: RunningApp, query: str, parameters: str = "stream=true", key: str | None = None
) -> Iterator[ClientConnection]:
    address = server.url.replace("http", "ws", 1) + f"{query}/events?{parameters}"
    headers = {"Authorization": f"Bearer {key or server.producer_key}"}
    with connect(address, additional_headers=headers, proxy=None) as stream:
        yield stream


def receive(stream: ClientConnection) -> dict[str, Any]:
    results: dict[str, Any] = json.loads(stream.recv(20))["epcisBody"]["queryResults"]
    return results


def names(results: dict[str, Any]) -> list[str]:
    return [event["eventID"] for event in results["resultsBody"]["eventList"]]


def test_stream_sends_what_fits_as_it_comes(server: RunningApp) -> None:
    lot, query = lot_query(server)
    post(server, lot)
    with opened(server, query) as stream:
        post(server, "OTHER-LOT")
        first = post(server, lot)
        told = receive(stream)
        assert names(told) == [first]
        assert told["queryName"] == query.rpartition("/")[2]
        second = post(server, lot)
        assert names(receive(stream)) == [second]
        with pytest.raises(TimeoutError):
            stream.recv(0.5)


def test_stream_from_a_time_on_tells_what_was_before(server: RunningApp) -> None:
    lot, query = lot_query(server)
    before = post(server, lot)
    with opened(server, query, "stream=true&initialRecordTime=2020-01-01T00:00:00Z") as stream:
        assert names(receive(stream)) == [before]


def test_schedule_reports_when_due(server: RunningApp) -> None:
    lot, query = lot_query(server)
    with opened(server, query, "second=0/1&reportIfEmpty=true") as stream:
        assert names(receive(stream)) == []
        name = post(server, lot)
        found: list[str] = []
        deadline = time.monotonic() + 20
        while not found and time.monotonic() < deadline:
            found = names(receive(stream))
        assert found == [name]


@pytest.mark.parametrize(
    ("parameters", "key", "status", "kind"),
    [
        ("stream=true", "pk_" + "0" * 32, 401, "SecurityException"),
        ("", None, 400, "SubscriptionControlsException"),
        ("stream=true&second=0", None, 400, "SubscriptionControlsException"),
        ("stream=yes", None, 400, "SubscriptionControlsException"),
        ("second=99", None, 400, "SubscriptionControlsException"),
    ],
)
def test_stream_that_cannot_be_refused_before_it_opens(
    server: RunningApp, parameters: str, key: str | None, status: int, kind: str
) -> None:
    _, query = lot_query(server)
    with pytest.raises(InvalidStatus) as raised, opened(server, query, parameters, key):
        pass
    assert raised.value.response.status_code == status
    assert json.loads(raised.value.response.body)["type"] == f"epcisException:{kind}"


def test_stream_of_unknown_query_is_a_404(server: RunningApp) -> None:
    with pytest.raises(InvalidStatus) as raised, opened(server, "/epcis/queries/none"):
        pass
    assert raised.value.response.status_code == 404


def test_stream_ends_with_its_key(server: RunningApp) -> None:
    _, query = lot_query(server)
    issued = server.operator.post(
        f"/organizations/{server.producer_org}/keys", json={"label": "short", "scopes": ["read"]}
    ).json()
    key = issued.get("secret") or issued["key"]
    with opened(server, query, key=key) as stream:
        server.operator.delete(
            f"/organizations/{server.producer_org}/keys/{issued['id']}"
        ).raise_for_status()
        with pytest.raises(ConnectionClosed) as raised:
            stream.recv(30)
    assert raised.value.rcvd is not None
    assert raised.value.rcvd.code == 1008


def test_stream_tells_what_is_granted_while_it_is_open(server: RunningApp) -> None:
    order = f"urn:example:po:{secrets.token_hex(4)}"
    buyer_org = server.app.membership.found(OrgId.random(), NewOrganization(name="Bên mua")).org
    _, key = server.app.membership.mint_key(buyer_org, ["read"], label="test")
    buyer = server.client(key)
    name = f"q-{secrets.token_hex(4)}"
    buyer.post(
        "/epcis/queries", json={"name": name, "query": {"EQ_bizTransaction_po": [order]}}
    ).raise_for_status()
    with opened(server, f"/epcis/queries/{name}", key=key) as stream:
        sent = bare_event(bizTransactionList=[{"type": "po", "bizTransaction": order}])
        stored = server.producer.post("/epcis/events", json=sent).json()
        with pytest.raises(TimeoutError):
            stream.recv(1.0)
        server.reader.post(
            f"/records/{stored['recordID']}/grants", json={"org": buyer_org.text}
        ).raise_for_status()
        (event,) = receive(stream)["resultsBody"]["eventList"]
        assert event["eventID"] == stored["eventID"]
        assert event["bizTransactionList"][0]["bizTransaction"] == order


@pytest.mark.parametrize("parameters", ["stream=true", "hour=0"])
def test_stream_ends_with_its_query(server: RunningApp, parameters: str) -> None:
    _, query = lot_query(server)
    with opened(server, query, parameters) as stream:
        assert server.producer.delete(query).status_code == 204
        with pytest.raises(ConnectionClosed) as raised:
            stream.recv(20)
    assert raised.value.rcvd is not None
    assert (raised.value.rcvd.code, raised.value.rcvd.reason) == (1008, "query-unknown")


def test_stream_ends_when_another_query_takes_its_name(server: RunningApp) -> None:
    _, query = lot_query(server)
    with opened(server, query) as stream:
        server.producer.delete(query).raise_for_status()
        server.producer.post(
            "/epcis/queries", json={"name": query.rpartition("/")[2], "query": {}}
        ).raise_for_status()
        with pytest.raises(ConnectionClosed):
            stream.recv(20)


def test_handshake_tells_the_smallest_record_time(server: RunningApp) -> None:
    _, query = lot_query(server)
    since = "2020-01-01T00:00:00.000Z"
    with opened(server, query, f"stream=true&initialRecordTime={since}") as stream:
        assert stream.response is not None
        assert stream.response.headers["GS1-Query-Min-Record-Time"] == since
