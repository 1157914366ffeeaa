"""From the log to subscribers: nothing lost, nothing out of order, whatever fails in between."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from ledger.clock import FixedClock
from ledger.services import line_sending as line_sending_module
from ledger.services import notifying as notifying_module
from ledger.services.signed_webhook import Address
from ledger.storage.database import Database
from tests.support.notified import House, caller, subscribe
from tests.support.receiver import Receiver, receiver
from tests.support.stored import NOW, found

TOKEN = "13df38d8275b13f05704629e5f1cf3d45d6132d5"


@pytest.fixture
def house(db: Database) -> Iterator[House]:
    made = House(db, FixedClock(NOW))
    made.log.found()
    yield made
    made.notifying.delivering.close()


@pytest.fixture
def received() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def test_stream_tells_every_event_once_in_order_of_the_log(
    house: House, received: Receiver
) -> None:
    org = found(house.db)
    house.capture(org, "urn:e:before")
    house.sequence()
    house.clock.advance(1)
    subscribe(house, org, received)
    names = [f"urn:e:{number}" for number in range(130)]
    house.capture(org, *names[:5])
    house.sequence()
    house.settle()
    house.capture(org, *names[5:])
    house.settle()
    assert received.event_ids() == names[:5]  # what has no place in the log is not told yet
    house.sequence()
    house.settle()
    assert received.event_ids() == names
    assert [one.number for one in received.taken] == list(range(1, len(received.taken) + 1))


def test_notification_carries_name_id_and_signature(house: House, received: Receiver) -> None:
    org = found(house.db)
    row = subscribe(house, org, received, signatureToken=TOKEN)
    house.capture(org, "urn:e:1")
    house.sequence()
    house.settle()
    (told,) = received.taken
    assert told.results["queryName"] == "all"
    assert told.results["subscriptionID"] == row.id
    expected = hmac.new(TOKEN.encode(), told.body, "sha256").hexdigest()
    assert told.headers["gs1-signature"] == f"sha256={expected}"
    assert told.headers["content-type"] == "application/json"
    assert "recordTime" in told.results["resultsBody"]["eventList"][0]
    with house.db.read() as tx:
        stored = tx.subscriptions.get(row.id)
    assert stored is not None
    assert stored.notified_at == NOW
    assert stored.token is not None
    assert TOKEN.encode() not in stored.token


def test_refused_notification_comes_again_before_the_next_ever_more_rarely(
    house: House, received: Receiver
) -> None:
    org = found(house.db)
    row = subscribe(house, org, received)
    received.statuses = [500, 404, 503]
    house.capture(org, "urn:e:1")
    house.sequence()
    house.settle()
    house.capture(org, "urn:e:2")
    house.sequence()
    house.settle()
    assert len(received.refused) == 1
    for pause in (1, 2, 4):
        house.clock.advance(pause - 0.1)
        house.settle()
        before = len(received.refused) + len(received.taken)
        house.clock.advance(0.2)
        house.settle()
        assert len(received.refused) + len(received.taken) > before
    assert received.event_ids() == ["urn:e:1", "urn:e:2"]
    assert {one.number for one in received.refused} == {received.taken[0].number}
    with house.db.read() as tx:
        assert tx.deliveries.backlog(row.id).waiting == 0


def test_notification_refused_too_often_is_put_aside_and_the_next_passes(
    house: House, received: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_sending_module, "MOST_ATTEMPTS", 3)
    org = found(house.db)
    row = subscribe(house, org, received)
    received.statuses = [500, 500, 500]
    for name in ("urn:e:1", "urn:e:2"):
        house.capture(org, name)
        house.sequence()
        house.settle()
    for _ in range(5):
        house.clock.advance(10)
        house.settle()
    assert received.event_ids() == ["urn:e:2"]
    with house.db.read() as tx:
        backlog = tx.deliveries.backlog(row.id)
    assert (backlog.waiting, backlog.dead) == (0, 1)
    assert backlog.failure is not None
    assert "500" in backlog.failure


def test_process_that_died_after_sending_tells_again_under_the_same_number(
    house: House, received: Receiver
) -> None:
    """The subscriber had it, and our note of that was lost."""
    org = found(house.db)
    subscribe(house, org, received)
    house.capture(org, "urn:e:1")
    house.sequence()
    assert house.notifying.match_once()
    with house.db.read() as tx:
        (name,) = tx.subscriptions.to_send(house.clock.now(), 10)
        due = tx.deliveries.first(name)
    assert due is not None
    address = Address(received.url, None, "x")
    house.webhook.post(address, f"x/{due.number}", due.body, NOW, {})
    later = House(house.db, house.clock)
    house.capture(org, "urn:e:2")
    house.sequence()
    later.settle()
    later.notifying.delivering.close()
    assert received.event_ids() == ["urn:e:1", "urn:e:1", "urn:e:2"]
    assert received.taken[0].number == received.taken[1].number


def test_two_processes_at_once_put_nothing_in_line_twice(house: House, received: Receiver) -> None:
    org = found(house.db)
    row = subscribe(house, org, received)
    houses = [House(house.db, house.clock) for _ in range(4)]
    for number in range(10):
        house.capture(org, f"urn:e:{number}")
        house.sequence()
        barrier = threading.Barrier(len(houses))

        def match(one: House, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            one.notifying.match_once()

        threads = [threading.Thread(target=match, args=(one,)) for one in houses]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with house.db.read() as tx:
        assert tx.deliveries.waiting(row.id) == 10
    house.settle()
    assert received.event_ids() == [f"urn:e:{number}" for number in range(10)]


def test_schedule_gives_what_came_since_the_last_time(house: House, received: Receiver) -> None:
    org = found(house.db)
    subscribe(house, org, received, schedule={"second": "0"}, reportIfEmpty=True)
    for number in range(150):
        house.capture(org, f"urn:e:{number}")
    house.sequence()
    house.settle()
    assert received.taken == []
    house.clock.advance(60)
    house.settle()
    assert received.event_ids() == [f"urn:e:{number}" for number in range(150)]
    count = len(received.taken)
    house.clock.advance(60)
    house.settle()
    assert [one.event_ids for one in received.taken[count:]] == [[]]
    house.clock.advance(3600)  # nobody was there for an hour: one answer makes up for it
    house.settle()
    assert len(received.taken) == count + 2


def test_initial_record_time_reaches_back(house: House, received: Receiver) -> None:
    org = found(house.db)
    moments: list[datetime] = []
    for number in range(5):
        moments.append(house.clock.now())
        house.capture(org, f"urn:e:{number}")
        house.sequence()
        house.clock.advance(3600)
    since = (moments[2] - timedelta(seconds=1)).isoformat()
    subscribe(house, org, received, initialRecordTime=since)
    house.settle()
    assert received.event_ids() == ["urn:e:2", "urn:e:3", "urn:e:4"]


def test_events_of_others_are_told_as_everyone_may_see_them(
    house: House, received: Receiver
) -> None:
    org, other = found(house.db), found(house.db)
    subscribe(house, org, received)
    house.capture(other, "urn:e:theirs")
    house.sequence()
    house.settle()
    (told,) = received.taken
    (seen,) = told.results["resultsBody"]["eventList"]
    assert seen["eventID"] == "urn:e:theirs"


def test_deleted_query_ends_its_subscriptions_and_what_waits(
    house: House, received: Receiver
) -> None:
    org = found(house.db)
    row = subscribe(house, org, received)
    house.capture(org, "urn:e:1")
    house.sequence()
    house.notifying.match_once()
    house.subscribing.delete_query(caller(org), "all")
    house.settle()
    assert received.taken == []
    with house.db.read() as tx:
        assert tx.subscriptions.get(row.id) is None
        assert tx.deliveries.waiting(row.id) == 0


def test_line_that_does_not_move_is_not_filled_without_end(
    house: House, received: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifying_module, "MOST_WAITING", 2)
    org = found(house.db)
    row = subscribe(house, org, received)
    received.statuses = [500]
    for number in range(4):
        house.capture(org, f"urn:e:{number}")
        house.sequence()
        house.settle()
    with house.db.read() as tx:
        assert tx.deliveries.waiting(row.id) == 2
    house.clock.advance(5)
    for _ in range(4):
        house.settle()
    assert received.event_ids() == [f"urn:e:{number}" for number in range(4)]
