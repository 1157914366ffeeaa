"""Dead letters over a running server: a receiver that fails, is repaired, and asks for the rest."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Iterator

import pytest

from ledger.services import line_sending
from tests.api.test_subscriptions import lot_query, post, settled, subscribe
from tests.support.receiver import Receiver, receiver
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain


@pytest.fixture
def received() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def dead_once(server: RunningApp, location: str, count: int) -> None:
    """Until so many were put aside."""
    deadline = time.monotonic() + 20
    while server.producer.get(location).json()["dead"] < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_receiver_that_was_repaired_gets_what_it_missed(
    server: RunningApp, received: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_sending, "MOST_ATTEMPTS", 1)
    lot, query = lot_query(server)
    received.statuses = [503, 500, 404]
    location = subscribe(
        server, query, dest=received.url, stream=True, signatureToken="t0ken"
    ).headers["location"]
    sent = []
    for count in range(1, 4):
        sent.append(post(server, lot))
        dead_once(server, location, count)
    sent.append(post(server, lot))
    received.wait(1)
    assert received.event_ids() == sent[3:]

    page = server.producer.get(f"{location}/deadLetters?perPage=2")
    assert [one["number"] for one in page.json()] == [1, 2]
    assert "503" in page.json()[0]["failure"]
    rest = server.producer.get(page.links["next"]["url"])
    assert [one["number"] for one in rest.json()] == [3]
    assert "next" not in rest.links
    kept = server.producer.get(f"{location}/deadLetters/1")
    assert kept.content == received.refused[0].body

    one = server.producer.post(f"{location}/deadLetters/2/redelivery")
    assert one.status_code == 202, one.text
    assert one.json()["requeued"] == 1
    received.wait(2)
    assert received.event_ids() == [sent[3], sent[1]]
    settled(server, location)
    done = server.producer.post(f"{location}/deadLetters/2/redelivery")
    assert done.status_code == 404
    assert done.json()["type"] == "epcisException:NoSuchNameException"
    assert done.json()["code"] == "dead-letter-unknown"

    for _ in range(2):  # again is harmless
        assert server.producer.post(f"{location}/deadLetters/redelivery").status_code == 202
    received.wait(4)
    assert received.event_ids() == [sent[3], sent[1], sent[0], sent[2]]
    state = settled(server, location)
    assert (state["waiting"], state["dead"]) == (0, 0)
    assert "lastFailure" not in state
    assert server.producer.get(f"{location}/deadLetters").json() == []
    assert len(received.taken) == 4

    again = received.taken[2]
    assert again.number == received.refused[0].number
    signed = f"{again.headers['webhook-id']}.{again.headers['webhook-timestamp']}.".encode()
    mac = base64.b64encode(hmac.digest(b"t0ken", signed + again.body, "sha256")).decode()
    assert again.headers["webhook-signature"] == f"v1,{mac}"


def test_dead_letters_are_the_subscribers_own(server: RunningApp, received: Receiver) -> None:
    _, query = lot_query(server)
    location = subscribe(server, query, dest=received.url, stream=True).headers["location"]
    for path in ("deadLetters", "deadLetters/1"):
        assert server.visitor.get(f"{location}/{path}").status_code == 401
        assert server.rival.get(f"{location}/{path}").status_code == 404
    for path in ("deadLetters/redelivery", "deadLetters/1/redelivery"):
        assert server.visitor.post(f"{location}/{path}").status_code == 401
        assert server.rival.post(f"{location}/{path}").status_code == 404
    nothing = server.producer.post(f"{location}/deadLetters/redelivery")
    assert nothing.json() == {"requeued": 0, "waiting": 0, "dead": 0}
    assert server.producer.get(f"{location}/deadLetters/1").status_code == 404
    assert server.producer.get(f"{location}/deadLetters?nextPageToken=eA").status_code == 400
