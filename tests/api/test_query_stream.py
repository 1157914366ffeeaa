"""Named queries as WebSockets."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.api.test_subscriptions import lot_query, post
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
